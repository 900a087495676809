import type { OrderingPolicy, QueuedRequest } from '../policies';

/** First come, first served. */
export class FcfsOrdering implements OrderingPolicy {
  rank(queued: QueuedRequest): number {
    return queued.enqueuedAt;
  }
}
