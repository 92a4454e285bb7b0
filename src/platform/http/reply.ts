/** What a handler answers when the status or a header depends on what happened; else it returns the value alone. */
export class Reply<T> {
  constructor(
    readonly value: T,
    readonly options: ReplyOptions,
  ) {}
}

export interface ReplyOptions {
  /** Instead of the route's own. */
  readonly status?: number;
  /** The request was answered before under its idempotency key: says so in `Idempotent-Replayed`. */
  readonly repeated?: boolean;
}

export function reply<T>(value: T, options: ReplyOptions): Reply<T> {
  return new Reply(value, options);
}
