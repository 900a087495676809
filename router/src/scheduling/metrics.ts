import type { Endpoint } from '../plugin/endpoint';
import { buckets } from '../telemetry/buckets-catalog';
import type { Counter, Family, Histogram, MetricsRegistry } from '../telemetry/registry';

/** A histogram under its name and its deprecated one. */
export class DurationTwins {
  constructor(
    private readonly current: Histogram,
    private readonly deprecated: Histogram,
  ) {}

  /** Adds a duration, given in milliseconds; the series are in seconds. */
  observe(milliseconds: number): void {
    const seconds = milliseconds / 1000;
    this.current.observe(seconds);
    this.deprecated.observe(seconds);
  }
}

interface Attempts {
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly port: number;
  readonly counters: readonly [Counter, Counter];
}

/** Series of the scheduler. Names and labels: llm-d-router v0.10.0, `pkg/epp/metrics`. */
export class SchedulerMetrics {
  readonly endToEnd: DurationTwins;
  private readonly pluginDurations: readonly [Family<Histogram>, Family<Histogram>];
  private readonly attempts: readonly [Family<Counter>, Family<Counter>];
  /** The series that each slot used last: the labels of a request rarely differ from those of the one before. */
  private readonly lastBySlot: (Attempts | undefined)[] = [];

  constructor(
    registry: MetricsRegistry,
    private readonly modelLabel: (model: string) => string = (model) => model,
  ) {
    const [total, totalTwin] = histograms(registry, 'scheduler_e2e_duration_seconds', 'End-to-end scheduling latency.', []);
    this.endToEnd = new DurationTwins(total.with(), totalTwin.with());
    this.pluginDurations = histograms(registry, 'plugin_duration_seconds', 'Plugin processing latency by extension point and plugin.', [
      'extension_point',
      'plugin_type',
      'plugin_name',
    ]);
    const help = 'Scheduling attempts.';
    const name = 'scheduler_attempts_total';
    const labels = (endpoint: string) => ['status', 'target_model_name', endpoint, 'namespace', 'port'];
    this.attempts = [
      registry.counter(`llm_d_epp_${name}`, help, labels('endpoint_name')),
      registry.counter(`inference_extension_${name}`, `[Deprecated: use llm_d_epp_${name}] ${help}`, labels('pod_name')),
    ];
  }

  /** Series of a plugin at an extension point. */
  plugin(extensionPoint: string, type: string, name: string): DurationTwins {
    const [current, deprecated] = this.pluginDurations;
    return new DurationTwins(current.with(extensionPoint, type, name), deprecated.with(extensionPoint, type, name));
  }

  /** Counts a request that has a target. */
  succeeded(model: string, endpoint: Endpoint, port = endpoint.metadata.port): void {
    let last = this.lastBySlot[endpoint.slot];
    if (last?.endpoint !== endpoint || last.model !== model || last.port !== port) {
      const { name, namespace } = endpoint.metadata;
      last = { endpoint, model, port, counters: this.counters('success', this.modelLabel(model), name, namespace, String(port)) };
      this.lastBySlot[endpoint.slot] = last;
    }
    for (const counter of last.counters) counter.inc();
  }

  /** Counts a request that has none. */
  failed(model: string): void {
    for (const counter of this.counters('failure', this.modelLabel(model), '', '', '')) counter.inc();
  }

  private counters(...labels: string[]): [Counter, Counter] {
    return [this.attempts[0].with(...labels), this.attempts[1].with(...labels)];
  }
}

function histograms(
  registry: MetricsRegistry,
  name: string,
  help: string,
  labels: readonly string[],
): [Family<Histogram>, Family<Histogram>] {
  return [
    registry.histogram(`llm_d_epp_${name}`, help, buckets.pluginSeconds, labels),
    registry.histogram(`inference_extension_${name}`, `[Deprecated: use llm_d_epp_${name}] ${help}`, buckets.pluginSeconds, labels),
  ];
}
