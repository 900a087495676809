import type { OrderingPolicy, QueuedRequest } from '../../plugin/flow-policies';

/** The earliest deadline first: arrival plus time to live. What may wait any time comes last; equal deadlines by arrival. */
export class EdfOrdering implements OrderingPolicy {
  rank(queued: QueuedRequest): number {
    return queued.ttlMs > 0 ? queued.enqueuedAt + queued.ttlMs : Number.POSITIVE_INFINITY;
  }
}
