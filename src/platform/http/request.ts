import type { Request } from 'express';
import type { Idempotency } from '../events/tenant.repository.js';
import type { AuthenticatedRequest } from '../auth/access.js';

/** The parsed parts of a request, each by the schema of its route. */
export interface ParsedInput {
  readonly body: unknown;
  readonly query: unknown;
  readonly params: unknown;
}

/** An Express request with what the layers before the handler have left in it. */
export interface ServiceRequest extends Request, AuthenticatedRequest {
  /** In the answer, in each log line and in each error. */
  requestId?: string;
  input?: ParsedInput;
  idempotency?: Idempotency;
  /** When it arrived, on the monotonic clock: what the guards used is not there for the handler. */
  arrivedAt?: number;
}
