import type { EffectivePriorityBand } from 'llm-d-epp-config';
import type { FairnessPolicy, FlowTurns, OrderingPolicy, QueuedRequest } from '../plugin/flow-policies';
import type { Counter } from '../telemetry/registry';
import { Flow } from './flow';
import type { FlowMetrics } from './flow-metrics';
import type { Outcome } from './outcomes';
import { servedBefore, type Ticket } from './ticket';

/** Clients choose the ids of flows, so idle ones are dropped early once there are this many. */
const MANY_FLOWS = 10_000;

const number = (value: number | undefined): number => (value === undefined || Number.isNaN(value) ? Number.POSITIVE_INFINITY : value);

/** All queues of one priority. */
export class Band {
  /** Priority as a label. */
  readonly label: string;
  /** Place among the bands, 0 for the highest. */
  index = 0;
  /** Requests that wait. */
  size = 0;
  /** Bytes of their bodies. */
  bytes = 0;
  readonly turns: FlowTurns;
  private readonly flows = new Map<string, Flow>();
  private readonly outcomes = new Map<Outcome, Counter>();
  private dropAt = MANY_FLOWS;

  constructor(
    readonly priority: number,
    readonly limits: EffectivePriorityBand,
    private readonly ordering: OrderingPolicy,
    fairness: FairnessPolicy,
    private readonly metrics: FlowMetrics,
  ) {
    this.label = String(priority);
    this.turns = fairness.turns(servedBefore as (a: QueuedRequest, b: QueuedRequest) => boolean);
  }

  /** Whether nothing is known here of any flow. */
  get unused(): boolean {
    return this.flows.size === 0;
  }

  /** The flow of a fairness id, made on first use. */
  flow(id: string, now: number): Flow {
    let flow = this.flows.get(id);
    if (flow === undefined) {
      if (this.flows.size >= this.dropAt) {
        this.dropIdle(0, now);
        this.dropAt = Math.max(MANY_FLOWS, 2 * this.flows.size);
      }
      flow = new Flow(id, this, this.metrics, now);
      this.flows.set(id, flow);
    }
    flow.usedAt = now;
    return flow;
  }

  /** Counts a request by what became of it. */
  count(outcome: Outcome): void {
    let counter = this.outcomes.get(outcome);
    if (counter === undefined) {
      counter = this.metrics.requests.with(outcome, this.label, this.metrics.pool);
      this.outcomes.set(outcome, counter);
    }
    counter.inc();
  }

  hasRoom(bytes: number): boolean {
    return this.bytes + bytes <= this.limits.maxBytes && this.size < this.limits.maxRequests;
  }

  /** Sets where in its queue a request belongs. */
  rank(ticket: Ticket): void {
    ticket.rank = number(this.ordering.rank(ticket));
    if (this.ordering.tie !== undefined) ticket.tie = number(this.ordering.tie(ticket));
  }

  add(ticket: Ticket): void {
    const { flow } = ticket;
    flow.push(ticket);
    this.size++;
    this.bytes += ticket.bytes;
    if (flow.size === 1) this.turns.filled(flow);
    else if (flow.peek() === ticket) this.turns.headChanged(flow);
  }

  remove(ticket: Ticket): void {
    const { flow } = ticket;
    const wasHead = flow.peek() === ticket;
    flow.remove(ticket);
    this.size--;
    this.bytes -= ticket.bytes;
    if (flow.size === 0) this.turns.emptied(flow);
    else if (wasHead) this.turns.headChanged(flow);
  }

  /** Forgets flows without waiting requests that had none for `idleMs` or longer, and their series. */
  dropIdle(idleMs: number, now: number): void {
    for (const flow of this.flows.values()) {
      if (flow.size > 0 || now - flow.usedAt < idleMs) continue;
      this.flows.delete(flow.id);
      flow.series.remove();
    }
  }
}
