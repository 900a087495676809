import { ApiObject, Duration } from 'cdk8s';
import {
  Accelerator,
  Autoscaling,
  Engine,
  GatewayProvider,
  InferenceGateway,
  ModelServing,
  ModelSource,
  Network,
  RouterImage,
  type ServingChart,
  WideEPGroup,
} from 'cdk8s-llm-d';
import { ServingStack, type ServingStackOptions } from 'cdk8s-llm-d/pulumi';
import { served } from './models';
import { type Registration, runProgram } from './support';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(60_000);

beforeEach(() => {
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => {
  jest.restoreAllMocks();
});

async function stackOf(build: (chart: ServingChart) => unknown, options: ServingStackOptions = {}) {
  return runProgram(() => new ServingStack('s', { namespace: 'llm' }, build, options));
}

/** What the stack tells the provider of an object. */
function told({ inputs, customTimeouts, ignoreChanges }: Registration) {
  const annotations = (inputs.metadata as { annotations?: Record<string, string> }).annotations ?? {};
  const ours = Object.entries(annotations).filter(([key]) => key.startsWith('pulumi.com/'));
  return { ...Object.fromEntries(ours), ...customTimeouts, ...(ignoreChanges.length === 0 ? {} : { ignoreChanges }) };
}

const pod = (app: string, spec: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image: 'example.com/a:v1', startupProbe: { periodSeconds: 5, failureThreshold: 12 } }], ...spec },
});

function workload(chart: ServingChart, kind: string, spec: object, name = 'work') {
  const apiVersion = kind === 'LeaderWorkerSet' ? 'leaderworkerset.x-k8s.io/v1' : 'apps/v1';
  return new ApiObject(chart, `${kind}-${name}`, { apiVersion, kind, metadata: { name }, spec });
}

const deployment = (chart: ServingChart, spec: object = {}, name = 'work') =>
  workload(chart, 'Deployment', { selector: { matchLabels: { app: name } }, template: pod(name), ...spec }, name);

const service = (chart: ServingChart, selector: object | undefined, spec: object = {}, name = 'svc') =>
  new ApiObject(chart, name, { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector, ports: [{ port: 80 }], ...spec } });

