import type { EffectiveFlowControl } from 'llm-d-epp-config';
import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { UsageLimitPolicy } from '../plugin/flow-policies';
import type { InferenceRequest } from '../plugin/request';
import type { Admission, AdmissionControl, Evict } from '../request-control/admission';
import type { Band } from './band';
import type { Bands } from './bands';
import type { FlowMetrics } from './flow-metrics';
import { type Outcome, refusalOf, sheddableDropped } from './outcomes';
import type { Occupancy } from './pool-gauges';
import type { Reclamation } from './reclamation';
import type { SaturationGate } from './saturation-gate';
import { Ticket, type TicketOffice } from './ticket';
import type { Timers } from './timers';
import { WaitBudget } from './wait-budget';
import { WaitingList } from './waiting-list';

/** While requests wait, the saturation is looked at this often. Source: llm-d-router v0.10.0, `controller/internal/processor.go`. */
const POLL_MS = 1;

/** Idle flows are forgotten after this time, looked for as often. Source: llm-d-router v0.10.0, `flowcontrol/registry/config.go`. */
const FORGET_AFTER_MS = 300_000;

/** A failing policy is logged at most this often. */
const LOG_EVERY_MS = 10_000;

/** What the controller is made of. */
export interface FlowControlParts {
  readonly settings: EffectiveFlowControl;
  readonly bands: Bands;
  readonly gate: SaturationGate;
  readonly usageLimit: UsageLimitPolicy;
  readonly endpoints: EndpointTable;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: FlowMetrics;
  readonly log: Log;
  /** Refuses requests of negative priority at once while the pool is full, in place of queueing them. */
  readonly shedAtAdmission: boolean;
  /**
   * Ends running requests to make room.
   * @default - nothing is evicted
   */
  readonly reclamation?: Reclamation;
}

/**
 * Queues requests by priority and fairness while the pool is full.
 *
 * Each turn lets one request through at most: it evaluates the saturation, walks the bands from the highest priority, stops at the first
 * one whose ceiling is reached, and serves the first band with waiting requests. The next turn comes when that request was sent, so that
 * it counts in the saturation, but not before the event loop has gone round, so that a long queue does not hold up what arrives. Further
 * turns come with arrivals, ends of requests, changes of endpoints, and every millisecond, since metrics change without notice. When
 * nothing waits there are no turns and no timers, and an arrival goes through without a promise.
 */
