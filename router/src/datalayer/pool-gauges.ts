import type { Clock } from '../plugin/clock';
import type { Column } from '../plugin/column';
import type { RouterSettings } from '../plugin/context';
import { coreColumns } from '../plugin/data';
import type { Endpoint } from '../plugin/endpoint';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { Family, Gauge, MetricsRegistry } from '../telemetry/registry';

const prefix = 'llm_d_epp';
const oldPrefix = 'inference_pool';

/** Averages that are published: metric, what it is, its column, whether it has a deprecated twin (deviations have none). */
const averages = [
  ['kv_cache_utilization', 'share of the KV cache in use', coreColumns.kvUsage],
  ['queue_size', 'waiting requests', coreColumns.waiting],
  ['running_requests', 'running requests', coreColumns.running],
] as const;

interface Average {
  readonly column: Column;
  readonly means: readonly Gauge[];
  readonly deviation: Gauge;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** Name of an endpoint without its namespace, as the series have it. */
const shortName = ({ id, metadata }: Endpoint): string =>
  id.startsWith(`${metadata.namespace}/`) ? id.slice(metadata.namespace.length + 1) : id;

/**
 * Gauges of the pool as a whole and of each endpoint.
 *
 * Means and deviations count endpoints whose metrics are fresh, are rounded to two digits, and keep their last value while none is.
 * Source of names and rules: llm-d-router v0.10.0, `datalayer/logger` and `metrics`. The age of metrics is our own.
 */
export class PoolGauges {
  private readonly averages: readonly Average[];
  private readonly ready: readonly Gauge[];
  private readonly queueSizes: readonly Family<Gauge>[];
  private readonly ages: Family<Gauge>;
  private readonly waiting: Column;
  private readonly updatedAt: Column;
  private readonly addedAt = new WeakMap<Endpoint, number>();

  constructor(
    private readonly endpoints: EndpointTable,
    private readonly clock: Clock,
    private readonly settings: RouterSettings,
    private readonly metrics: MetricsRegistry,
  ) {
    const pool = settings.poolName;
    const gauge = (name: string, help: string): Gauge => metrics.gauge(name, help, ['name']).with(pool);
    this.averages = averages.map(([name, what, column]) => ({
      column: endpoints.column(column, 0),
      means: [prefix, oldPrefix].map((start) => gauge(`${start}_average_${name}`, `Mean over the endpoints of the pool: ${what}.`)),
      deviation: gauge(`${prefix}_std_dev_${name}`, `Standard deviation over the endpoints of the pool: ${what}.`),
    }));
    this.ready = [`${prefix}_ready_endpoints`, `${oldPrefix}_ready_pods`].map((name) => gauge(name, 'Endpoints with fresh metrics.'));
    const queueHelp = 'Requests that wait at the endpoint.';
    this.queueSizes = [
      metrics.gauge(`${prefix}_per_endpoint_queue_size`, queueHelp, ['name', 'model_server_endpoint']),
      metrics.gauge(`${oldPrefix}_per_pod_queue_size`, queueHelp, ['name', 'model_server_pod']),
    ];
    const ageHelp = 'Seconds since the last metrics of the endpoint were taken, or since it was added if there never were any.';
    this.ages = metrics.gauge(`${prefix}_endpoint_metrics_age_seconds`, ageHelp, ['name', 'model_server_endpoint']);
    this.waiting = endpoints.column(coreColumns.waiting, 0);
    this.updatedAt = endpoints.column(coreColumns.updatedAt, Number.NaN);
  }

  /** Publishes the gauges of endpoints on each page, until the returned function is called. */
  start(): () => void {
    return this.metrics.collect(() => this.collect());
  }

  /** Notes when an endpoint came, for its age before the first metrics. */
  added(endpoint: Endpoint): void {
    this.addedAt.set(endpoint, this.clock.now());
  }

  /** Computes the gauges of the pool anew. */
  refresh(): void {
    const oldest = this.clock.now() - this.settings.metricsStalenessThresholdMs;
    const fresh = this.endpoints.all().filter(({ slot }) => this.updatedAt.at(slot) >= oldest);
    for (const gauge of this.ready) gauge.set(fresh.length);
    if (fresh.length === 0) return;
    for (const { column, means, deviation } of this.averages) {
      let sum = 0;
      for (const { slot } of fresh) sum += column.at(slot);
      const mean = sum / fresh.length;
      let squares = 0;
      for (const { slot } of fresh) squares += (column.at(slot) - mean) ** 2;
      for (const gauge of means) gauge.set(round(mean));
      deviation.set(round(Math.sqrt(squares / Math.max(1, fresh.length - 1))));
    }
  }

  /** Gauges of endpoints are made for each page: that is rarer than endpoints change. */
  private collect(): void {
    const now = this.clock.now();
    const { poolName } = this.settings;
    for (const family of [...this.queueSizes, this.ages]) family.clear();
    for (const endpoint of this.endpoints.all()) {
      const name = shortName(endpoint);
      for (const family of this.queueSizes) family.with(poolName, name).set(this.waiting.at(endpoint.slot));
      const updated = this.updatedAt.at(endpoint.slot);
      const since = Number.isNaN(updated) ? this.addedAt.get(endpoint) : updated;
      if (since !== undefined) this.ages.with(poolName, name).set(Math.max(0, now - since) / 1000);
    }
  }
}