describe('time', () => {
  test('of model servers is that of their startup budget, and an update has it for each batch', async () => {
    const run = await stackOf((chart) => served(chart, { startupTimeout: Duration.minutes(30), replicas: 4 }));
    // 1800 s and 600 s of progress margin; 4 replicas in steps of a quarter up and a quarter down.
    expect(told(run.named('s/qwen3/Servers/Workload'))).toEqual({ create: '2460s', update: `${2400 * 2 + 60}s` });
  });

  test('of a LeaderWorkerSet follows from its startup probes, and it is waited for', async () => {
    const run = await stackOf((chart) => {
      const group = new WideEPGroup(chart, 'r1', {
        model: ModelSource.pvc('weights', 'deepseek-ai/DeepSeek-R1-0528'),
        accelerator: Accelerator.NVIDIA_B200,
        engine: Engine.vllm({ maxModelLen: 8_192 }),
        network: Network.infiniBand(),
        startupTimeout: Duration.minutes(45),
        prefill: { parallelism: { data: 16, dataLocal: 8, expert: true } },
        decode: { parallelism: { data: 16, dataLocal: 8, expert: true } },
      });
      return new InferenceGateway(chart, 'gateway').addModel(group, { router: { image: RouterImage.upstream() } });
    });
    const sets = run.objects.filter(({ token }) => token.endsWith(':LeaderWorkerSet'));
    expect(sets).toHaveLength(2);
    for (const set of sets) {
      const found = told(set) as Record<string, string>;
      expect(found['pulumi.com/waitFor']).toBe('condition=Available');
      expect(Number.parseInt(found.create as string, 10)).toBeGreaterThanOrEqual(45 * 60 + 600);
    }
  });

  test.each([
    ['the default of the API server and the probes', {}, { create: '720s', update: '720s' }],
    ['its progress deadline', { progressDeadlineSeconds: 100 }, { create: '160s', update: '160s' }],
    [
      'its replicas in steps',
      { replicas: 10, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
      { create: '720s', update: '6660s' },
    ],
    ['one step when all are recreated', { replicas: 10, strategy: { type: 'Recreate' } }, { create: '720s', update: '720s' }],
    [
      'what init containers may take before',
      { template: pod('work', { initContainers: [{ name: 'i', image: 'a:v1', startupProbe: { initialDelaySeconds: 5 } }] }) },
      { create: '755s', update: '755s' },
    ],
    [
      'a long grace period',
      { template: pod('work', { terminationGracePeriodSeconds: 900 }) },
      { create: '720s', update: '720s', delete: '960s' },
    ],
  ])('of a Deployment is %s', async (_, spec, expected) => {
    const run = await stackOf((chart) => deployment(chart, spec));
    expect(told(run.named('s/Deployment-work'))).toEqual(expected);
  });

  test('of a StatefulSet is that of one pod after the other, unless they start together', async () => {
    const run = await stackOf((chart) => {
      workload(chart, 'StatefulSet', { replicas: 3, selector: { matchLabels: { app: 'a' } }, template: pod('a') }, 'a');
      workload(
        chart,
        'StatefulSet',
        { replicas: 3, podManagementPolicy: 'Parallel', selector: { matchLabels: { app: 'b' } }, template: pod('b') },
        'b',
      );
    });
    expect(told(run.named('s/StatefulSet-a'))).toEqual({ create: '2040s', update: '2040s' });
    expect(told(run.named('s/StatefulSet-b'))).toEqual({ create: '720s', update: '2040s' });
  });

  test('of a LeaderWorkerSet whose workers wait for the leader is that of both', async () => {
    const template = { size: 2, leaderTemplate: pod('a'), workerTemplate: pod('a') };
    const run = await stackOf((chart) => {
      workload(chart, 'LeaderWorkerSet', { startupPolicy: 'LeaderReady', leaderWorkerTemplate: template });
      workload(chart, 'LeaderWorkerSet', { leaderWorkerTemplate: template }, 'other');
    });
    expect(told(run.named('s/LeaderWorkerSet-work'))).toMatchObject({ create: '780s' });
    expect(told(run.named('s/LeaderWorkerSet-other'))).toMatchObject({ create: '720s' });
  });

  test('of a Service is that of the slowest pods it selects', async () => {
    const run = await stackOf((chart) => {
      deployment(chart, { template: pod('work', { terminationGracePeriodSeconds: 900 }) });
      workload(
        chart,
        'Deployment',
        { progressDeadlineSeconds: 5_000, selector: { matchLabels: { app: 'work' } }, template: pod('work') },
        'slow',
      );
      service(chart, { app: 'work' });
    });
    expect(told(run.named('s/svc'))).toEqual({ create: '5060s', update: '5060s', delete: '960s' });
  });
});

describe('replicas', () => {
  test('of what an autoscaler sizes are left alone, and its most replicas give the time', async () => {
    const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }] as const;
    const run = await stackOf((chart) => {
      const servers = new ModelServing(chart, 'qwen3', {
        model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
        accelerator: Accelerator.NVIDIA_H100,
        parallelism: { tensor: 2 },
        autoscaling: Autoscaling.hpa({ min: 1, max: 8, metrics }),
      });
      deployment(chart, { replicas: 2 });
      return new InferenceGateway(chart, 'gateway').addModel(servers, { router: { image: RouterImage.upstream() } });
    });
    expect(run.named('s/qwen3/Servers/Workload').ignoreChanges).toEqual(['spec.replicas']);
    expect(run.named('s/Deployment-work').ignoreChanges).toEqual([]);
  });

  test('of targets of any kind of scaler in the same namespace, and of no others', async () => {
    const scaler = (chart: ServingChart, id: string, target: object, metadata: object = {}) =>
      new ApiObject(chart, id, { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata, spec: { scaleTargetRef: target } });
    const run = await stackOf((chart) => {
      deployment(chart, {}, 'a');
      deployment(chart, {}, 'b');
      workload(chart, 'StatefulSet', { selector: { matchLabels: { app: 'c' } }, template: pod('c') }, 'a');
      scaler(chart, 'one', { name: 'a' });
      scaler(chart, 'two', { name: 'b', kind: 'Deployment' }, { namespace: 'other' });
    });
    expect(run.objects.filter(({ ignoreChanges }) => ignoreChanges.length > 0).map(({ name }) => name)).toEqual(['s/Deployment-a']);
  });

  test('that objectOptions ignores more of are added to ours', async () => {
    const run = await stackOf(
      (chart) => {
        deployment(chart);
        new ApiObject(chart, 'scaler', {
          apiVersion: 'keda.sh/v1alpha1',
          kind: 'ScaledObject',
          spec: { scaleTargetRef: { name: 'work' } },
        });
      },
      { objectOptions: ({ kind }) => (kind === 'Deployment' ? { ignoreChanges: ['metadata.annotations'] } : undefined) },
    );
    expect(run.named('s/Deployment-work').ignoreChanges).toEqual(['spec.replicas', 'metadata.annotations']);
  });
});

