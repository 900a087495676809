import type { EffectiveFlowControl, EffectivePriorityBand } from 'llm-d-epp-config';
import { createAdmission } from '../../src/flow-control/create-admission';
import { flowControlPlugins } from '../../src/flow-control/plugins';
import type { Timers } from '../../src/flow-control/timers';
import { type DropReason, InferenceError, type Plugin } from '../../src/plugin';
import type { Admission, AdmissionControl } from '../../src/request-control/admission';
import { type FakeClock, request, TestContext } from './context';

/** Lets all that waits on promises run. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 20; i++) await undefined;
}

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

/** Timers that run when a test moves the clock through them. */
export class FakeTimers implements Timers {
  private readonly pending = new Set<Pending>();
  private readonly next: (() => void)[] = [];

  constructor(private readonly clock: FakeClock) {}

  set(callback: () => void, milliseconds: number): Pending {
    const entry = { at: this.clock.now() + milliseconds, callback };
    this.pending.add(entry);
    return entry;
  }

  clear(handle: unknown): void {
    this.pending.delete(handle as Pending);
  }

  soon(callback: () => void): void {
    this.next.push(callback);
  }

  /** Timers that wait for a time. */
  get size(): number {
    return this.pending.size;
  }

  /** One round of the event loop, without any time. */
  async round(): Promise<void> {
    await microtasks();
    for (const callback of this.next.splice(0)) {
      callback();
      await microtasks();
    }
  }

  /** Moves the clock, and runs what is due on the way in its order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.clock.now() + milliseconds;
    for (;;) {
      do await this.round();
      while (this.next.length > 0);
      let due: Pending | undefined;
      for (const entry of this.pending) if (entry.at <= end && (due === undefined || entry.at < due.at)) due = entry;
      if (due === undefined) break;
      this.pending.delete(due);
      this.clock.advance(Math.max(0, due.at - this.clock.now()));
      due.callback();
    }
    this.clock.advance(end - this.clock.now());
  }
}

/** A band of the configuration with the defaults filled in. */
export const band = (priority: number, settings: Partial<EffectivePriorityBand> = {}): EffectivePriorityBand => ({
  priority,
  maxBytes: 1e9,
  maxRequests: 5000,
  fairnessPolicy: 'global-strict-fairness-policy',
  orderingPolicy: 'fcfs-ordering-policy',
  ...settings,
});

/** What a test says of flow control. */
export interface FlowOptions extends Partial<EffectiveFlowControl> {
  /** @default - a threshold of 1 for all */
  readonly usageLimit?: Plugin;
  /** Further plugins by name. @default - none */
  readonly plugins?: Readonly<Record<string, Plugin>>;
  /** Requests that the pool runs at saturation 1. @default 1 */
  readonly capacity?: number;
  /** @default - none */
  readonly env?: Readonly<Record<string, string>>;
  /** @default 1 */
  readonly endpoints?: number;
  /** Priorities of objectives. @default - none */
  readonly objectives?: readonly number[];
  /** Type that the configuration names for the test's detector. @default - one that is not built in */
  readonly detectorType?: string;
  /** A built-in detector in place of the test's. @default - the test's */
  readonly detector?: string;
}

/** What a test says of a request. */
export interface Submission {
  /** @default 0 */
  readonly priority?: number;
  /** @default 'default-flow' */
  readonly flow?: string;
  /** Bytes of the body. @default 10 */
  readonly bytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the pipeline after admission takes its time: the test calls `send`. @default false */
  readonly slow?: boolean;
}

/** A request in a test, and what became of it. */
export class Submitted {
  outcomes: ('through' | InferenceError)[] = [];
  evictedFor: DropReason | undefined;
  /** What the eviction is told: false once the answer is complete. */
  evictable = true;
  admission: Admission | undefined;
  sent = false;
  ended = false;

  constructor(
    readonly name: string,
    readonly submission: Submission,
  ) {}

  get outcome(): 'through' | 'waiting' | InferenceError {
    return this.outcomes[0] ?? 'waiting';
  }

  get refusal(): string {
    return this.outcome instanceof InferenceError
      ? `${this.outcome.code} ${this.outcome.dropReason} ${this.outcome.message}`
      : this.outcome;
  }
}

/** Flow control before a pool whose saturation is its running requests by its capacity. */
export class FlowFixture {
  readonly context: TestContext;
  readonly timers: FakeTimers;
  readonly control: AdmissionControl;
  /** Requests in the order in which they were let through. */
  readonly order: Submitted[] = [];
  running = 0;
  mostRunning = 0;
  evaluations = 0;
  capacity: number;
  objectives: readonly number[];

