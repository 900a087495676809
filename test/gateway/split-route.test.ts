import { App, Chart, Duration, Testing } from 'cdk8s';
import { GatewayProvider } from '../../lib/gateway/gateway-provider';
import { InferenceGateway } from '../../lib/gateway/inference-gateway';
import type { InferenceGatewayProps } from '../../lib/gateway/inference-gateway-props';
import { ModelSource } from '../../lib/values/model-source';
import type { ServersPlan } from '../../lib/values/plan';
import { FakeServers } from './fake-servers';

const MODEL = ModelSource.huggingFace('org/qwen3').plan;

function setUp(props: InferenceGatewayProps = { provider: GatewayProvider.istio() }) {
  const chart = new Chart(new App(), 'chart', { namespace: 'llm' });
  const gateway = new InferenceGateway(chart, 'gateway', props);
  const servers = (id: string, overrides: Partial<ServersPlan> = {}) => new FakeServers(chart, id, { model: MODEL, ...overrides });
  return { chart, gateway, servers };
}

test('one route shares the requests among the pools by weight', () => {
  const { chart, gateway, servers } = setUp();
  const split = gateway.addSplit([
    { servers: servers('blue'), weight: 90 },
    { servers: servers('green'), weight: 10 },
  ]);
  const objects = Testing.synth(chart) as { kind: string; metadata: { name: string } }[];
  const named = (kind: string) =>
    objects
      .filter((object) => object.kind === kind)
      .map(({ metadata }) => metadata.name)
      .sort();
  expect(named('HTTPRoute')).toEqual(['blue']);
  expect(named('InferencePool')).toEqual(['blue', 'green']);
  expect(named('DestinationRule')).toEqual(['blue-epp', 'green-epp']);
  expect(split.route.toJson().spec.rules).toEqual([
    {
      matches: [{ path: { type: 'PathPrefix', value: '/' } }],
      backendRefs: [
        { group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'blue', weight: 90 },
        { group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'green', weight: 10 },
      ],
      timeouts: { request: '0s' },
    },
  ]);
  expect(split.members.map(({ route }) => route)).toEqual([undefined, undefined]);
  expect(split.endpoint).toBe('http://gateway-istio.llm.svc.cluster.local');
});

test('name, match and limit belong to the split, router options to a member', () => {
  const { gateway, servers } = setUp({ provider: GatewayProvider.gke() });
  const members = [
    { servers: servers('blue'), weight: 1, router: { failureMode: 'FailClose' as const } },
    { servers: servers('green'), weight: 0 },
  ];
  const split = gateway.addSplit(members, { name: 'chat', match: { pathPrefix: '/chat' }, requestTimeout: Duration.hours(1) });
  expect(split.node.path).toBe('chart/gateway/chat');
  expect(split.members.map(({ node }) => node.path)).toEqual(['chart/gateway/chat/blue', 'chart/gateway/chat/green']);
  expect(split.route.name).toBe('chat');
  expect(split.members.map(({ pool }) => pool?.toJson().spec.endpointPickerRef.failureMode)).toEqual(['FailClose', 'FailOpen']);
  expect(split.members.map(({ sideObjects }) => sideObjects[1]?.toJson().spec.default.timeoutSec)).toEqual([3600, 3600]);
  expect(gateway.plan.routes[0]).toMatchObject({ name: 'chat', match: { pathPrefix: '/chat' }, pools: [{ weight: 1 }, { weight: 0 }] });
});

test('pools of another namespace grant the route access', () => {
  const { gateway, servers } = setUp({ provider: GatewayProvider.istio(), allowedNamespaces: 'All' });
  const split = gateway.addSplit([
    { servers: servers('blue'), weight: 1 },
    { servers: servers('green', { namespace: 'next' }), weight: 1 },
  ]);
  expect(split.route.toJson().spec.rules[0].backendRefs.map(({ namespace }: { namespace?: string }) => namespace)).toEqual([
    undefined,
    'next',
  ]);
  expect(split.grants.map((grant) => grant.toJson())).toEqual([
    {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: {
        name: 'blue-pools',
        namespace: 'next',
        labels: { 'app.kubernetes.io/name': 'blue', 'app.kubernetes.io/part-of': 'llm-d' },
      },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'llm' }],
        to: [{ group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'green' }],
      },
    },
  ]);
});

test('the route comes after every router', () => {
  const { chart, gateway, servers } = setUp();
  gateway.addSplit([
    { servers: servers('blue'), weight: 1 },
    { servers: servers('green'), weight: 1 },
  ]);
  const order = chart.toJson().map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  for (const name of ['blue-epp', 'green-epp']) {
    expect(order).toContain(`Deployment/${name}`);
    expect(order.indexOf(`Deployment/${name}`)).toBeLessThan(order.indexOf('HTTPRoute/blue'));
  }
});

test('a split in standalone mode is refused', () => {
  const { gateway, servers } = setUp({});
  expect(() => gateway.addSplit([{ servers: servers('blue'), weight: 1 }])).toThrow('LLMD603 [chart/gateway] `addSplit` needs a Gateway');
});

test('an empty split is refused', () => {
  expect(() => setUp().gateway.addSplit([])).toThrow('LLMD604 [chart/gateway] split "" sends requests nowhere (0 members');
});

test('weights that are all 0 are refused', () => {
  const { gateway, servers } = setUp();
  const members = [
    { servers: servers('blue'), weight: 0 },
    { servers: servers('green'), weight: 0 },
  ];
  expect(() => gateway.addSplit(members)).toThrow(/LLMD604 .*split "blue" sends requests nowhere \(2 members, sum of weights 0\)/);
});

test.each([-1, 0.5, Number.NaN, 1_000_001])('weight %s is refused', (weight) => {
  const { gateway, servers } = setUp();
  const members = [
    { servers: servers('blue'), weight: 1 },
    { servers: servers('green'), weight },
  ];
  expect(() => gateway.addSplit(members)).toThrow(/LLMD104 .*`weight`/);
});

test('servers are routed once: not twice in a split, nor in a split and a route', () => {
  const { gateway, servers } = setUp();
  const blue = servers('blue');
  const twice = [
    { servers: blue, weight: 1 },
    { servers: blue, weight: 1 },
  ];
  expect(() => gateway.addSplit(twice)).toThrow(/LLMD601 .*"blue"/);
  gateway.addSplit([{ servers: blue, weight: 1 }]);
  expect(() => gateway.addModel(blue, { name: 'other' })).toThrow(/LLMD601 .*"blue"/);
});

test('two members of one name are refused', () => {
  const { gateway, servers } = setUp();
  const members = [
    { servers: servers('a', { name: 'same' }), weight: 1 },
    { servers: servers('b', { name: 'same' }), weight: 1 },
  ];
  expect(() => gateway.addSplit(members)).toThrow(/LLMD602 .*"same"/);
});

test('a member that is neither admitted nor near is refused', () => {
  const { gateway, servers } = setUp();
  expect(() => gateway.addSplit([{ servers: servers('blue', { namespace: 'next' }), weight: 1 }])).toThrow(/LLMD606/);
});
