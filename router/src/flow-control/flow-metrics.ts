import { type LabelLimits, overflowLabel } from '../telemetry/bounded-label';
import type { Counter, Family, Gauge, Histogram, MetricsRegistry } from '../telemetry/registry';
import type { Outcome } from './outcomes';

/** Buckets in seconds. Source: llm-d-router v0.10.0, `metrics/llm_d_router_metrics.go`. */
const queueBuckets = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const fastBuckets = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];

type Series = Counter | Gauge | Histogram;

/** A metric under its present and its deprecated name. */
class Twins<S extends Series> {
  constructor(
    private readonly present: Family<S>,
    private readonly deprecated: Family<S>,
  ) {}

  with(...labels: string[]): readonly [S, S] {
    return [this.present.with(...labels), this.deprecated.with(...labels)];
  }

  remove(...labels: string[]): void {
    this.present.remove(...labels);
    this.deprecated.remove(...labels);
  }
}

function twins<S extends Series>(make: (name: string, help: string) => Family<S>, name: string, help: string): Twins<S> {
  return new Twins(
    make(`llm_d_epp_flow_control_${name}`, help),
    make(`inference_extension_flow_control_${name}`, `${help} [deprecated: use llm_d_epp_flow_control_${name}]`),
  );
}

/** What flow control tells of each request. */
export class FlowMetrics {
  /** Seconds that decisions take. */
  readonly cycle: readonly [Histogram, Histogram];
  readonly queueSeconds: Twins<Histogram>;
  readonly enqueueSeconds: Twins<Histogram>;
  readonly size: Twins<Gauge>;
  readonly bytes: Twins<Gauge>;
  readonly requests: Family<Counter>;

  constructor(
    registry: MetricsRegistry,
    readonly pool: string,
    readonly limits: LabelLimits,
  ) {
    const gauge = (names: readonly string[]) => (name: string, help: string) => registry.gauge(name, help, names);
    const histogram = (buckets: readonly number[], names: readonly string[]) => (name: string, help: string) =>
      registry.histogram(name, help, buckets, names);
    const queueLabels = ['fairness_id', 'priority', 'inference_pool', 'model_name', 'target_model_name'];
    this.cycle = twins(histogram(fastBuckets, []), 'dispatch_cycle_duration_seconds', 'Time that a decision takes').with();
    this.queueSeconds = twins(
      histogram(queueBuckets, ['fairness_id', 'priority', 'outcome', 'inference_pool', 'model_name', 'target_model_name']),
      'request_queue_duration_seconds',
      'Time from the arrival of a request in flow control to its outcome',
    );
    this.enqueueSeconds = twins(
      histogram(fastBuckets, ['fairness_id', 'priority', 'outcome']),
      'request_enqueue_duration_seconds',
      'Time that it takes to put a request into its queue',
    );
    this.size = twins(gauge(queueLabels), 'queue_size', 'Requests in flow control');
    this.bytes = twins(gauge(queueLabels), 'queue_bytes', 'Bytes of the bodies of the requests in flow control');
    this.requests = registry.counter('llm_d_epp_flow_control_requests_total', 'Requests by what became of them', [
      'outcome',
      'priority',
      'inference_pool',
    ]);
  }
}

/** Series of the requests of one flow, model and target model. */
export class ModelSeries {
  readonly size: readonly [Gauge, Gauge];
  readonly bytes: readonly [Gauge, Gauge];
  private readonly seconds = new Map<Outcome, readonly [Histogram, Histogram]>();

  constructor(
    private readonly metrics: FlowMetrics,
    private readonly fairness: string,
    private readonly priority: string,
    private readonly models: readonly [string, string],
  ) {
    this.size = metrics.size.with(fairness, priority, metrics.pool, ...models);
    this.bytes = metrics.bytes.with(fairness, priority, metrics.pool, ...models);
  }

  /** A request joined its queue, or left it with negative numbers. */
  add(requests: number, bytes: number): void {
    for (const gauge of this.size) gauge.inc(requests);
    for (const gauge of this.bytes) gauge.inc(bytes);
  }

  waited(outcome: Outcome, seconds: number): void {
    let pair = this.seconds.get(outcome);
    if (pair === undefined) {
      pair = this.metrics.queueSeconds.with(this.fairness, this.priority, outcome, this.metrics.pool, ...this.models);
      this.seconds.set(outcome, pair);
    }
    pair[0].observe(seconds);
    pair[1].observe(seconds);
  }

  remove(): void {
    const { metrics, fairness, priority, models } = this;
    metrics.size.remove(fairness, priority, metrics.pool, ...models);
    metrics.bytes.remove(fairness, priority, metrics.pool, ...models);
    for (const outcome of this.seconds.keys()) metrics.queueSeconds.remove(fairness, priority, outcome, metrics.pool, ...models);
  }
}

/** Series of one flow. */
export class FlowSeries {
  private readonly fairness: string;
  private readonly models = new Map<string, ModelSeries>();
  private readonly enqueue = new Map<string, readonly [Histogram, Histogram]>();
  private lastModel = '';
  private lastTarget = '';
  private last: ModelSeries | undefined;

  constructor(
    private readonly metrics: FlowMetrics,
    flow: string,
    private readonly priority: string,
  ) {
    this.fairness = metrics.limits.fairnessIds.bound(flow);
  }

  /** Series for a model and its target. */
  of(model: string, target: string): ModelSeries {
    if (this.last !== undefined && model === this.lastModel && target === this.lastTarget) return this.last;
    const bounded = [this.metrics.limits.models.bound(model), this.metrics.limits.models.bound(target)] as const;
    const key = bounded.join('\u0000');
    let series = this.models.get(key);
    if (series === undefined) {
      series = new ModelSeries(this.metrics, this.fairness, this.priority, bounded);
      this.models.set(key, series);
    }
    // Only names that labels may hold: clients choose flows and models, and each flow would keep a name of any length.
    if (bounded[0] === model && bounded[1] === target) [this.lastModel, this.lastTarget, this.last] = [model, target, series];
    return series;
  }

  /** A request was put into its queue, or refused at that point. */
  enqueued(outcome: Outcome | 'NotYetFinalized', seconds: number): void {
    let pair = this.enqueue.get(outcome);
    if (pair === undefined) {
      pair = this.metrics.enqueueSeconds.with(this.fairness, this.priority, outcome);
      this.enqueue.set(outcome, pair);
    }
    pair[0].observe(seconds);
    pair[1].observe(seconds);
  }

  /** Takes the series of an idle flow off the page. What many flows share under `other` stays. */
  remove(): void {
    if (this.fairness === overflowLabel) return;
    for (const series of this.models.values()) series.remove();
    for (const outcome of this.enqueue.keys()) this.metrics.enqueueSeconds.remove(this.fairness, this.priority, outcome);
  }
}
