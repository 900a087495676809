import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EffectiveConfig } from 'llm-d-epp-config';
import { AdminServer } from '../admin/admin-server';
import { DecisionLog } from '../admin/decision-log';
import { ConfigFileWatch } from '../config/config-file';
import type { Flags } from '../config/flags';
import { type LoadedConfig, loadConfig } from '../config/load-config';
import { moduleLoader } from '../config/load-module';
import { PROCESS } from '../ext-proc/ext-proc';
import { systemClock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import { EndpointTable } from '../plugin/endpoint-table';
import { LabelLimits } from '../telemetry/bounded-label';
import { Health, healthServices } from '../telemetry/health';
import { MetricsServer } from '../telemetry/metrics-server';
import { type Exporting, startTracing } from '../telemetry/otel';
import { buildInfo, processMetrics } from '../telemetry/process-metrics';
import { MetricsRegistry } from '../telemetry/registry';
import { countedStreams } from '../telemetry/stream-metrics';
import { healthMethods } from '../transport/health';
import type { GrpcServer } from '../transport/options';
import { createGrpcServer } from '../transport/server';
import { serverTls } from '../transport/tls/server-tls';
import type { GrpcMethod } from '../transport/types';
import { createPoolSource, type PoolSource } from './pool-source';
import { type ProcessSettings, processSettings } from './process-settings';
import { Runtime, type RuntimeEnvironment } from './runtime';

type Env = Readonly<Record<string, string | undefined>>;

/** A shutdown that takes longer than this after the drain is cut. */
const CLOSE_GRACE_MS = 5000;

/** Longest wait for a collector that does not take the last spans. */
const EXPORT_GRACE_MS = 2000;

/** The router of a process: its ports, its endpoints, and the configuration at work. */
export class Router {
  private readonly endpoints = new EndpointTable();
  private readonly metrics = new MetricsRegistry();
  private readonly limits = new LabelLimits();
  private readonly clock = systemClock;
  private readonly settings: ProcessSettings;
  private readonly decisions: DecisionLog;
  private readonly health: Health;
  private runtime: Runtime | undefined;
  /** Replaced configurations whose last streams are still open. */
  private readonly retired = new Set<Runtime>();
  private source: PoolSource | undefined;
  private servers: GrpcServer[] = [];
  private others: { close(): Promise<void> }[] = [];
  private watch: ConfigFileWatch | undefined;
  private exporting: Exporting | undefined;
  private runtimeEnvironment: RuntimeEnvironment | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly flags: Flags,
    private readonly env: Env,
    private readonly log: Log,
  ) {
    this.settings = processSettings(env);
    this.decisions = new DecisionLog(this.endpoints, this.clock, this.settings.explainDecisions);
    this.health = new Health({
      notReady: () => (this.runtime === undefined ? 'the configuration is being started' : this.runtime.notReady()),
      leads: () => this.source?.leads() ?? false,
      leaderElection: flags.flag('ha-enable-leader-election'),
    });
  }

  /**
   * Opens the ports and starts the configuration. Resolves when requests are answered; `notReady` of the health service tells when they
   * can be decided. Nothing is left open when that fails.
   * @throws Error when the configuration can not run or a port is taken
   */
  async start(): Promise<void> {
    try {
      await this.open();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  private async open(): Promise<void> {
    const { flags, log } = this;
    // Made before the file is read, so that no change in between is missed.
    const watch = this.configWatch();
    const config = this.load();
    const source = await createPoolSource(flags, this.env, config, this.endpoints, this.limits, this.clock, log);
    this.source = source;
    if (flags.flag('tracing')) this.exporting = await startTracing(this.env, log);
    const environment = this.environment(source);
    this.runtimeEnvironment = environment;
    await this.openSidePorts(source);
    await source.start();
    this.runtime = await Runtime.start(config, environment);
    await this.openGrpcPort();
    this.watch = watch;
    watch?.start();
    log.info({ pool: environment.settings.poolName, plugins: config.plugins.map(({ name }) => name) }, 'the router runs');
  }

  /** Says that it is not ready, answers for `--drain-timeout` more, then ends. */
  async drain(): Promise<void> {
    const drainMs = this.flags.duration('drain-timeout');
    this.log.info({ drainMs }, 'draining: not ready from now on, open and new requests are still served');
    this.health.drain();
    await this.source?.resign();
    const end = this.clock.now() + drainMs;
    while (this.clock.now() < end) await new Promise((resolve) => setTimeout(resolve, Math.min(100, drainMs)));
    await this.stop();
  }

  /** Ends at once: requests that wait are refused, those that run have a few seconds. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    this.watch?.stop();
    const runtimes = [...this.retired, ...(this.runtime ? [this.runtime] : [])];
    const closed = this.servers.map((server) => server.close(CLOSE_GRACE_MS));
    for (const runtime of runtimes) runtime.refuse();
    await this.settle(closed);
    await this.settle(runtimes.map((runtime) => runtime.stop()));
    await this.settle([this.source?.stop(), ...this.others.map((server) => server.close())]);
    const grace = new Promise((resolve) => setTimeout(resolve, EXPORT_GRACE_MS).unref());
    await this.settle([Promise.race([this.exporting?.stop(), grace])]);
  }

  /** What fails at the end is logged and keeps nothing else open. */
  private async settle(steps: readonly (Promise<unknown> | undefined)[]): Promise<void> {
    for (const result of await Promise.allSettled(steps)) {
      if (result.status === 'rejected') this.log.error({ err: result.reason }, 'not everything could be ended');
    }
  }

  private load(): EffectiveConfig {
    const { effective, warnings } = this.read();
    for (const warning of warnings) this.log.warn({}, warning);
    return effective;
  }

  private read(): LoadedConfig {
    const { flags } = this;
    const options = { allowExperimental: flags.flag('allow-experimental-plugins') };
    return loadConfig(flags.text('config-file'), flags.text('config-text'), options);
  }

  private environment({ pool, objectWatch }: PoolSource): RuntimeEnvironment {
    const { flags, env, log, clock, endpoints, metrics, decisions, limits } = this;
    const file = flags.text('config-file');
    return {
      endpoints,
      pool,
      clock,
      random: Math.random,
      log,
      metrics,
      limits,
      env,
      settings: {
        poolName: pool.name,
        poolNamespace: pool.namespace,
        refreshMetricsIntervalMs: Math.max(50, flags.duration('refresh-metrics-interval')),
        metricsStalenessThresholdMs: flags.duration('metrics-staleness-threshold'),
      },
      recorder: decisions,
      loadModule: moduleLoader(file === '' ? process.cwd() : dirname(file)),
      disableEndpointSubsetFilter: flags.flag('disable-endpoint-subset-filter'),
      emitEndpointScores: flags.flag('emit-endpoint-scores'),
      refreshPrometheusMetricsIntervalMs: flags.duration('refresh-prometheus-metrics-interval'),
      ...(this.exporting && { tracing: this.exporting.tracing }),
      ...(objectWatch && { objectWatch }),
    };
  }

  /** Ports that answer before the first request can be decided: health, metrics, admin. */
  private async openSidePorts(source: PoolSource): Promise<void> {
    const { flags, log, settings, health } = this;
    processMetrics(this.metrics, this.clock);
    buildInfo(this.metrics);
    const methods = healthMethods((service) => health.status(service), healthServices);
    const healthServer = createGrpcServer({ methods, log, port: flags.integer('grpc-health-port') });
    await opened('--grpc-health-port', () => healthServer.listen());
    this.servers.push(healthServer);
    const certDir = flags.text('metrics-cert-dir');
    const clientCaFile = flags.text('metrics-client-ca-file');
    const options = {
      port: flags.integer('metrics-port'),
      ...(flags.flag('metrics-endpoint-auth') && source.authorizer && { authorize: source.authorizer }),
      ...(certDir !== '' && { certDir }),
      ...(clientCaFile !== '' && { clientCaFile }),
      pluginState: () => this.runtime?.state(),
    };
    const metricsServer = metricsServerOf(this.metrics, options, log);
    await opened('--metrics-port', () => metricsServer.listen());
    this.others.push(metricsServer);
    if (settings.adminPort === 0) return;
    const { decisions, endpoints, clock } = this;
    const sources = { decisions, endpoints, clock, config: () => this.runtime?.config };
    const admin = new AdminServer(sources, settings.adminHost, settings.adminPort, log);
    try {
      await opened('LLM_D_EPP_ADMIN_PORT', () => admin.listen());
      this.others.push(admin);
    } catch (error) {
      // Upstream has no such port: where nobody asked for it, it must not keep the router from starting.
      if (settings.adminPortWanted) throw error;
      log.warn({ error: (error as Error).message }, 'there is no explain page: set LLM_D_EPP_ADMIN_PORT to a free port, or to 0');
    }
  }

  private async openGrpcPort(): Promise<void> {
    const { flags, log, clock, health } = this;
    const tlsFlags = {
      certPath: flags.text('cert-path'),
      certReload: flags.flag('enable-cert-reload'),
      minVersion: flags.text('tls-min-version'),
      cipherSuites: flags.list('tls-cipher-suites'),
    };
    const maxReceiveBytes = flags.size('grpc-max-recv-msg-size');
    const maxSendBytes = flags.size('grpc-max-send-msg-size');
    // The configuration may be another one for each stream.
    const process: GrpcMethod = (stream) => (this.runtime as Runtime).process(stream);
    const server = createGrpcServer({
      methods: {
        [PROCESS]: flags.flag('enable-grpc-stream-metrics') ? countedStreams(process, this.metrics, clock) : process,
        ...(flags.flag('health-checking') && healthMethods((service) => health.status(service), healthServices)),
      },
      log,
      port: flags.integer('grpc-port'),
      ...(flags.flag('secure-serving') && { tls: await serverTls(tlsFlags, log, clock) }),
      ...(maxReceiveBytes !== undefined && { maxReceiveBytes }),
      ...(maxSendBytes !== undefined && { maxSendBytes }),
    });
    await opened('--grpc-port', () => server.listen());
    this.servers.push(server);
  }

  private configWatch(): ConfigFileWatch | undefined {
    const file = this.flags.text('config-file');
    return file === '' || !this.settings.reloadConfig ? undefined : new ConfigFileWatch(file, () => this.reload(), this.log);
  }

  /** Replaces the configuration by what the file says now. One that can not run changes nothing. */
  private async reload(): Promise<void> {
    const { log } = this;
    try {
      const config = this.load();
      const before = this.runtime as Runtime;
      if (isDeepStrictEqual(config, before.config)) {
        log.info({}, 'the configuration file was written again, the configuration is the same');
        return;
      }
      if (config.dataLayer.discovery !== before.config.dataLayer.discovery) {
        throw new Error('dataLayer.discovery can not change while the router runs; restart it');
      }
      const runtime = await Runtime.start(config, this.runtimeEnvironment as RuntimeEnvironment);
      if (this.stopping !== undefined) {
        await runtime.stop();
        return;
      }
      this.runtime = runtime;
      this.retire(before);
      log.info({ plugins: config.plugins.map(({ name }) => name) }, 'the configuration was replaced');
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the changed configuration can not be used, the old one stays at work');
    }
  }

  private retire(runtime: Runtime): void {
    this.retired.add(runtime);
    void this.settle([runtime.retire().finally(() => this.retired.delete(runtime))]);
  }
}

/** @throws Error that names the setting of a port which can not be opened */
async function opened(setting: string, listen: () => Promise<unknown>): Promise<void> {
  try {
    await listen();
  } catch (cause) {
    throw new Error(`the port of ${setting} can not be opened: ${(cause as Error).message}`, { cause });
  }
}

function metricsServerOf(...[registry, options, log]: ConstructorParameters<typeof MetricsServer>): MetricsServer {
  try {
    return new MetricsServer(registry, options, log);
  } catch (cause) {
    throw new Error(`--metrics-cert-dir and --metrics-client-ca-file can not be used: ${(cause as Error).message}`, { cause });
  }
}
