import type { PluginContext } from '../plugin/context';
import { BoundedLabel } from '../telemetry/bounded-label';
import { buckets } from '../telemetry/buckets-catalog';
import type { Counter, Family, Gauge, Histogram } from '../telemetry/registry';
import { predictionBuckets, tpotBuckets } from './buckets-catalog';

const MODEL = ['model_name', 'target_model_name'];
const PLUGIN = ['plugin_name', 'plugin_type', ...MODEL];

/** Which latency a metric is about. */
type Latency = 'ttft' | 'tpot';

const TITLE: Readonly<Record<Latency, string>> = { ttft: 'TTFT', tpot: 'TPOT' };

/** Two series that are always written together: under today's name and under the deprecated one. */
interface Twin<S> {
  readonly current: Family<S & (Counter | Gauge | Histogram)>;
  readonly deprecated: Family<S & (Counter | Gauge | Histogram)>;
}

/** What is recorded of the requests for one model. Latencies are milliseconds, as everywhere but in the metrics, which are seconds. */
export interface ModelLatencyMetrics {
  /** A prediction round took so long. */
  predicted(durationMs: number): void;
  /** A latency was measured. `expectedMs` is NaN when nothing was predicted, `sloMs` 0 when there is no objective. */
  measured(latency: Latency, actualMs: number, expectedMs: number, sloMs: number): void;
}

/** The metrics of predicted-latency-producer. Names, labels and buckets: llm-d-router v0.10.0, `predictedlatency/metrics`. */
export class LatencyMetrics {
  private readonly models = new BoundedLabel();
  private readonly byModel = new Map<string, ModelLatencyMetrics>();
  private readonly gauge: Twin<Gauge>;
  private readonly violations: Twin<Counter>;
  private readonly predictions: Readonly<Record<Latency, Twin<Histogram>>>;
  private readonly durations: Readonly<Record<Latency, Twin<Histogram>>>;
  private readonly actual: Readonly<Record<Latency, Family<Histogram>>>;

  constructor(private readonly context: Pick<PluginContext, 'metrics' | 'name' | 'type'>) {
    const { metrics } = context;
    const twin = <S>(
      suffix: string,
      make: (name: string, labels: readonly string[]) => Twin<S>['current'],
      extra: string[] = [],
    ): Twin<S> => ({
      current: make(`llm_d_epp_${suffix}`, [...PLUGIN, ...extra]),
      deprecated: make(`inference_objective_${suffix}`, [...MODEL, ...extra]),
    });
    const histograms = (suffix: (latency: Latency) => string, help: string, bounds: Readonly<Record<Latency, readonly number[]>>) => {
      const one = (latency: Latency) =>
        twin<Histogram>(suffix(latency), (name, labels) =>
          metrics.histogram(name, `${help} ${TITLE[latency]}, seconds.`, bounds[latency], labels),
        );
      return { ttft: one('ttft'), tpot: one('tpot') };
    };
    const help = 'Last latencies, predictions, prediction durations and SLO violations.';
    this.gauge = twin<Gauge>('inference_request_metric', (name, labels) => metrics.gauge(name, help, labels), ['type']);
    this.violations = twin<Counter>(
      'request_slo_violation_total',
      (name, labels) => metrics.counter(name, 'Requests that missed an objective.', labels),
      ['type'],
    );
    const latencies = { ttft: buckets.requestSeconds, tpot: tpotBuckets };
    this.predictions = histograms((latency) => `request_predicted_${latency}_seconds`, 'Predicted', latencies);
    this.durations = histograms((latency) => `request_${latency}_prediction_duration_seconds`, 'Duration of predictions of', {
      ttft: predictionBuckets,
      tpot: predictionBuckets,
    });
    const measured = (latency: Latency) =>
      metrics.histogram(
        `inference_objective_request_${latency}_seconds`,
        `Measured ${TITLE[latency]}, seconds.`,
        latencies[latency],
        MODEL,
      );
    this.actual = { ttft: measured('ttft'), tpot: measured('tpot') };
  }

  /** What is recorded for requests of a model. */
  of(model: string, targetModel: string): ModelLatencyMetrics {
    const key = `${model}\u0000${targetModel}`;
    const known = this.byModel.get(key);
    if (known !== undefined) return known;
    const labels = [this.models.bound(model), this.models.bound(targetModel)];
    const bounded = labels.join('\u0000');
    const made = this.byModel.get(bounded) ?? this.make(labels);
    this.byModel.set(bounded, made);
    return made;
  }

  private make(labels: readonly string[]): ModelLatencyMetrics {
    // Series by family and type: to look one up by its labels takes longer than to write it.
    const known = new Map<string, readonly unknown[]>();
    const both = <S>({ current, deprecated }: Twin<S>, type = ''): readonly S[] => {
      const key = `${current.name} ${type}`;
      const series = known.get(key) as readonly S[] | undefined;
      if (series !== undefined) return series;
      const extra = type === '' ? [] : [type];
      const made = [current.with(this.context.name, this.context.type, ...labels, ...extra), deprecated.with(...labels, ...extra)];
      known.set(key, made);
      return made;
    };
    const setLast = (type: string, value: number): void => {
      for (const gauge of both(this.gauge, type)) gauge.set(value);
    };
    const observe = (twin: Twin<Histogram>, type: string, seconds: number): void => {
      for (const histogram of both(twin)) histogram.observe(seconds);
      setLast(type, seconds);
    };
    return {
      predicted: (durationMs) => {
        for (const latency of ['ttft', 'tpot'] as const)
          observe(this.durations[latency], `${latency}_prediction_duration`, durationMs / 1000);
      },
      measured: (latency, actualMs, expectedMs, sloMs) => {
        this.actual[latency].with(...labels).observe(actualMs / 1000);
        setLast(latency, actualMs / 1000);
        if (!Number.isNaN(expectedMs)) observe(this.predictions[latency], `predicted_${latency}`, expectedMs / 1000);
        if (sloMs <= 0) return;
        setLast(`${latency}_slo_violation`, actualMs > sloMs ? 1 : 0);
        if (actualMs > sloMs) for (const counter of both(this.violations, latency)) counter.inc();
      },
    };
  }
}
