/** The fields for every schema whose documents are created under an `Idempotency-Key`. */
export const idempotencyFields = {
  idempotencyKey: { type: String },
  idempotencyHash: { type: String },
} as const;

/** One document per business and key; documents without a key are left alone. */
export function indexIdempotency(schema: { index(key: object, options: object): unknown }): void {
  schema.index(
    { business: 1, idempotencyKey: 1 },
    { unique: true, partialFilterExpression: { idempotencyKey: { $type: 'string' } } },
  );
}
