import type { EffectiveConfig } from 'llm-d-epp-config';
import { instantiate, type LoadModule } from '../config/instantiate';
import { DataLayer } from '../datalayer/data-layer';
import { type Discovery, isDiscovery } from '../datalayer/discovery/discovery';
import type { ObjectWatch } from '../datalayer/types';
import { createExtProc, PROCESS } from '../ext-proc/ext-proc';
import { createAdmission } from '../flow-control/create-admission';
import { systemTimers } from '../flow-control/timers';
import type { Clock } from '../plugin/clock';
import type { Log, RouterSettings } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { Parser, Plugin } from '../plugin/plugins';
import type { AdmissionControl } from '../request-control/admission';
import { pipelineOf } from '../request-control/pipeline';
import type { Pool } from '../request-control/pool';
import type { DecisionRecorder } from '../scheduling/recorder';
import { Scheduler } from '../scheduling/scheduler';
import type { LabelLimits } from '../telemetry/bounded-label';
import type { MetricsRegistry } from '../telemetry/registry';
import type { Tracing } from '../telemetry/tracing';
import type { GrpcMethod } from '../transport/types';
import { OpenStreams } from './open-streams';
import { stopPlugins } from './stop-plugins';

/** What outlives a configuration: all configurations of a process work on the same. */
export interface RuntimeEnvironment {
  readonly endpoints: EndpointTable;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: MetricsRegistry;
  readonly limits: LabelLimits;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: RouterSettings;
  readonly recorder: DecisionRecorder;
  readonly loadModule: LoadModule;
  readonly disableEndpointSubsetFilter: boolean;
  readonly emitEndpointScores: boolean;
  readonly refreshPrometheusMetricsIntervalMs: number;
  /**
   * Makes spans.
   * @default - no tracing
   */
  readonly tracing?: Tracing;
  /**
   * Watches objects of a cluster.
   * @default - there is no cluster
   */
  readonly objectWatch?: ObjectWatch;
}

/** A configuration at work: its plugins, and everything that is made of them. */
export class Runtime {
  private refusing = false;
  private stopping: Promise<void> | undefined;

  private constructor(
    readonly config: EffectiveConfig,
    private readonly streams: OpenStreams,
    private readonly plugins: ReadonlyMap<string, Plugin>,
    private readonly admission: AdmissionControl,
    private readonly dataLayer: DataLayer,
    private readonly discovery: Discovery | undefined,
    private readonly endpoints: EndpointTable,
    private readonly pool: Pool,
    private readonly log: Log,
  ) {}

  /** Answers ext-proc streams. */
  get process(): GrpcMethod {
    return this.streams.serve;
  }

  /**
   * Makes the plugins and starts them. Nothing is left behind when that fails.
   * @throws Error that says which plugin can not be made or started, and why
   */
  static async start(config: EffectiveConfig, environment: RuntimeEnvironment): Promise<Runtime> {
    // A view of its own, so that the listeners of this configuration can be dropped together.
    const endpoints = environment.endpoints.view();
    const plugins = new Map<string, Plugin>();
    let runtime: Runtime | undefined;
    try {
      runtime = await Runtime.create(config, { ...environment, endpoints }, plugins);
      await runtime.startAll();
      return runtime;
    } catch (error) {
      if (runtime === undefined) await stopPlugins(plugins, environment.log);
      await runtime?.stop();
      endpoints.release();
      throw error;
    }
  }

