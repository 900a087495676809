import {
  Cluster,
  InferenceGateway as Gateway,
  GatewayProvider,
  ModelServing,
  NameStyle,
  PrefillDecodePair,
  Release,
  RoutingStrategy,
  WideEPGroup,
} from 'cdk8s-llm-d';
import * as llmd from 'cdk8s-llm-d/pulumi';
import { outputValue, runProgram } from '../support';
import { registered, written } from './compare';

import { PAIR, ROUTER, SCALED, SERVING, SURROUNDINGS, WIDE } from './samples';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(120_000);

describe('a component registers what its construct writes', () => {
  test('ModelServing', async () => {
    const run = await runProgram(() => new llmd.ModelServing('qwen3', { ...SURROUNDINGS, ...SERVING }));
    expect(registered(run.objects)).toEqual(written(SURROUNDINGS, (chart) => new ModelServing(chart, 'qwen3', SERVING)));
    expect(await outputValue(run.result.workload)).toBe('qwen3-decode');
    expect(await Promise.all(run.result.workloads.map(outputValue))).toEqual(['qwen3-decode']);
    expect(await outputValue(run.result.poolName)).toBe('qwen3');
    expect(await outputValue(run.result.modelName)).toBe('Qwen/Qwen3-32B');
    expect(run.outputs.get(run.named('qwen3').urn)).toEqual({
      poolName: 'qwen3',
      modelName: 'Qwen/Qwen3-32B',
      workload: 'qwen3-decode',
      workloads: ['qwen3-decode'],
    });
  });

  test('ModelServing that is scaled leaves its replicas alone', async () => {
    const run = await runProgram(() => new llmd.ModelServing('qwen3', { ...SURROUNDINGS, ...SCALED }));
    expect(registered(run.objects)).toEqual(written(SURROUNDINGS, (chart) => new ModelServing(chart, 'qwen3', SCALED)));
    expect(run.named('qwen3/Servers/Workload').ignoreChanges).toEqual(['spec.replicas']);
  });

  test('PrefillDecodePair', async () => {
    const run = await runProgram(() => new llmd.PrefillDecodePair('gpt-oss', { ...SURROUNDINGS, ...PAIR }));
    expect(registered(run.objects)).toEqual(written(SURROUNDINGS, (chart) => new PrefillDecodePair(chart, 'gpt-oss', PAIR)));
    expect([await outputValue(run.result.prefill), await outputValue(run.result.decode)]).toEqual(['gpt-oss-prefill', 'gpt-oss-decode']);
    expect(await Promise.all(run.result.workloads.map(outputValue))).toEqual(['gpt-oss-prefill', 'gpt-oss-decode']);
  });

  test('WideEPGroup, split and not', async () => {
    const { prefill, decode, ...shared } = WIDE;
    const whole = { ...shared, parallelism: decode?.parallelism ?? {} };
    const run = await runProgram(() => [
      new llmd.WideEPGroup('r1', { ...SURROUNDINGS, ...WIDE }),
      new llmd.WideEPGroup('r2', { ...SURROUNDINGS, ...whole }),
    ]);
    const same = written(SURROUNDINGS, (chart) => [new WideEPGroup(chart, 'r1', WIDE), new WideEPGroup(chart, 'r2', whole)]);
    expect(registered(run.objects)).toEqual(same);
    const [split, one] = run.result;
    expect([await outputValue(split?.prefill as never), await outputValue(split?.decode as never)]).toEqual(['r1-prefill', 'r1-decode']);
    expect([one?.prefill, await outputValue(one?.decode as never)]).toEqual([undefined, 'r2-decode']);
    expect(prefill).toBeDefined();
  });

  test('InferenceGateway in standalone mode', async () => {
    const run = await runProgram(() => {
      const serving = new llmd.ModelServing('qwen3', { ...SURROUNDINGS, ...SERVING });
      return new llmd.InferenceGateway('gateway', { models: [{ servers: serving, routing: RoutingStrategy.loadAware(), ...ROUTER }] });
    });
    const same = written(SURROUNDINGS, (chart) => {
      new Gateway(chart, 'gateway').addModel(new ModelServing(chart, 'qwen3', SERVING), {
        routing: RoutingStrategy.loadAware(),
        ...ROUTER,
      });
    });
    expect(registered(run.objects)).toEqual(same);
    expect(await outputValue(run.result.endpoints.qwen3 as never)).toBe('http://qwen3-epp.llm.svc.cluster.local');
    expect(await outputValue(run.result.url as never)).toBe('http://qwen3-epp.llm.svc.cluster.local');
    expect(run.result.gatewayName).toBeUndefined();
    expect(await Promise.all(run.result.poolNames.map(outputValue))).toEqual(['qwen3']);
  });

  test('InferenceGateway with models, a split, and every field of a route', async () => {
    const surroundings = {
      namespace: 'llm',
      cluster: Cluster.openShift(),
      release: Release.LATEST.with({ name: 'ours', envoy: 'registry.example.com/envoy:v1' }),
      nameStyle: NameStyle.PLAIN,
      imageRegistry: 'registry.example.com/llm',
    };
    const props = { provider: GatewayProvider.istio(), listeners: [{ port: 8080 }], annotations: { note: 'x' } };
    const run = await runProgram(() => {
      const a = new llmd.ModelServing('a', { ...surroundings, ...SERVING });
      const b = new llmd.ModelServing('b', { ...surroundings, ...SERVING });
      const c = new llmd.PrefillDecodePair('c', { ...surroundings, ...PAIR });
      return new llmd.InferenceGateway('gateway', {
        ...props,
        labels: { part: 'entrance' },
        models: [{ servers: c, match: { pathPrefix: '/c' }, name: 'chat' }],
        splits: [
          {
            match: { hostname: 'qwen.example.com' },
            name: 'canary',
            members: [
              { servers: a, weight: 90, router: { replicas: 2 } },
              { servers: b, weight: 10 },
            ],
          },
        ],
      });
    });
    const servers = written(surroundings, (chart) => [
      new ModelServing(chart, 'a', SERVING),
      new ModelServing(chart, 'b', SERVING),
      new PrefillDecodePair(chart, 'c', PAIR),
    ]);
    const all = written({ ...surroundings, labels: { part: 'entrance' } }, (chart) => {
      const a = new ModelServing(chart, 'a', SERVING);
      const b = new ModelServing(chart, 'b', SERVING);
      const gateway = new Gateway(chart, 'gateway', props);
      gateway.addModel(new PrefillDecodePair(chart, 'c', PAIR), { match: { pathPrefix: '/c' }, name: 'chat' });
      gateway.addSplit(
        [
          { servers: a, weight: 90, router: { replicas: 2 } },
          { servers: b, weight: 10 },
        ],
        { match: { hostname: 'qwen.example.com' }, name: 'canary' },
      );
    });
    expect(registered(run.objects)).toEqual({ ...all, ...servers });
    expect(Object.keys(run.result.endpoints)).toEqual(['chat', 'canary']);
    expect(await outputValue(run.result.endpoints.canary as never)).toBe('http://qwen.example.com:8080');
    expect(await outputValue(run.result.endpoints.chat as never)).toBe('http://gateway-istio.llm.svc.cluster.local:8080/c');
    expect(run.result.url).toBeUndefined();
    expect(await outputValue(run.result.gatewayName as never)).toBe('gateway');
    expect(await Promise.all(run.result.poolNames.map(outputValue))).toEqual(['c', 'a', 'b']);
  });
});

test('without a gateway, servers are registered as they are', async () => {
  const run = await runProgram(() => new llmd.ModelServing('lonely', { ...SURROUNDINGS, ...SERVING }));
  expect(run.objects.map(({ token }) => token).sort()).toEqual([
    'kubernetes:apps/v1:Deployment',
    'kubernetes:core/v1:ServiceAccount',
    'kubernetes:policy/v1:PodDisruptionBudget',
  ]);
});

test('the only endpoint of a Gateway that someone else has written, and whose address nobody knows, is left out', async () => {
  const run = await runProgram(() => {
    const serving = new llmd.ModelServing('qwen3', { namespace: 'llm', cluster: Cluster.gke(), ...SERVING });
    const existing = { name: 'shared', namespace: 'llm' };
    return new llmd.InferenceGateway('gateway', { provider: GatewayProvider.gke(), existing, models: [{ servers: serving, ...ROUTER }] });
  });
  expect(run.result.endpoints).toEqual({});
  expect(run.result.url).toBeUndefined();
});
