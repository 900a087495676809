import { buckets } from './buckets-catalog';
import type { Counter, Family, Gauge, Histogram, MetricsRegistry } from './registry';
import type { RequestErrorCode } from './request-metrics';

const MODEL = ['model_name', 'target_model_name'];
const FULL = [...MODEL, 'fairness_id', 'priority'];

/** Families of request metrics, each with its deprecated twin. */
export type RequestFamilies = ReturnType<typeof requestFamilies>;

/** Makes the families of request metrics. */
export function requestFamilies(registry: MetricsRegistry) {
  const histogram = (name: string, twin: string, help: string, bounds: readonly number[]): readonly Family<Histogram>[] => [
    registry.histogram(`llm_d_epp_${name}`, help, bounds, FULL),
    registry.histogram(`inference_objective_${twin}`, deprecated(name, help), bounds, MODEL),
  ];
  return {
    total: registry.counter('llm_d_epp_request_total', 'Requests.', FULL),
    totalTwin: registry.counter('inference_objective_request_total', deprecated('request_total', 'Requests.'), [...MODEL, 'priority']),
    errors: registry.counter('llm_d_epp_request_error_total', 'Requests that failed.', [...FULL, 'error_code']),
    errorsTwin: registry.counter('inference_objective_request_error_total', deprecated('request_error_total', 'Requests that failed.'), [
      ...MODEL,
      'error_code',
    ]),
    running: registry.gauge('llm_d_epp_request_running', 'Requests that run.', FULL),
    runningTwin: registry.gauge('inference_objective_running_requests', deprecated('request_running', 'Requests that run.'), [
      'model_name',
    ]),
    ttft: registry.histogram('llm_d_epp_request_ttft_seconds', 'Time to the first byte of the response.', buckets.firstTokenSeconds, [
      ...FULL,
      'streaming',
    ]),
    tpot: registry.histogram(
      'llm_d_epp_request_streaming_tpot_seconds',
      'Time for each token after the first, of streamed responses.',
      buckets.streamingSecondsPerToken,
      FULL,
    ),
    itl: registry.histogram(
      'llm_d_epp_request_streaming_itl_seconds',
      'Time between two chunks of a streamed response.',
      buckets.secondsBetweenChunks,
      FULL,
    ),
    duration: histogram('request_duration_seconds', 'request_duration_seconds', 'Time of whole requests.', buckets.requestSeconds),
    requestSize: histogram('request_size_bytes', 'request_sizes', 'Size of request bodies.', buckets.requestBytes),
    responseSize: histogram('response_size_bytes', 'response_sizes', 'Size of response bodies.', buckets.responseBytes),
    inputTokens: histogram('request_input_tokens', 'input_tokens', 'Prompt tokens as the model server reports them.', buckets.inputTokens),
    outputTokens: histogram(
      'request_output_tokens',
      'output_tokens',
      'Output tokens as the model server reports them.',
      buckets.outputTokens,
    ),
    cachedTokens: histogram(
      'request_cached_tokens',
      'prompt_cached_tokens',
      'Prompt tokens that came from a cache, as the model server reports them.',
      buckets.inputTokens,
    ),
    ntpot: histogram(
      'request_ntpot_seconds',
      'normalized_time_per_output_token_seconds',
      'Time of whole requests divided by output tokens.',
      buckets.secondsPerToken,
    ),
  };
}

function deprecated(name: string, help: string): string {
  return `[Deprecated: Use llm_d_epp_${name}] ${help}`;
}

type TwinName = 'duration' | 'requestSize' | 'responseSize' | 'inputTokens' | 'outputTokens' | 'cachedTokens' | 'ntpot';

/** The series of one set of labels. A series comes into being with its first value, as in upstream. */
export class RequestSeries {
  private readonly model: readonly [string, string];
  private readonly twins = new Map<TwinName, readonly Histogram[]>();
  private counters: readonly [Counter, Counter] | undefined;
  private gauges: readonly [Gauge, Gauge] | undefined;
  private itlSeries: Histogram | undefined;
  private tpotSeries: Histogram | undefined;
  private readonly ttftSeries: (Histogram | undefined)[] = [undefined, undefined];

  constructor(
    private readonly families: RequestFamilies,
    private readonly labels: readonly [string, string, string, string],
  ) {
    this.model = [labels[0], labels[1]];
  }

  /** Counts a request and its size in bytes. */
  received(bytes: number): void {
    this.counters ??= [this.families.total.with(...this.labels), this.families.totalTwin.with(...this.model, this.labels[3])];
    this.counters[0].inc();
    this.counters[1].inc();
    this.observe('requestSize', bytes);
  }

  /** Counts a failure. */
  failed(code: RequestErrorCode): void {
    this.families.errors.with(...this.labels, code).inc();
    this.families.errorsTwin.with(...this.model, code).inc();
  }

  /** Counts a running request (1) or one that runs no more (-1). Requests without a model are not counted. */
  running(delta: 1 | -1): void {
    if (this.labels[0] === '') return;
    this.gauges ??= [this.families.running.with(...this.labels), this.families.runningTwin.with(this.labels[0])];
    this.gauges[0].inc(delta);
    this.gauges[1].inc(delta);
  }

  /** Adds a value to a histogram and its twin. */
  observe(name: TwinName, value: number): void {
    let pair = this.twins.get(name);
    if (pair === undefined) {
      const [current, twin] = this.families[name] as readonly [Family<Histogram>, Family<Histogram>];
      pair = [current.with(...this.labels), twin.with(...this.model)];
      this.twins.set(name, pair);
    }
    for (const histogram of pair) histogram.observe(value);
  }

  /** Adds a time to the first byte. */
  ttft(streaming: boolean, seconds: number): void {
    const at = streaming ? 1 : 0;
    let series = this.ttftSeries[at];
    if (series === undefined) {
      series = this.families.ttft.with(...this.labels, String(streaming));
      this.ttftSeries[at] = series;
    }
    series.observe(seconds);
  }

  /** Adds a time for each token after the first. */
  tpot(seconds: number): void {
    this.tpotSeries ??= this.families.tpot.with(...this.labels);
    this.tpotSeries.observe(seconds);
  }

  /** Adds a time between two chunks. */
  itl(seconds: number): void {
    this.itlSeries ??= this.families.itl.with(...this.labels);
    this.itlSeries.observe(seconds);
  }
}
