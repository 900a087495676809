import type { FlowQueue } from '../plugin/flow-policies';
import type { Band } from './band';
import type { FlowMetrics } from './flow-metrics';
import { FlowSeries } from './flow-metrics';
import { IndexedHeap } from './indexed-heap';
import { servedBefore, type Ticket } from './ticket';

/** The queue of one fairness id in one band. */
export class Flow implements FlowQueue {
  position = -1;
  readonly series: FlowSeries;
  private readonly queue = new IndexedHeap<Ticket>(servedBefore);

  constructor(
    readonly id: string,
    readonly band: Band,
    metrics: FlowMetrics,
    /** `Clock.now()` of the last request. */
    public usedAt: number,
  ) {
    this.series = new FlowSeries(metrics, id, band.label);
  }

  get size(): number {
    return this.queue.size;
  }

  peek(): Ticket | undefined {
    return this.queue.peek();
  }

  push(ticket: Ticket): void {
    this.queue.push(ticket);
  }

  remove(ticket: Ticket): void {
    this.queue.remove(ticket);
  }
}
