import { type EffectiveConfig, parseEndpointPickerConfig } from 'llm-d-epp-config';
import { PROCESS } from '../../src/ext-proc/ext-proc';
import { systemClock } from '../../src/plugin/clock';
import { EndpointTable } from '../../src/plugin/endpoint-table';
import type { Runtime, RuntimeEnvironment } from '../../src/process/runtime';
import { LabelLimits } from '../../src/telemetry/bounded-label';
import { MetricsRegistry } from '../../src/telemetry/registry';
import { RecordingLog } from './context';
import { FakeEnvoy } from './fake-envoy';

/** The environment of a configuration: a pool without a cluster, an empty table, the real clock. */
export function runtimeEnvironment(more: Partial<RuntimeEnvironment> = {}): RuntimeEnvironment & { readonly log: RecordingLog } {
  const log = new RecordingLog();
  return {
    endpoints: new EndpointTable(),
    pool: {
      name: 'pool',
      namespace: 'default',
      notSynced: () => undefined,
      priorityOf: () => undefined,
      priorities: () => [],
      rewrite: () => undefined,
    },
    clock: systemClock,
    random: Math.random,
    metrics: new MetricsRegistry(),
    limits: new LabelLimits(),
    env: {},
    settings: { poolName: 'pool', poolNamespace: 'default', refreshMetricsIntervalMs: 50, metricsStalenessThresholdMs: 2000 },
    recorder: { begin: () => undefined },
    loadModule: () => Promise.reject(new Error('no modules here')),
    disableEndpointSubsetFilter: false,
    emitEndpointScores: false,
    refreshPrometheusMetricsIntervalMs: 5000,
    objectWatch: { watch: async () => () => undefined },
    ...more,
    log,
  };
}

/** A configuration as the router completes it. */
export function effective(fields: Readonly<Record<string, unknown>>): EffectiveConfig {
  const document = { apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig', ...fields };
  return parseEndpointPickerConfig(document, { allowExperimental: true, extended: true }).effective;
}

/** Adds an endpoint of loopback. */
export function addEndpoint(table: EndpointTable, name: string, port: number, labels: Readonly<Record<string, string>> = {}): void {
  const metricsHost = `127.0.0.1:${port}`;
  table.upsert({ id: `default/${name}`, namespace: 'default', name, address: '127.0.0.1', port, metricsHost, labels, rankIndex: 0 });
}

/** Polls until the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, timeoutMs = 15_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Sends one completion through the runtime and resolves with the stream once it was answered. */
export async function askRuntime(runtime: Runtime, prompt: string): Promise<FakeEnvoy> {
  const envoy = new FakeEnvoy({ [PROCESS]: runtime.process });
  envoy.requestHeaders({ ':path': '/v1/completions', ':method': 'POST', 'content-type': 'application/json' });
  envoy.requestBody(JSON.stringify({ model: 'model', prompt }));
  await until(() => envoy.answers.length > 0, 'an answer');
  return envoy;
}
