import type { FairnessPolicy, FlowQueue, FlowTurns } from '../../plugin/flow-policies';

/** Serves the flows in turn, in the order of their ids: the next one after the flow that was served last. */
export class RoundRobin implements FairnessPolicy {
  turns(): FlowTurns {
    return new RoundRobinTurns();
  }
}

class RoundRobinTurns implements FlowTurns {
  /** Filled queues, sorted by id. An array, because moving a few thousand references is cheaper than walking a tree. */
  private readonly queues: FlowQueue[] = [];
  private last: string | undefined;

  filled(queue: FlowQueue): void {
    this.queues.splice(this.firstFrom(queue.id), 0, queue);
  }

  headChanged(): void {}

  emptied(queue: FlowQueue): void {
    this.queues.splice(this.firstFrom(queue.id), 1);
  }

  next(): FlowQueue | undefined {
    if (this.last === undefined) return this.queues[0];
    const at = this.firstFrom(this.last);
    const after = this.queues[at]?.id === this.last ? at + 1 : at;
    return this.queues[after] ?? this.queues[0];
  }

  served(id: string): void {
    this.last = id;
  }

  /** Place of the first queue whose id is not before `id`. */
  private firstFrom(id: string): number {
    let low = 0;
    let high = this.queues.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.queues[middle] as FlowQueue).id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
