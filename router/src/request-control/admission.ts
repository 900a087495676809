import type { DropReason } from '../plugin/errors';
import type { InferenceRequest } from '../plugin/request';

/** Ends a running request: the client gets 429 with that reason. False when its answer is complete already. */
export type Evict = (reason: DropReason) => boolean;

/** A request's place in admission. */
export interface Admission {
  /** Undefined when the request may go on at once. @throws InferenceError when it is refused at once; the promise rejects with one later */
  readonly wait: Promise<void> | undefined;
  /** The client went away while the request waits. */
  cancel(): void;
  /** The request was sent to an endpoint and may be evicted from now on. */
  dispatched(evict: Evict): void;
  /** The request is over, whatever ended it. Called exactly once for each admission that was not refused. */
  finished(): void;
}

/** Lets requests in: by flow control where its gate is on, else by the legacy check of sheddable requests. */
export interface AdmissionControl {
  /** `subset` names the addresses that the proxy allows; undefined for all. @throws InferenceError when the request is refused at once */
  admit(request: InferenceRequest, subset: readonly string[] | undefined): Admission;
  start?(): void;
  /** Refuses what waits, with `rejected-shutting-down`. */
  stop?(): void;
}
