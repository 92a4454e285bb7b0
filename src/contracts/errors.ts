/**
 * Every code that a client can meet, once: what it means and whether the same request may simply be sent again.
 * Services throw `DomainError`; only the edges (HTTP filter, socket acknowledgement) turn it into their own shape.
 */
interface ErrorMeaning {
  /** The HTTP status that carries it. */
  status: number;
  /** True when the very same request may succeed later, unchanged. */
  retryable: boolean;
  /** What a person reads when the thrower says nothing better. */
  message: string;
}

const meanings = {
  invalid_input: { status: 400, retryable: false, message: 'The request is not valid.' },
  unauthenticated: { status: 401, retryable: false, message: 'Sign in first.' },
  token_expired: { status: 401, retryable: false, message: 'The token has expired.' },
  forbidden: { status: 403, retryable: false, message: 'Your role does not allow this.' },
  origin_not_allowed: { status: 403, retryable: false, message: 'This origin is not allowed.' },
  business_suspended: {
    status: 403,
    retryable: false,
    message: 'This business is suspended. Its staff can read, and its owner can resume it.',
  },
  not_found: { status: 404, retryable: false, message: 'There is no such thing.' },
  method_not_allowed: { status: 405, retryable: false, message: 'This method is not served here.' },
  conflict: { status: 409, retryable: false, message: 'It is already there in another form.' },
  impossible_transition: { status: 409, retryable: false, message: 'This step is not possible from here.' },
  gone: { status: 410, retryable: false, message: 'It is no longer there.' },
  too_large: { status: 413, retryable: false, message: 'That is too large.' },
  unsupported_media_type: { status: 415, retryable: false, message: 'This content type is not understood.' },
  idempotency_mismatch: {
    status: 422,
    retryable: false,
    message: 'This idempotency key was used for another request.',
  },
  rate_limited: { status: 429, retryable: true, message: 'Too many requests. Try again later.' },
  /** Somebody else kept changing the same document, or too much of it waits to be relayed. */
  busy: { status: 503, retryable: true, message: 'Too many changes at once. Try again.' },
  /** The outcome of a write is unknown: repeating it is safe, because a unique key makes it happen once. */
  unavailable: { status: 503, retryable: true, message: 'The database does not answer. Try again.' },
  internal: { status: 500, retryable: false, message: 'The server made a mistake.' },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof meanings;
export const errorMeanings: Readonly<Record<ErrorCode, ErrorMeaning>> = meanings;

/** A refusal that a client may see: `message` and `details` leave the process. */
export class DomainError extends Error {
  readonly retryable: boolean;

  constructor(
    readonly code: ErrorCode,
    message: string = errorMeanings[code].message,
    readonly details?: Readonly<Record<string, unknown>>,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DomainError';
    this.retryable = errorMeanings[code].retryable;
  }
}
