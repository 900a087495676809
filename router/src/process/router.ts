import { dirname } from 'node:path';
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
import { processMetrics } from '../telemetry/process-metrics';
import { MetricsRegistry } from '../telemetry/registry';
import { healthMethods } from '../transport/health';
import type { GrpcServer } from '../transport/options';
import { createGrpcServer } from '../transport/server';
import { serverTls } from '../transport/tls/server-tls';
import { createPoolSource, type PoolSource } from './pool-source';
import { type ProcessSettings, processSettings } from './process-settings';
import { Runtime, type RuntimeEnvironment } from './runtime';

type Env = Readonly<Record<string, string | undefined>>;

/** A shutdown that takes longer than this after the drain is cut. */
const CLOSE_GRACE_MS = 5000;

/** Time that requests have to leave the queues of a configuration that was replaced; upstream's default time in a queue. */
const RETIRE_MS = 60_000;

/** The router of a process: its ports, its endpoints, and the configuration at work. */
export class Router {
  private readonly endpoints = new EndpointTable();
  private readonly metrics = new MetricsRegistry();
  private readonly limits = new LabelLimits();
  private readonly clock = systemClock;
  private readonly settings: ProcessSettings;
  private readonly decisions: DecisionLog;
  private health: Health | undefined;
  private runtime: Runtime | undefined;
  private source: PoolSource | undefined;
  private servers: GrpcServer[] = [];
  private others: { close(): Promise<void> }[] = [];
  private watch: ConfigFileWatch | undefined;
  private exporting: Exporting | undefined;

  constructor(
    private readonly flags: Flags,
    private readonly env: Env,
    private readonly log: Log,
  ) {
    this.settings = processSettings(env);
    this.decisions = new DecisionLog(this.endpoints, this.clock, this.settings.explainDecisions);
  }

  /**
   * Opens the ports and starts the configuration. Resolves when requests are answered; `notReady` of the health service tells when they
   * can be decided.
   * @throws Error when the configuration can not run or a port is taken
   */
  async start(): Promise<void> {
    const { flags, log } = this;
    const config = this.load();
    const source = await createPoolSource(flags, this.env, config, this.endpoints, this.limits, this.clock, log);
    this.source = source;
    if (flags.flag('tracing')) this.exporting = await startTracing(this.env, log);
    const environment = this.environment(source);
    this.health = new Health({
      notReady: () => (this.runtime === undefined ? 'the configuration is being started' : this.runtime.notReady()),
      leads: () => source.leads(),
      leaderElection: flags.flag('ha-enable-leader-election'),
    });
    await this.openSidePorts(source, this.health);
    await source.start();
    this.runtime = await Runtime.start(config, environment);
    await this.openGrpcPort(this.health);
    this.watchConfig(environment);
    log.info({ pool: environment.settings.poolName, plugins: config.plugins.map(({ name }) => name) }, 'the router runs');
  }

  /** Says that it is not ready, answers for `--drain-timeout` more, then ends. */
  async drain(): Promise<void> {
    const drainMs = this.flags.duration('drain-timeout');
    this.log.info({ drainMs }, 'draining: not ready from now on, open and new requests are still served');
    this.health?.drain();
    await this.source?.resign();
    const end = this.clock.now() + drainMs;
    while (this.clock.now() < end) await new Promise((resolve) => setTimeout(resolve, Math.min(100, drainMs)));
    await this.stop();
  }

  /** Ends at once. */
  async stop(): Promise<void> {
    this.watch?.stop();
    await Promise.all(this.servers.map((server) => server.close(CLOSE_GRACE_MS)));
    await this.runtime?.stop();
    await this.source?.stop();
    await Promise.all(this.others.map((server) => server.close()));
    await this.exporting?.stop();
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
  private async openSidePorts(source: PoolSource, health: Health): Promise<void> {
    const { flags, log, settings } = this;
    processMetrics(this.metrics, this.clock);
    const methods = healthMethods((service) => health.status(service), healthServices);
    const healthServer = createGrpcServer({ methods, log, port: flags.integer('grpc-health-port') });
    await healthServer.listen();
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
    const metricsServer = new MetricsServer(this.metrics, options, log);
    await metricsServer.listen();
    this.others.push(metricsServer);
    if (settings.adminPort === 0) return;
    const { decisions, endpoints, clock } = this;
    const sources = { decisions, endpoints, clock, config: () => this.runtime?.config };
    const admin = new AdminServer(sources, settings.adminHost, settings.adminPort);
    await admin.listen();
    this.others.push(admin);
  }

  private async openGrpcPort(health: Health): Promise<void> {
    const { flags, log, clock } = this;
    const tlsFlags = {
      certPath: flags.text('cert-path'),
      certReload: flags.flag('enable-cert-reload'),
      minVersion: flags.text('tls-min-version'),
      cipherSuites: flags.list('tls-cipher-suites'),
    };
    const maxReceiveBytes = flags.size('grpc-max-recv-msg-size');
    const maxSendBytes = flags.size('grpc-max-send-msg-size');
    const server = createGrpcServer({
      methods: {
        // The configuration may be another one for each stream.
        [PROCESS]: (stream) => (this.runtime as Runtime).process(stream),
        ...(flags.flag('health-checking') && healthMethods((service) => health.status(service), healthServices)),
      },
      log,
      port: flags.integer('grpc-port'),
      ...(flags.flag('secure-serving') && { tls: await serverTls(tlsFlags, log, clock) }),
      ...(maxReceiveBytes !== undefined && { maxReceiveBytes }),
      ...(maxSendBytes !== undefined && { maxSendBytes }),
    });
    await server.listen();
    this.servers.push(server);
  }

  private watchConfig(environment: RuntimeEnvironment): void {
    const file = this.flags.text('config-file');
    if (file === '' || !this.settings.reloadConfig) return;
    this.watch = new ConfigFileWatch(file, () => this.reload(environment), this.log);
    this.watch.start();
  }

  /** Replaces the configuration by what the file says now. One that can not run changes nothing. */
  private async reload(environment: RuntimeEnvironment): Promise<void> {
    const { log } = this;
    try {
      const config = this.load();
      const before = this.runtime;
      if (config.dataLayer.discovery !== before?.config.dataLayer.discovery) {
        throw new Error('dataLayer.discovery can not change while the router runs; restart it');
      }
      this.runtime = await Runtime.start(config, environment);
      before?.retire(RETIRE_MS);
      log.info({ plugins: config.plugins.map(({ name }) => name) }, 'the configuration was replaced');
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the changed configuration can not be used, the old one stays at work');
    }
  }
}
