import type { ErrorCode } from '../plugin/errors';
import type { LabelLimits } from './bounded-label';
import { buckets } from './buckets-catalog';
import type { Counter, Family, Histogram, MetricsRegistry } from './registry';
import { RequestSeries, requestFamilies } from './request-series';

/** What goes into `error_code`. */
export type RequestErrorCode = ErrorCode | 'ModelServerError' | 'Unknown';

/** Whose request it is, as labels say it. */
export interface RequestLabels {
  readonly model: string;
  readonly target: string;
  readonly fairnessId: string;
  readonly priority: number;
}

/** A histogram of seconds under its name and its deprecated one, fed with milliseconds. */
export type Durations = (milliseconds: number) => void;

interface NamedParser<P> {
  readonly name: string;
  readonly type: string;
  readonly plugin: P;
}

/** Requests and what becomes of them. Names and labels: llm-d-router v0.10.0, `pkg/epp/metrics`. */
export class RequestMetrics {
  /** Seconds from the arrival to the answer of the router. */
  readonly requestProcessing: Histogram;
  /** Seconds that the router spends on the answer of the model server. */
  readonly responseProcessing: Histogram;
  private readonly families;
  private readonly series = new Map<string, RequestSeries>();
  private readonly rewrites: readonly [Family<Counter>, Family<Counter>];
  private readonly plugins: readonly [Family<Histogram>, Family<Histogram>];

  constructor(
    registry: MetricsRegistry,
    private readonly limits: LabelLimits,
  ) {
    this.families = requestFamilies(registry);
    this.requestProcessing = registry
      .histogram(
        'llm_d_epp_request_processing_duration_seconds',
        'Time from arrival to routing decision.',
        buckets.requestProcessingSeconds,
      )
      .with();
    this.responseProcessing = registry
      .histogram(
        'llm_d_epp_response_processing_duration_seconds',
        'Time spent on a response: sum over its chunks when streamed, else from headers to completion.',
        buckets.responseProcessingSeconds,
      )
      .with();
    const rewriteLabels = ['model_rewrite_name', 'model_name', 'target_model'];
    const rewriteHelp = 'Decisions of InferenceModelRewrite objects.';
    this.rewrites = [
      registry.counter('llm_d_epp_model_rewrite_decisions_total', rewriteHelp, rewriteLabels),
      registry.counter('inference_extension_model_rewrite_decisions_total', rewriteHelp, rewriteLabels),
    ];
    const pluginLabels = ['extension_point', 'plugin_type', 'plugin_name'];
    const pluginHelp = 'Time spent in plugins.';
    this.plugins = [
      registry.histogram('llm_d_epp_plugin_duration_seconds', pluginHelp, buckets.pluginSeconds, pluginLabels),
      registry.histogram('inference_extension_plugin_duration_seconds', pluginHelp, buckets.pluginSeconds, pluginLabels),
    ];
  }

  /** The series of requests with these labels, values beyond the limits replaced. */
  of({ model, target, fairnessId, priority }: RequestLabels): RequestSeries {
    const { models, fairnessIds } = this.limits;
    const labels = [models.bound(model), models.bound(target), fairnessIds.bound(fairnessId), String(priority)] as const;
    const key = labels.join('\u0000');
    let series = this.series.get(key);
    if (series === undefined) {
      series = new RequestSeries(this.families, labels);
      this.series.set(key, series);
    }
    return series;
  }

  /** Counts a decision of a rewrite rule. Names of objects and targets are configured, so only the model is bounded. */
  rewritten(rule: string, model: string, target: string): void {
    const bounded = this.limits.models.bound(model);
    for (const family of this.rewrites) family.with(rule, bounded, target).inc();
  }

  /** Where the time of each parser goes to. */
  parsers<P>(extensionPoint: string, parsers: readonly NamedParser<P>[]): ReadonlyMap<P, Durations> {
    return new Map(parsers.map(({ name, type, plugin }) => [plugin, this.plugin(extensionPoint, type, name)]));
  }

  /** Where the time of a plugin goes to. */
  plugin(extensionPoint: string, type: string, name: string): Durations {
    const [current, deprecated] = this.plugins.map((family) => family.with(extensionPoint, type, name)) as [Histogram, Histogram];
    return (milliseconds) => {
      current.observe(milliseconds / 1000);
      deprecated.observe(milliseconds / 1000);
    };
  }
}
