import type { EvictionOrder, RunningRequest } from '../../plugin/flow-policies';

/** Evicts the lowest priority first, then what was dispatched last: it has the least work to lose. */
export class PriorityThenTime implements EvictionOrder {
  evictedBefore(a: RunningRequest, b: RunningRequest): boolean {
    if (a.priority !== b.priority) return a.priority < b.priority;
    if (a.dispatchedAt !== b.dispatchedAt) return a.dispatchedAt > b.dispatchedAt;
    return a.sequence > b.sequence;
  }
}