describe('waiting', () => {
  const SKIPPED = { 'pulumi.com/skipAwait': 'true' };

  test('is left to the provider for Deployments and for Services with pods that become ready', async () => {
    const run = await stackOf((chart) => served(chart));
    expect(told(run.named('s/gateway/qwen3/Router/Deployment'))).toEqual({ create: '960s', update: '960s' });
    expect(told(run.named('s/gateway/qwen3/Router/Service'))).toEqual({ create: '960s', update: '960s' });
  });

  test('for a router with an election is for its leader, and its Service is not waited for', async () => {
    const run = await stackOf((chart) => served(chart, {}, { router: { replicas: 3 } }));
    expect(told(run.named('s/gateway/qwen3/Router/Deployment'))).toMatchObject({
      'pulumi.com/waitFor': '["jsonpath={.status.updatedReplicas}=3","jsonpath={.status.readyReplicas}=1"]',
    });
    expect(told(run.named('s/gateway/qwen3/Router/Service'))).toMatchObject(SKIPPED);
    const active = await stackOf((chart) => served(chart, {}, { router: { replicas: 3, leaderElection: false } }));
    expect(told(active.named('s/gateway/qwen3/Router/Deployment'))).not.toHaveProperty('pulumi.com/waitFor');
    expect(told(active.named('s/gateway/qwen3/Router/Service'))).not.toHaveProperty('pulumi.com/skipAwait');
  });

  const said = (parent: number, type: string) =>
    `jsonpath={.status.parents[${parent}].conditions[?(@.type=='${type}' && ` +
    `(!@.observedGeneration || @.observedGeneration==$.metadata.generation))].status}=True`;

  test('for a Gateway is until it is programmed, for a route until it and its pools are accepted, for a pool never', async () => {
    const run = await stackOf((chart) => served(chart, {}, {}, { provider: GatewayProvider.istio() }));
    const of = (kind: string) => run.objects.filter(({ token }) => token.endsWith(`:${kind}`)).map(told);
    expect(of('Gateway')).toEqual([{ 'pulumi.com/waitFor': 'condition=Programmed' }]);
    expect(of('HTTPRoute')).toEqual([{ 'pulumi.com/waitFor': JSON.stringify([said(0, 'Accepted'), said(0, 'ResolvedRefs')]) }]);
    expect(of('InferencePool')).toEqual([{}]);
  });

  test.each(['HTTPRoute', 'GRPCRoute'])('for a %s of several Gateways is for each of them', async (kind) => {
    const run = await stackOf((chart) => {
      for (const [name, parents] of Object.entries({ none: [], two: ['a', 'b'] })) {
        const spec = { parentRefs: parents.map((gateway) => ({ name: gateway })) };
        new ApiObject(chart, name, { apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name }, spec });
      }
    });
    expect(told(run.named('s/none'))).toEqual({});
    const conditions = JSON.parse((told(run.named('s/two')) as Record<string, string>)['pulumi.com/waitFor'] as string);
    expect(conditions).toEqual([said(0, 'Accepted'), said(0, 'ResolvedRefs'), said(1, 'Accepted'), said(1, 'ResolvedRefs')]);
  });

  test('in standalone mode is for nothing that a Gateway would have to say', async () => {
    const run = await stackOf((chart) => served(chart));
    expect(run.objects.filter((one) => 'pulumi.com/waitFor' in told(one))).toEqual([]);
  });

  test.each([
    ['select nothing of the app', (chart: ServingChart) => service(chart, { app: 'elsewhere' })],
    [
      'select a Deployment without replicas',
      (chart: ServingChart) => [deployment(chart, { replicas: 0 }), service(chart, { app: 'work' })],
    ],
    [
      'select what may be scaled to zero',
      (chart: ServingChart) => [
        deployment(chart),
        new ApiObject(chart, 'keda', { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', spec: { scaleTargetRef: { name: 'work' } } }),
        service(chart, { app: 'work' }),
      ],
    ],
    ['select pods that wait for them', (chart: ServingChart) => deployment(chart).addDependency(service(chart, { app: 'work' }))],
  ])('is not for Services that %s', async (_, build) => {
    const run = await stackOf(build);
    expect(told(run.named('s/svc'))).toMatchObject(SKIPPED);
  });

  test('is left to the provider for Services without a selector, which it does not wait for', async () => {
    const run = await stackOf((chart) => service(chart, undefined, { type: 'ExternalName', externalName: 'example.com' }));
    expect(told(run.named('s/svc'))).toEqual({});
  });

  test('is not for a LeaderWorkerSet without replicas', async () => {
    const run = await stackOf((chart) =>
      workload(chart, 'LeaderWorkerSet', { replicas: 0, leaderWorkerTemplate: { workerTemplate: pod('a') } }),
    );
    expect(told(run.named('s/LeaderWorkerSet-work'))).not.toHaveProperty('pulumi.com/waitFor');
  });

  test('that an object asks for itself stays, and the object in the program keeps its annotations', async () => {
    const run = await stackOf((chart) => {
      const built = served(chart, {}, {}, { provider: GatewayProvider.istio() });
      const gateway = chart.node
        .findAll()
        .find((one): one is ApiObject => ApiObject.isApiObject(one) && one.kind === 'Gateway') as ApiObject;
      gateway.metadata.addAnnotation('pulumi.com/skipAwait', 'true');
      return { built, gateway };
    });
    const gateway = run.objects.find(({ token }) => token.endsWith(':Gateway')) as Registration;
    expect(told(gateway)).toEqual(SKIPPED);
    const { gateway: object } = run.result.constructs as { gateway: ApiObject };
    expect(object.toJson().metadata.annotations).toMatchObject(SKIPPED);
  });

  test('can be switched off as a whole', async () => {
    const run = await stackOf((chart) => served(chart, {}, {}, { provider: GatewayProvider.istio() }), { await: false });
    for (const one of run.objects) {
      const annotations = told(one);
      expect(annotations).not.toHaveProperty('pulumi.com/waitFor');
      const awaited = /:(Deployment|Service|ServiceAccount)$/.test(one.token);
      expect('pulumi.com/skipAwait' in annotations).toBe(awaited);
    }
  });
});
