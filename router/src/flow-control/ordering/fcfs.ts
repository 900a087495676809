import type { OrderingPolicy, QueuedRequest } from '../../plugin/flow-policies';

/** First come, first served. */
export class FcfsOrdering implements OrderingPolicy {
  rank(queued: QueuedRequest): number {
    return queued.enqueuedAt;
  }
}