export class FlowController implements AdmissionControl, TicketOffice {
  private readonly waiting = new WaitingList<Ticket>();
  private readonly budget: WaitBudget;
  private bytes = 0;
  private sequence = 0;
  private ceilings = new Float64Array(8);
  private saturation = 0;
  private stopped = false;
  /** Let through from a queue, and not sent yet. */
  private releasing: Ticket | undefined;
  private turnIsDue = false;
  private pollTimer: unknown;
  private forgetTimer: unknown;
  private readonly cleanups: (() => void)[] = [];
  private loggedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: FlowControlParts) {
    const { settings, endpoints, clock } = parts;
    this.budget = new WaitBudget(settings, endpoints.size === 0);
    const changed = () => {
      this.budget.observe(endpoints.size === 0, clock.now());
      this.wake();
    };
    this.cleanups.push(endpoints.listen({ added: changed, updated: changed, removed: changed }));
  }

  /** What waits in all bands together. */
  get occupancy(): Occupancy {
    return { requests: this.waiting.size, bytes: this.bytes };
  }

  /** Calls back once when the controller stops. */
  atStop(cleanup: () => void): void {
    this.cleanups.push(cleanup);
  }

  start(): void {
    this.forgetTimer = this.parts.timers.set(() => {
      const now = this.parts.clock.now();
      for (const band of this.parts.bands.list) band.dropIdle(FORGET_AFTER_MS, now);
      this.parts.bands.sync(now);
      this.start();
    }, FORGET_AFTER_MS);
  }

  stop(): void {
    this.stopped = true;
    this.parts.timers.clear(this.pollTimer);
    this.parts.timers.clear(this.forgetTimer);
    for (const cleanup of this.cleanups.splice(0)) cleanup();
    for (let ticket = this.waiting.oldest; ticket !== undefined; ticket = this.waiting.oldest) this.drop(ticket, 'EvictedOther');
  }

  admit(request: InferenceRequest): Admission {
    const { bands, clock, settings } = this.parts;
    const now = clock.now();
    bands.sync(now);
    const band = bands.of(request.priority);
    const flow = band.flow(request.fairnessId || 'default-flow', now);
    const ticket = new Ticket(this, request, flow, now, settings.defaultRequestTtlMs, this.sequence++);
    if (this.stopped) this.reject(ticket, 'RejectedOther');
    if (this.parts.shedAtAdmission && request.priority < 0) this.shedIfFull(ticket);
    if (!this.hasRoom(band, ticket.bytes)) this.reject(ticket, this.budget.poolEmpty ? 'RejectedNoEndpoints' : 'RejectedCapacity');
    const isOpen = this.waiting.size === 0 && this.releasing === undefined && this.isOpen(band);
    if (!isOpen) this.enqueue(ticket);
    const decided = clock.now();
    flow.series.enqueued('NotYetFinalized', (decided - now) / 1000);
    if (isOpen) {
      observe(this.parts.metrics.cycle, decided - now);
      this.letThrough(ticket, decided);
      return ticket;
    }
    // A queue that was empty was just found closed; the poll looks again.
    if (this.waiting.size > 1 && this.releasing === undefined) this.turn();
    else this.poll();
    if (ticket.state === 'waiting') ticket.makeWait();
    return ticket;
  }

  cancelled(ticket: Ticket): void {
    if (ticket.state === 'waiting') this.drop(ticket, 'EvictedContextCancelled');
  }

  dispatched(ticket: Ticket, evict: Evict): void {
    const { reclamation, clock } = this.parts;
    ticket.running = reclamation?.sent(ticket.request.priority, clock.now(), evict);
    this.settled(ticket);
  }

  finished(ticket: Ticket): void {
    if (ticket.running !== undefined) this.parts.reclamation?.ended(ticket.running);
    ticket.running = undefined;
    this.settled(ticket);
    this.wake();
  }

  private settled(ticket: Ticket): void {
    if (ticket !== this.releasing) return;
    this.releasing = undefined;
    this.wake();
  }

  private hasRoom(band: Band, bytes: number): boolean {
    const { maxBytes, maxRequests } = this.parts.settings;
    if (maxBytes > 0 && this.bytes + bytes > maxBytes) return false;
    if (maxRequests > 0 && this.waiting.size >= maxRequests) return false;
    return band.hasRoom(bytes);
  }

  private enqueue(ticket: Ticket): void {
    const { bytes, flow } = ticket;
    ticket.state = 'waiting';
    this.guarded(() => flow.band.rank(ticket), undefined);
    flow.band.add(ticket);
    this.waiting.push(ticket);
    this.bytes += bytes;
    ticket.series.add(1, bytes);
  }

  private dequeue(ticket: Ticket): void {
    const { bytes, flow } = ticket;
    flow.band.remove(ticket);
    this.waiting.remove(ticket);
    this.bytes -= bytes;
    ticket.series.add(-1, -bytes);
  }

  private letThrough(ticket: Ticket, now: number): void {
    this.guarded(() => ticket.flow.band.turns.served(ticket.flow.id, ticket), undefined);
    this.record(ticket, 'Dispatched', now);
    ticket.through();
  }

  /** Refuses a request that waits. */
  private drop(ticket: Ticket, outcome: Exclude<Outcome, 'Dispatched'>): void {
    this.dequeue(ticket);
    this.record(ticket, outcome, this.parts.clock.now());
    ticket.refused(refusalOf(outcome, this.budget.poolEmpty));
  }

  /** Refuses a request that has not joined a queue. */
  private reject(ticket: Ticket, outcome: Exclude<Outcome, 'Dispatched'>, error = refusalOf(outcome, this.budget.poolEmpty)): never {
    ticket.state = 'refused';
    const now = this.parts.clock.now();
    ticket.flow.series.enqueued(outcome, (now - ticket.enqueuedAt) / 1000);
    this.record(ticket, outcome, now);
    throw error;
  }

  private shedIfFull(ticket: Ticket): void {
    if (this.guarded(() => this.parts.gate.saturation(), 1) < 1) return;
    if (this.budget.poolEmpty) this.reject(ticket, 'RejectedNoEndpoints');
    this.reject(ticket, 'RejectedCapacity', sheddableDropped('rejected-saturated'));
  }

  private record(ticket: Ticket, outcome: Outcome, now: number): void {
    const { flow, enqueuedAt } = ticket;
    flow.usedAt = now;
    ticket.series.waited(outcome, (now - enqueuedAt) / 1000);
    flow.band.count(outcome);
  }

  /** Whether a request of the band may pass now, which also takes that no higher band is closed. */
  private isOpen(band: Band): boolean {
    return band.index < this.guarded(() => this.openBands(), 0);
  }

  /** How many bands, from the highest on, are open before the first closed one. */
  private openBands(): number {
    const { bands, gate, usageLimit } = this.parts;
    const { priorities } = bands;
    if (this.ceilings.length < priorities.length) this.ceilings = new Float64Array(2 * priorities.length);
    this.ceilings.fill(1, 0, priorities.length);
    this.saturation = gate.saturation();
    usageLimit.limits(this.saturation, priorities, this.ceilings);
    let open = 0;
    while (open < priorities.length && !(this.saturation >= (this.ceilings[open] as number))) open++;
    return open;
  }

  private turn(): void {
    const started = this.parts.clock.now();
    this.expire(started);
    if (this.waiting.size > 0) {
      this.parts.bands.sync(started);
      this.guarded(() => this.serve(started), undefined);
      observe(this.parts.metrics.cycle, this.parts.clock.now() - started);
    }
    this.poll();
  }

  private expire(now: number): void {
    for (let ticket = this.waiting.oldest; ticket !== undefined; ticket = this.waiting.oldest) {
      const outcome = this.budget.expired(ticket.enqueuedAt, now);
      if (outcome === undefined) return;
      this.drop(ticket, outcome);
    }
  }

  /** Lets one request through if its band is open, or makes room for one that is not. */
  private serve(now: number): void {
    const { list } = this.parts.bands;
    const open = this.openBands();
    for (let i = 0; i < open; i++) {
      const band = list[i] as Band;
      const ticket = band.size === 0 ? undefined : (band.turns.next()?.peek() as Ticket | undefined);
      if (ticket === undefined) continue;
      this.dequeue(ticket);
      this.releasing = ticket;
      this.letThrough(ticket, now);
      return;
    }
    if (open < list.length) this.parts.reclamation?.consider(this.saturation, list, this.ceilings, open);
  }

  /** A turn is due in the next round of the event loop. */
  private wake(): void {
    if (this.turnIsDue || this.waiting.size === 0) return;
    this.turnIsDue = true;
    this.parts.timers.soon(() => {
      this.turnIsDue = false;
      if (this.releasing === undefined && !this.stopped) this.turn();
    });
  }

  /** A turn is due in a millisecond, if anything waits by then. */
  private poll(): void {
    if (this.pollTimer !== undefined || this.stopped) return;
    if (this.waiting.size === 0 && this.releasing === undefined) return;
    this.pollTimer = this.parts.timers.set(() => {
      this.pollTimer = undefined;
      this.releasing = undefined;
      this.turn();
    }, POLL_MS);
  }

  /** What a policy decides; a policy that throws is logged, and decides `otherwise`. */
  private guarded<T>(decide: () => T, otherwise: T): T {
    try {
      return decide();
    } catch (error) {
      const now = this.parts.clock.now();
      if (now - this.loggedAt >= LOG_EVERY_MS) {
        this.loggedAt = now;
        this.parts.log.error({ err: error }, 'flow control: a policy or the saturation detector failed, requests keep waiting');
      }
      return otherwise;
    }
  }
}

function observe([present, deprecated]: FlowMetrics['cycle'], milliseconds: number): void {
  present.observe(milliseconds / 1000);
  deprecated.observe(milliseconds / 1000);
}