  constructor(options: FlowOptions = {}) {
    const {
      usageLimit,
      plugins = {},
      capacity = 1,
      env = {},
      endpoints = 1,
      objectives = [],
      detectorType = 'test',
      detector,
      ...settings
    } = options;
    this.capacity = capacity;
    this.objectives = objectives;
    this.context = new TestContext({ env });
    this.timers = new FakeTimers(this.context.clock);
    this.context.pods(endpoints);
    for (const type of ['global-strict-fairness-policy', 'round-robin-fairness-policy', 'program-aware-fairness']) this.make(type);
    for (const type of ['fcfs-ordering-policy', 'edf-ordering-policy', 'slo-deadline-ordering-policy']) this.make(type);
    if (usageLimit === undefined) this.make('static-usage-limit-policy');
    else this.context.plugins.set('static-usage-limit-policy', usageLimit);
    for (const [name, plugin] of Object.entries(plugins)) this.context.plugins.set(name, plugin);
    const counting = {
      saturation: ({ size }: { size: number }) => {
        this.evaluations++;
        return size === 0 ? 1 : this.running / this.capacity;
      },
    };
    if (detector !== undefined) this.make(detector, {}, 'detector');
    else this.context.plugins.set('detector', counting);
    this.control = createAdmission(
      {
        plugins: [{ name: 'detector', type: detectorType }],
        saturationDetector: 'detector',
        flowControl: {
          enabled: true,
          maxBytes: 0,
          maxRequests: 0,
          defaultRequestTtlMs: 60_000,
          noEndpointRequestTtlMs: 60_000,
          defaultPriorityBand: band(0),
          defaultNegativePriorityBand: band(0),
          priorityBands: [band(0)],
          usageLimitPolicy: 'static-usage-limit-policy',
          enableEviction: false,
          ...settings,
        },
      } as unknown as Parameters<typeof createAdmission>[0],
      this.context.plugins,
      { ...this.context, clock: this.context.clock, timers: this.timers, pool: { priorities: () => this.objectives } },
    );
    this.control.start?.();
  }

  make(type: string, parameters = {}, name = type): void {
    this.context.make(flowControlPlugins[type] as NonNullable<(typeof flowControlPlugins)[string]>, type, parameters, name);
  }

  /** Sends a request into admission. */
  submit(name: string, submission: Submission = {}): Submitted {
    const { priority = 0, flow, bytes = 10, headers } = submission;
    const submitted = new Submitted(name, submission);
    const asked = request({ id: name, headers, receivedAt: this.context.clock.now() });
    Object.defineProperty(asked, 'sizeBytes', { value: bytes });
    asked.priority = priority;
    if (flow !== undefined) asked.fairnessId = flow;
    const through = () => {
      submitted.outcomes.push('through');
      this.order.push(submitted);
      if (submission.slow !== true) this.send(submitted);
    };
    try {
      submitted.admission = this.control.admit(asked, undefined);
      if (submitted.admission.wait === undefined) through();
      else submitted.admission.wait.then(through, (error) => submitted.outcomes.push(error));
    } catch (error) {
      submitted.outcomes.push(error as InferenceError);
    }
    return submitted;
  }

  /** The request reaches its endpoint. */
  send(submitted: Submitted): void {
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    submitted.sent = true;
    submitted.admission?.dispatched((reason) => {
      if (!submitted.evictable) return false;
      submitted.evictedFor = reason;
      return true;
    });
  }

  /** The request ends. */
  finish(submitted: Submitted): void {
    if (submitted.sent) this.running--;
    submitted.ended = true;
    submitted.admission?.finished();
  }

  /** Ends what runs until nothing is let through any more; returns the names in the order of their passage. */
  async drain(): Promise<string[]> {
    await this.timers.advance(0);
    const start = this.order.length;
    for (;;) {
      const ready = this.order.filter(({ ended }) => !ended);
      if (ready.length === 0) break;
      for (const submitted of ready) this.finish(submitted);
      await this.timers.advance(0);
    }
    return this.order.slice(start).map(({ name }) => name);
  }

  /** A sample of the metrics page. */
  metric(series: string): number | undefined {
    const line = this.context.metrics
      .text()
      .split('\n')
      .find((text) => text.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }
}