  private static async create(config: EffectiveConfig, environment: RuntimeEnvironment, plugins: Map<string, Plugin>): Promise<Runtime> {
    const { endpoints, pool, clock, log, metrics, env, settings, random, limits, tracing } = environment;
    await instantiate(config, environment, environment.loadModule, plugins);
    const dataLayer = new DataLayer({ ...environment, config, plugins });
    const scheduler = new Scheduler({
      config,
      plugins,
      endpoints,
      clock,
      log,
      metrics,
      env,
      settings,
      recorder: environment.recorder,
      keepScores: environment.emitEndpointScores,
      modelLabel: (model) => limits.models.bound(model),
    });
    const admission = createAdmission(config, plugins, {
      endpoints,
      pool,
      clock,
      timers: systemTimers,
      metrics,
      log,
      settings,
      env,
      limits,
    });
    const methods = createExtProc({
      pipeline: pipelineOf(config, plugins),
      scheduler,
      admission,
      pool,
      endpoints,
      metrics,
      limits,
      clock,
      random,
      log,
      env,
      disableEndpointSubsetFilter: environment.disableEndpointSubsetFilter,
      emitEndpointScores: environment.emitEndpointScores,
      ...(tracing && { tracing }),
    });
    const discovery = discoveryOf(config, plugins);
    const streams = new OpenStreams(methods[PROCESS] as GrpcMethod);
    return new Runtime(config, streams, plugins, admission, dataLayer, discovery, endpoints, pool, log);
  }

  /** Why requests can not be decided yet; undefined when they can. */
  notReady(): string | undefined {
    const reasons = [
      this.discovery === undefined ? this.pool.notSynced() : this.discovery.notSynced(),
      this.protocolMismatch(),
      this.dataLayer.notReady(),
    ];
    for (const [name, plugin] of this.plugins) {
      const reason = plugin.notReady?.();
      if (reason !== undefined) reasons.push(`plugin "${name}": ${reason}`);
    }
    return reasons.find((reason) => reason !== undefined);
  }

  /** What runs, for debugging: every plugin with its type, why it is not ready if it is not, and what it tells of itself. */
  state(): unknown {
    return this.config.plugins.map(({ name, type, parameters }) => {
      const plugin = this.plugins.get(name);
      return { name, type, parameters, notReady: plugin?.notReady?.(), state: plugin?.state?.() };
    });
  }

  /** Refuses what waits in the queues, and whatever still comes there. */
  refuse(): void {
    if (this.refusing) return;
    this.refusing = true;
    this.admission.stop?.();
  }

  /** Ends queues, polling and plugins. Streams that are open go on to their end. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  /** Ends polling at once, and the rest with the last open stream: its requests wait in these queues and end in these plugins. */
  retire(): Promise<void> {
    this.endPolling();
    return new Promise((resolve) => this.streams.whenIdle(() => resolve(this.stop())));
  }

  private async end(): Promise<void> {
    this.refuse();
    this.endPolling();
    this.endpoints.release();
    await stopPlugins(this.plugins, this.log);
  }

  private endPolling(): void {
    this.discovery?.stop();
    this.dataLayer.stop();
  }

  private async startAll(): Promise<void> {
    for (const [name, plugin] of this.plugins) {
      try {
        await plugin.start?.();
      } catch (cause) {
        throw new Error(`plugin "${name}" did not start: ${(cause as Error).message}`, { cause });
      }
    }
    this.admission.start?.();
    await this.discovery?.discover(this.endpoints);
    await this.dataLayer.start();
  }

  /** A pool that speaks a protocol which no parser knows can not be served. */
  private protocolMismatch(): string | undefined {
    const { appProtocol } = this.pool;
    if (appProtocol === undefined) return undefined;
    const parsers = this.config.parsers.map((name) => this.plugins.get(name) as Parser);
    const open = parsers.every(({ protocols }) => protocols === undefined || protocols.includes(appProtocol));
    return open ? undefined : `the pool's appProtocol ${appProtocol} is not spoken by all parsers (${this.config.parsers.join(', ')})`;
  }
}

function discoveryOf(config: EffectiveConfig, plugins: ReadonlyMap<string, Plugin>): Discovery | undefined {
  const name = config.dataLayer.discovery;
  if (name === undefined) return undefined;
  const plugin = plugins.get(name);
  if (!isDiscovery(plugin)) throw new Error(`dataLayer.discovery names plugin "${name}", which finds no endpoints`);
  return plugin;
}
