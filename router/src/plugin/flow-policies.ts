import type { Plugin } from './plugins';
import type { InferenceRequest } from './request';

/** A request in a queue, as policies see it. */
export interface QueuedRequest {
  readonly request: InferenceRequest;
  /** `Clock.now()` at the arrival in flow control. */
  readonly enqueuedAt: number;
  /** Milliseconds that it may wait while there are endpoints; 0 for any time. */
  readonly ttlMs: number;
  /** Counts arrivals; it decides where all else is equal. */
  readonly sequence: number;
}

/** Decides in which order the requests of a flow are served. */
export interface OrderingPolicy extends Plugin {
  /** Smaller is served first. Called once, when the request joins its queue. */
  rank(queued: QueuedRequest): number;
  /**
   * Decides among equal ranks; smaller is served first.
   * @default - the order of arrival
   */
  tie?(queued: QueuedRequest): number;
}

/** The waiting requests of one fairness id and priority. */
export interface FlowQueue {
  /** Fairness id. */
  readonly id: string;
  /** Requests that wait. */
  readonly size: number;
  /** What is served next; undefined when nothing waits. */
  peek(): QueuedRequest | undefined;
  /** For the use of the band's `FlowTurns`: a place in a heap. */
  position: number;
}

/** Whose turn it is among the flows of one band. Hears of every change of a queue after it was made. */
export interface FlowTurns {
  /** The queue got its first request. */
  filled(queue: FlowQueue): void;
  /** The first request of a queue that stays filled is another one. */
  headChanged(queue: FlowQueue): void;
  /** The last request of the queue left. */
  emptied(queue: FlowQueue): void;
  /** The filled queue to serve next. */
  next(): FlowQueue | undefined;
  /** A request was let through; it had perhaps not to wait at all, and then its queue was never filled. */
  served(id: string, queued: QueuedRequest): void;
}

/** Decides which flow of a band is served next. */
export interface FairnessPolicy extends Plugin {
  /** Turns for one band. `before` says which of two requests the band's ordering policy serves first. */
  turns(before: (a: QueuedRequest, b: QueuedRequest) => boolean): FlowTurns;
}

/** Decides how full the pool may be for a priority to be served. */
export interface UsageLimitPolicy extends Plugin {
  /**
   * Writes a ceiling for each priority, highest first: a priority is served while the saturation is below its ceiling. `ceilings` is all
   * 1 at the start and may be longer than the list. Called once for each decision.
   */
  limits(saturation: number, priorities: readonly number[], ceilings: Float64Array): void;
}

/** A running request that could be ended, as eviction policies see it. */
export interface RunningRequest {
  readonly priority: number;
  /** `Clock.now()` when it was sent to its endpoint. */
  readonly dispatchedAt: number;
  /** Counts dispatches. */
  readonly sequence: number;
}

/** Decides which running requests may be evicted. */
export interface EvictionFilter extends Plugin {
  evictable(running: RunningRequest): boolean;
}

/** Decides which of the evictable requests goes first. */
export interface EvictionOrder extends Plugin {
  evictedBefore(a: RunningRequest, b: RunningRequest): boolean;
}
