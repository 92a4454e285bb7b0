/**
 * A document in its bytes, as it lies on disk. Replies carry it, so that a find without a projection
 * never encodes again; only the encoder knows it, it is not a `Value`.
 */
export class RawDocument {
  constructor(readonly bytes: Uint8Array) {}
}
