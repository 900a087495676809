/** Kinds of refusal; each has its HTTP status. Source: llm-d-router v0.10.0, `common/error`. */
export const httpStatus = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  PreconditionFailed: 412,
  /** Ours: a body over the stated limit. */
  PayloadTooLarge: 413,
  ResourceExhausted: 429,
  Internal: 500,
  ServiceUnavailable: 503,
} as const;

/** Name of a refusal as it stands in the answer's body and in the label `error_code`. */
export type ErrorCode = keyof typeof httpStatus;

/** Values of `x-llm-d-request-dropped-reason`. */
export type DropReason =
  | 'rejected-saturated'
  | 'rejected-no-endpoints'
  | 'rejected-ttl-expired'
  | 'rejected-context-cancelled'
  | 'rejected-shutting-down'
  | 'evicted'
  | 'evicted-queue-pressure'
  | 'evicted-priority';

/** A refusal that the client sees: an immediate response with `inference error: <code> - <message>`. */
export class InferenceError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly dropReason?: DropReason,
  ) {
    super(message);
    this.name = 'InferenceError';
  }
}
