import type { EffectiveConfig } from 'llm-d-epp-config';
import type { Clock } from '../plugin/clock';
import type { Log, RouterSettings } from '../plugin/context';
import { coreColumns } from '../plugin/data';
import type { Endpoint } from '../plugin/endpoint';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { Plugin } from '../plugin/plugins';
import type { MetricsRegistry } from '../telemetry/registry';
import { FirstMetrics } from './first-metrics';
import { PageClients } from './http/page-clients';
import { PolledSource } from './polled-source';
import { baseTickMs, roundToTicks } from './polling/base-tick';
import { Poller } from './polling/poller';
import { PoolGauges } from './pool-gauges';
import { type BoundSource, bindSources } from './source-bindings';
import { showObjectKind } from './sources/k8s-notification-source';
import type { EndpointEventExtractor, EventKind, ObjectWatch, PollingSource } from './types';

/** What the data layer works on. */
export interface DataLayerOptions {
  readonly config: Pick<EffectiveConfig, 'dataLayer' | 'plugins'>;
  /** All plugins by name. */
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly endpoints: EndpointTable;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricsRegistry;
  readonly settings: RouterSettings;
  /** `--refresh-prometheus-metrics-interval`, milliseconds. */
  readonly refreshPrometheusMetricsIntervalMs: number;
  /**
   * Watches objects for `k8s-notification-source`.
   * @default - there is no cluster: a configuration with that source can not start
   */
  readonly objectWatch?: ObjectWatch;
}

/** Fetches data about every endpoint in the table, hands it to the extractors, and publishes the gauges of the pool. */
export class DataLayer {
  private readonly sources: readonly BoundSource[];
  private readonly pollers: Poller[] = [];
  private readonly endpointExtractors: readonly EndpointEventExtractor[];
  private readonly gauges: PoolGauges;
  private readonly clients = new PageClients();
  private readonly first: FirstMetrics;
  private readonly ends: (() => void)[] = [];
  private readonly readsMetrics: boolean;

  /** @throws Error when a source or extractor is none, or the two do not fit together */
  constructor(private readonly options: DataLayerOptions) {
    const { config, plugins, endpoints, clock, log, metrics, settings } = options;
    this.sources = bindSources(config, plugins);
    this.first = new FirstMetrics(endpoints, endpoints.column(coreColumns.updatedAt, Number.NaN), log);
    this.gauges = new PoolGauges(endpoints, clock, settings, metrics);
    const polling = this.sources.flatMap((bound) => (bound.emits === 'metrics' || bound.emits === 'models' ? [bound] : []));
    const tick = baseTickMs(
      settings.refreshMetricsIntervalMs,
      polling.map(({ source }) => source.intervalMs),
    );
    for (const { name, source, extractors } of polling) {
      const period = roundToTicks(source.intervalMs, tick);
      if (source.intervalMs !== undefined && source.intervalMs !== period)
        log.info(
          { source: name, requestedMs: source.intervalMs, effectiveMs: period },
          'the interval was rounded to a multiple of the base tick',
        );
      const listener = new PolledSource(name, source.type, extractors, metrics, log);
      this.pollers.push(new Poller(source, period, this.clients.maker(source as PollingSource), listener, clock));
    }
    this.endpointExtractors = this.sources.flatMap((bound) => (bound.emits === 'endpoint-events' ? bound.extractors : []));
    this.readsMetrics = polling.some(({ extractors }) => extractors.some(({ type }) => type === 'core-metrics-extractor'));
  }

  /**
   * Starts to poll the endpoints that are in the table and those that come.
   * @throws Error when objects are to be watched and can not be
   */
  async start(): Promise<void> {
    const { endpoints, clock, refreshPrometheusMetricsIntervalMs: refresh } = this.options;
    this.first.started(clock.now());
    await this.watchObjects();
    this.ends.push(this.gauges.start());
    for (const endpoint of endpoints.all()) this.changed('added', endpoint);
    this.ends.push(
      endpoints.listen({
        added: (endpoint) => this.changed('added', endpoint),
        updated: (endpoint) => this.changed('updated', endpoint),
        removed: (endpoint) => this.changed('deleted', endpoint),
      }),
    );
    for (const poller of this.pollers) poller.start();
    const timer = setInterval(() => this.gauges.refresh(), Math.max(1, refresh));
    this.ends.push(() => clearInterval(timer));
  }

  /** Why requests should not come yet, see {@link FirstMetrics}; undefined also without core-metrics-extractor. */
  notReady(): string | undefined {
    return this.readsMetrics ? this.first.notReady(this.options.clock.now()) : undefined;
  }

  /** Ends all polling. */
  stop(): void {
    for (const end of this.ends.splice(0)) end();
    for (const poller of this.pollers) poller.stop();
    this.clients.close();
  }

  private changed(kind: EventKind, endpoint: Endpoint): void {
    if (kind === 'added') {
      this.first.found(this.options.clock.now());
      this.gauges.added(endpoint);
    }
    for (const poller of this.pollers) {
      if (kind === 'deleted') poller.remove(endpoint);
      else poller.add(endpoint);
    }
    for (const extractor of this.endpointExtractors) this.guarded(() => extractor.endpointEvent(kind, endpoint));
  }

  private async watchObjects(): Promise<void> {
    for (const bound of this.sources) {
      if (bound.emits !== 'object-events') continue;
      const { watched } = bound.source;
      const { objectWatch } = this.options;
      if (objectWatch === undefined) {
        throw new Error(
          `plugin "${bound.name}" of type "${bound.source.type}" watches ${showObjectKind(watched)}, which needs a Kubernetes cluster; remove it from dataLayer.sources or run the router in a cluster`,
        );
      }
      this.ends.push(
        await objectWatch.watch(watched, (event) => {
          for (const extractor of bound.extractors) this.guarded(() => extractor.objectEvent(event));
        }),
      );
    }
  }

  private guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.options.log.error({ err: error }, 'an extractor failed at an event');
    }
  }
}
