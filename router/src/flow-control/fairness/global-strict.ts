import type { FairnessPolicy, FlowQueue, FlowTurns, QueuedRequest } from '../../plugin/flow-policies';
import { IndexedHeap } from '../indexed-heap';

/** Serves the best request of all flows, as if they were one queue. */
export class GlobalStrict implements FairnessPolicy {
  turns(before: (a: QueuedRequest, b: QueuedRequest) => boolean): FlowTurns {
    return new GlobalStrictTurns(before);
  }
}

class GlobalStrictTurns implements FlowTurns {
  private readonly queues: IndexedHeap<FlowQueue>;

  constructor(before: (a: QueuedRequest, b: QueuedRequest) => boolean) {
    this.queues = new IndexedHeap((a, b) => before(a.peek() as QueuedRequest, b.peek() as QueuedRequest));
  }

  filled(queue: FlowQueue): void {
    this.queues.push(queue);
  }

  headChanged(queue: FlowQueue): void {
    this.queues.moved(queue);
  }

  emptied(queue: FlowQueue): void {
    this.queues.remove(queue);
  }

  next(): FlowQueue | undefined {
    return this.queues.peek();
  }

  served(): void {}
}
