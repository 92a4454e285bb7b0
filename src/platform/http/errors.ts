import { HttpException } from '@nestjs/common';
import { DomainError, errorMeanings, type ErrorCode } from '../../contracts/errors.js';
import { isDatabaseAway } from '../mongo/failures.js';

/** The one shape in which an error leaves. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
    readonly request_id: string;
  };
}

/** Whatever was thrown, as the refusal that a client may see. What is not meant for clients becomes `internal`. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (isDatabaseAway(error)) return new DomainError('unavailable', undefined, undefined, { cause: error });
  const status = error instanceof HttpException ? error.getStatus() : statusOfHttpError(error);
  if (status === undefined || status >= 500)
    return new DomainError('internal', undefined, undefined, { cause: error });
  return new DomainError(codes[status] ?? 'invalid_input');
}

const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
};

/** Express and its middleware mark a client's mistake with a status, such as a path that is not valid UTF-8. */
function statusOfHttpError(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  return typeof error.status === 'number' && error.status >= 400 ? error.status : undefined;
}

export function toBody({ code, message, details }: DomainError, requestId: string): ErrorBody {
  return { error: { code, message, ...(details === undefined ? {} : { details }), request_id: requestId } };
}

export function httpStatus(error: DomainError): number {
  return errorMeanings[error.code].status;
}
