import { ApiObject, App, Chart, Duration } from 'cdk8s';
import {
  Accelerator,
  Autoscaling,
  Cluster,
  Disruption,
  Engine,
  GatewayProvider,
  InferenceGateway,
  KvTransfer,
  ModelServing,
  ModelSource,
  Monitoring,
  Network,
  PrefillDecodePair,
  RoutingStrategy,
  ServingChart,
  WideEPGroup,
} from 'cdk8s-llm-d';
import * as fc from 'fast-check';
import { buildExample, exampleNames } from '../support/examples';
import { bothSides, registerApp } from './manifests';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(120_000);

beforeEach(() => {
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => {
  jest.restoreAllMocks();
});

test.each(exampleNames())('the example %s gives Pulumi the objects that it gives cdk8s, each once', async (name) => {
  const run = await registerApp(() => buildExample(name).app);
  const [written, registered] = bothSides(run);
  expect(registered).toEqual(written);
  expect(run.objects).toHaveLength(run.result.charts.flatMap((chart) => chart.toJson()).length);
  for (const { token, inputs, parent } of run.objects) {
    const apiVersion = inputs.apiVersion === 'v1' ? 'core/v1' : inputs.apiVersion;
    expect(token).toBe(`kubernetes:${apiVersion}:${inputs.kind}`);
    expect(parent).toBe(run.named('stack').urn);
  }
  const at = new Map(run.registrations.map(({ urn }, index) => [urn, index]));
  for (const [index, { dependencies }] of run.registrations.entries()) {
    expect(dependencies.every((urn) => (at.get(urn) ?? Number.POSITIVE_INFINITY) < index)).toBe(true);
  }
});

const MODEL = ModelSource.huggingFace('Qwen/Qwen3-32B');

const scaling = fc.option(fc.record({ min: fc.integer({ min: 1, max: 3 }), more: fc.integer({ min: 0, max: 9 }) }), { nil: undefined });

const serversSpec = fc.record({
  form: fc.constantFrom('serving', 'nodes', 'pair', 'wide'),
  replicas: fc.integer({ min: 1, max: 9 }),
  scaling,
  monitoring: fc.boolean(),
  disruption: fc.boolean(),
  startup: fc.option(fc.integer({ min: 10, max: 90 }), { nil: undefined }),
  routerReplicas: fc.integer({ min: 1, max: 3 }),
  flowControl: fc.boolean(),
});

const chartSpec = fc.record({
  namespace: fc.option(fc.constantFrom('llm', 'models', 'a'), { nil: undefined }),
  nested: fc.boolean(),
  gateway: fc.constantFrom('standalone', 'istio', 'agentgateway', 'envoy-ai', 'gke'),
  servers: fc.array(serversSpec, { minLength: 0, maxLength: 3 }),
  annotations: fc.dictionary(fc.constantFrom('note', 'pulumi.com/skipAwait', 'pulumi.com/waitFor'), fc.string({ unit: 'grapheme' }), {
    maxKeys: 2,
  }),
  text: fc.string({ unit: 'grapheme' }),
});

type ServersSpec = typeof serversSpec extends fc.Arbitrary<infer T> ? T : never;
type ChartSpec = typeof chartSpec extends fc.Arbitrary<infer T> ? T : never;

const PROVIDERS: Readonly<Record<ChartSpec['gateway'], () => GatewayProvider>> = {
  standalone: () => GatewayProvider.standaloneEnvoy(),
  istio: () => GatewayProvider.istio(),
  agentgateway: () => GatewayProvider.agentgateway(),
  'envoy-ai': () => GatewayProvider.envoyAiGateway(),
  gke: () => GatewayProvider.gke(),
};

function addServers(chart: ServingChart, id: string, spec: ServersSpec) {
  const autoscaling =
    spec.scaling &&
    Autoscaling.hpa({
      min: spec.scaling.min,
      max: spec.scaling.min + spec.scaling.more,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
    });
  const shared = {
    model: MODEL,
    accelerator: Accelerator.NVIDIA_H100,
    ...(spec.monitoring ? { monitoring: Monitoring.podMonitor() } : {}),
    ...(spec.startup === undefined ? {} : { startupTimeout: Duration.minutes(spec.startup) }),
  };
  const size = autoscaling === undefined ? { replicas: spec.replicas } : { autoscaling };
  const disruption = spec.disruption ? { disruption: Disruption.maxUnavailable(1) } : {};
  switch (spec.form) {
    case 'serving':
      return new ModelServing(chart, id, { ...shared, ...size, ...disruption, parallelism: { tensor: 2 } });
    case 'nodes':
      return new ModelServing(chart, id, { ...shared, ...size, ...disruption, parallelism: { tensor: 8, pipeline: 2 } });
    case 'pair':
      return new PrefillDecodePair(chart, id, {
        ...shared,
        prefill: { ...size, ...disruption },
        decode: { replicas: spec.replicas, parallelism: { tensor: 4 } },
        transfer: KvTransfer.nixl(),
        network: Network.tcp(),
      });
    default:
      return new WideEPGroup(chart, id, {
        ...shared,
        model: ModelSource.huggingFace('deepseek-ai/DeepSeek-R1-0528'),
        accelerator: Accelerator.NVIDIA_B200,
        engine: Engine.vllm({ maxModelLen: 8_192 }),
        network: Network.infiniBand(),
        prefill: { parallelism: { data: 16, dataLocal: 8, expert: true } },
        decode: { parallelism: { data: 16, dataLocal: 8, expert: true } },
      });
  }
}

function buildApp(specs: readonly ChartSpec[]): App {
  const app = new App();
  let outer: Chart | undefined;
  for (const [index, spec] of specs.entries()) {
    const cluster = spec.gateway === 'gke' ? Cluster.gke() : Cluster.generic();
    const chart: ServingChart = new ServingChart(spec.nested ? (outer ?? app) : app, `chart-${index}`, {
      cluster,
      namespace: `${spec.namespace ?? 'default'}-${index}`,
    });
    outer = chart;
    new ApiObject(chart, 'notes', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `notes-${index}`, annotations: spec.annotations },
      data: { text: spec.text },
    });
    const gateway = new InferenceGateway(chart, 'gateway', { provider: PROVIDERS[spec.gateway]() });
    for (const [at, servers] of spec.servers.entries()) {
      gateway.addModel(addServers(chart, `servers-${at}`, servers), {
        ...(spec.gateway === 'standalone' ? {} : { match: { hostname: `m${at}.example.com` } }),
        ...(servers.flowControl && !['pair', 'wide'].includes(servers.form)
          ? { routing: RoutingStrategy.prefixAware().withFlowControl({ priorityBands: [{ priority: 0 }] }) }
          : {}),
        router: { replicas: servers.routerReplicas },
      });
    }
  }
  return app;
}

test('generated charts give Pulumi the objects that they give cdk8s', async () => {
  let objects = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(chartSpec, { minLength: 1, maxLength: 3 }), async (specs) => {
      const run = await registerApp(() => buildApp(specs));
      const [written, registered] = bothSides(run);
      expect(registered).toEqual(written);
      objects += run.objects.length;
    }),
    { numRuns: 12 },
  );
  expect(objects).toBeGreaterThan(100);
});

test('a thousand objects in nested charts are registered once each', async () => {
  const run = await registerApp(() => {
    const app = new App();
    const outer = new Chart(app, 'outer');
    for (let index = 0; index < 10; index += 1) {
      const chart = new Chart(outer, `inner-${index}`);
      for (let at = 0; at < 100; at += 1) {
        new ApiObject(chart, `o${at}`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `o-${index}-${at}` } });
      }
    }
    return app;
  });
  expect(new Set(run.objects.map(({ name }) => name)).size).toBe(1000);
  expect(run.objects).toHaveLength(1000);
});
