import { App, Chart, Duration, Testing } from 'cdk8s';
import { Cluster } from '../../lib/cluster/cluster';
import { GatewayProvider } from '../../lib/gateway/gateway-provider';
import { InferenceGateway } from '../../lib/gateway/inference-gateway';
import type { InferenceGatewayProps } from '../../lib/gateway/inference-gateway-props';
import type { ServersPlan } from '../../lib/values/plan';
import { FakeServers } from './fake-servers';

function setUp(props: InferenceGatewayProps = { provider: GatewayProvider.istio() }) {
  const chart = new Chart(new App(), 'chart', { namespace: 'llm' });
  const gateway = new InferenceGateway(chart, 'gateway', props);
  const servers = (id: string, overrides: Partial<ServersPlan> = {}) => new FakeServers(chart, id, overrides);
  return { chart, gateway, servers };
}

const STANDALONE: InferenceGatewayProps = {};

describe('addModel', () => {
  test('takes labels, ports and namespace of the pool from the servers', () => {
    const { gateway, servers } = setUp();
    const qwen = servers('qwen3', { targetPorts: [8000, 8001] });
    const { pool } = gateway.addModel(qwen);
    expect(pool?.toJson()).toMatchObject({
      kind: 'InferencePool',
      metadata: { name: 'qwen3', namespace: 'llm' },
      spec: {
        selector: { matchLabels: { 'llm-d.ai/model': 'qwen3', 'llm-d.ai/pool': 'qwen3' } },
        targetPorts: [{ number: 8000 }, { number: 8001 }],
        endpointPickerRef: { name: 'qwen3-epp', port: { number: 9002 }, failureMode: 'FailOpen' },
      },
    });
  });

  test('the route sends every request of the Gateway to the pool, without a time limit', () => {
    const { gateway, servers } = setUp();
    expect(gateway.addModel(servers('qwen3')).route?.toJson()).toEqual({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'qwen3', namespace: 'llm', labels: { 'app.kubernetes.io/name': 'qwen3', 'app.kubernetes.io/part-of': 'llm-d' } },
      spec: {
        parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gateway' }],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'qwen3' }],
            timeouts: { request: '0s' },
          },
        ],
      },
    });
  });

  test('host name, path, listener and limit reach the route and the endpoint', () => {
    const listeners = [{ port: 80 }, { name: 'alt', port: 8080 }];
    const { gateway, servers } = setUp({ provider: GatewayProvider.istio(), listeners });
    const match = { pathPrefix: '/qwen', hostname: '*.example.com', modelName: 'org/qwen3' };
    const route = gateway.addModel(servers('qwen3'), { match, listener: 'alt', requestTimeout: Duration.minutes(5), name: 'chat' });
    const { metadata, spec } = route.route?.toJson() ?? {};
    expect(metadata.name).toBe('chat');
    expect(spec.parentRefs[0].sectionName).toBe('alt');
    expect(spec.hostnames).toEqual(['*.example.com']);
    expect(spec.rules[0].matches).toEqual([
      {
        path: { type: 'PathPrefix', value: '/qwen' },
        headers: [{ type: 'Exact', name: 'X-Gateway-Base-Model-Name', value: 'org/qwen3' }],
      },
    ]);
    expect(spec.rules[0].filters).toHaveLength(1);
    expect(spec.rules[0].timeouts).toEqual({ request: '5m' });
    expect(route.endpoint).toBe('http://gateway-istio.llm.svc.cluster.local:8080/qwen');
  });

  test('an exact host name is the host of the endpoint, since no other is routed', () => {
    const { gateway, servers } = setUp();
    expect(gateway.addModel(servers('qwen3'), { match: { hostname: 'qwen.example.com' } }).endpoint).toBe('http://qwen.example.com');
  });

  test('router options, strategy and objectives reach the router', () => {
    const { gateway, servers } = setUp();
    const objectives = [{ name: 'interactive', priority: 10 }];
    const route = gateway.addModel(servers('qwen3'), { router: { failureMode: 'FailClose', objectives } });
    expect(route.pool?.toJson().spec.endpointPickerRef.failureMode).toBe('FailClose');
    expect(route.objectives.map((objective) => objective.toJson())).toMatchObject([
      { kind: 'InferenceObjective', metadata: { name: 'interactive' }, spec: { priority: 10, poolRef: { name: 'qwen3' } } },
    ]);
  });

  test('the child is named after the servers, its parts by fixed words', () => {
    const { gateway, servers } = setUp();
    const route = gateway.addModel(servers('qwen3'));
    expect(route.node.path).toBe('chart/gateway/qwen3');
    expect(route.node.children.map(({ node }) => node.id).sort()).toEqual(['Route', 'Router', 'RouterTls']);
    expect(gateway.routes).toEqual([route]);
  });

  test('the plan tells rules what is routed where', () => {
    const { gateway, servers } = setUp();
    gateway.addModel(servers('qwen3'));
    expect(gateway.plan).toMatchObject({ path: 'chart/gateway', provider: 'istio', standalone: false, name: 'gateway', namespace: 'llm' });
    expect(gateway.plan.routes).toEqual([
      {
        path: 'chart/gateway/qwen3',
        name: 'qwen3',
        namespace: 'llm',
        match: { hostname: undefined, pathPrefix: '/', headers: {} },
        listener: undefined,
        endpoint: 'http://gateway-istio.llm.svc.cluster.local',
        pools: [
          {
            path: 'chart/gateway/qwen3',
            servers: 'chart/qwen3',
            name: 'qwen3',
            namespace: 'llm',
            labels: { 'llm-d.ai/model': 'qwen3', 'llm-d.ai/pool': 'qwen3' },
            ports: [8000],
            modelName: 'org/qwen3',
            weight: 1,
          },
        ],
      },
    ]);
  });

  test('the pool comes before the router, which answers no probe without it, and so does what the pod mounts', () => {
    const { chart, gateway, servers } = setUp(STANDALONE);
    gateway.addModel(servers('qwen3'));
    const order = chart.toJson().map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    const router = order.indexOf('Deployment/qwen3-epp');
    for (const earlier of ['InferencePool/qwen3', 'ConfigMap/qwen3-epp', 'ConfigMap/qwen3-envoy', 'RoleBinding/qwen3-epp']) {
      expect(order).toContain(earlier);
      expect(order.indexOf(earlier)).toBeLessThan(router);
    }
  });

  test.each([[[]], [[1, 2, 3, 4, 5, 6, 7, 8, 9]], [[8000, 8000]]])('target ports %j are refused', (targetPorts) => {
    const { gateway, servers } = setUp();
    const text = targetPorts.join(', ');
    expect(() => gateway.addModel(servers('qwen3', { targetPorts }))).toThrow(
      `LLMD605 [chart/gateway/qwen3] the servers "qwen3" take requests on ports [${text}]`,
    );
  });

  test('the same servers twice are refused', () => {
    const { gateway, servers } = setUp();
    const qwen = servers('qwen3');
    gateway.addModel(qwen);
    expect(() => gateway.addModel(qwen, { name: 'other' })).toThrow(/LLMD601 \[chart\/gateway\] the servers "qwen3" are already routed/);
  });

  test('two routes of one name are refused, another name helps', () => {
    const { gateway, servers } = setUp();
    gateway.addModel(servers('a', { name: 'qwen3' }));
    const other = servers('b', { name: 'qwen3', namespace: 'llm' });
    expect(() => gateway.addModel(other)).toThrow(/LLMD602 .*already has a route named "qwen3"/);
    expect(gateway.addModel(other, { name: 'qwen3-b', match: { pathPrefix: '/b' } }).route?.name).toBe('qwen3-b');
  });

  test('a name that is taken by a part of the gateway is refused', () => {
    const { gateway, servers } = setUp();
    expect(() => gateway.addModel(servers('x'), { name: 'Gateway' })).toThrow(/LLMD602/);
  });

  test('a listener that does not exist is refused', () => {
    const { gateway, servers } = setUp();
    expect(() => gateway.addModel(servers('qwen3'), { listener: 'https' })).toThrow(
      'LLMD614 [chart/gateway/qwen3] route "qwen3" names listener "https", gateway "gateway" has default',
    );
  });

  test('a router that selects by labels cannot stand behind a Gateway, standalone it can', () => {
    const router = { mode: 'selector' } as const;
    const behind = setUp();
    expect(() => behind.gateway.addModel(behind.servers('qwen3'), { router })).toThrow(/LLMD616 .*the router of "qwen3"/);
    const alone = setUp(STANDALONE);
    expect(alone.gateway.addModel(alone.servers('qwen3'), { router }).pool).toBeUndefined();
  });
});

describe('several models', () => {
  test('behind one Gateway each has pool, router and route of its own', () => {
    const { chart, gateway, servers } = setUp();
    gateway.addModel(servers('a'), { match: { modelName: 'org/a' } });
    gateway.addModel(servers('b'), { match: { modelName: 'org/b' } });
    const objects = Testing.synth(chart) as { kind: string; metadata: { name: string } }[];
    const named = (kind: string) => objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);
    expect(named('Gateway')).toEqual(['gateway']);
    for (const kind of ['InferencePool', 'HTTPRoute']) {
      expect(named(kind).sort()).toEqual(['a', 'b']);
    }
    expect(named('DestinationRule').sort()).toEqual(['a-epp', 'b-epp']);
  });

  test('that take the same requests fail the synth', () => {
    const { chart, gateway, servers } = setUp();
    gateway.addModel(servers('a'));
    gateway.addModel(servers('b'));
    expect(gateway.findings.map(({ code }) => code)).toEqual(['LLMD609']);
    expect(() => Testing.synth(chart)).toThrow(/LLMD609 routes "a" and "b" of gateway "gateway" take the same requests/);
  });

  test('standalone each has an endpoint of its own and nothing clashes', () => {
    const { chart, gateway, servers } = setUp(STANDALONE);
    const endpoints = ['a', 'b'].map((id) => gateway.addModel(servers(id)).endpoint);
    expect(endpoints).toEqual(['http://a-epp.llm.svc.cluster.local', 'http://b-epp.llm.svc.cluster.local']);
    expect(() => Testing.synth(chart)).not.toThrow();
  });
});

describe('namespaces', () => {
  test('a Gateway does not admit routes of another namespace unless told', () => {
    const { gateway, servers } = setUp();
    expect(() => gateway.addModel(servers('qwen3', { namespace: 'team-a' }))).toThrow(
      'LLMD606 [chart/gateway] servers of namespace team-a cannot attach to gateway "gateway" of namespace llm',
    );
  });

  test.each([
    [{ allowedNamespaces: 'All' as const }, { from: 'All' }],
    [{ namespaceLabels: { team: 'a' } }, { from: 'Selector', selector: { matchLabels: { team: 'a' } } }],
  ])('%j admits it, and the route names the namespace of the Gateway', (props, namespaces) => {
    const { gateway, servers } = setUp({ provider: GatewayProvider.istio(), ...props });
    const { route, pool, sideObjects } = gateway.addModel(servers('qwen3', { namespace: 'team-a' }));
    expect(gateway.gateway?.toJson().spec.listeners[0].allowedRoutes).toEqual({ namespaces });
    expect(route?.toJson().spec.parentRefs[0]).toMatchObject({ name: 'gateway', namespace: 'llm' });
    expect([route, pool, ...sideObjects].map((object) => object?.metadata.namespace)).toEqual(['team-a', 'team-a', 'team-a']);
  });

  test('both ways of admission at once are refused', () => {
    const props = { provider: GatewayProvider.istio(), allowedNamespaces: 'All', namespaceLabels: { a: 'b' } } as const;
    expect(() => setUp(props)).toThrow(/LLMD106 \[chart\/gateway\] `allowedNamespaces` and `namespaceLabels`/);
  });

  test('standalone routers live beside their servers, wherever these are', () => {
    const { gateway, servers } = setUp(STANDALONE);
    expect(gateway.addModel(servers('qwen3', { namespace: 'team-a' })).endpoint).toBe('http://qwen3-epp.team-a.svc.cluster.local');
  });

  test('a certificate of another namespace gets its grant on request', () => {
    const listeners = [{ port: 443, protocol: 'HTTPS' as const, certificateRefs: [{ name: 'own' }, { name: 'cert', namespace: 'tls' }] }];
    const { gateway } = setUp({ provider: GatewayProvider.istio(), listeners, grantCertificates: true });
    expect(gateway.grants.map((grant) => grant.toJson())).toEqual([
      {
        apiVersion: 'gateway.networking.k8s.io/v1beta1',
        kind: 'ReferenceGrant',
        metadata: {
          name: 'gateway-certificates',
          namespace: 'tls',
          labels: { 'app.kubernetes.io/name': 'gateway', 'app.kubernetes.io/part-of': 'llm-d' },
        },
        spec: {
          from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'llm' }],
          to: [{ group: '', kind: 'Secret', name: 'cert' }],
        },
      },
    ]);
    expect(setUp({ provider: GatewayProvider.istio(), listeners }).gateway.grants).toEqual([]);
  });

  test('without a namespace the endpoint is the short name of the Service', () => {
    const chart = new Chart(new App(), 'chart');
    const gateway = new InferenceGateway(chart, 'gateway');
    expect(gateway.addModel(new FakeServers(chart, 'qwen3', { namespace: undefined })).endpoint).toBe('http://qwen3-epp');
  });

  test('servers without a namespace are in that of the chart', () => {
    const { gateway, servers } = setUp();
    const { route, sideObjects } = gateway.addModel(servers('qwen3', { namespace: undefined }));
    expect(route?.toJson().spec.parentRefs[0]).not.toHaveProperty('namespace');
    expect(sideObjects[0]?.toJson().spec.host).toBe('qwen3-epp.llm.svc.cluster.local');
  });

  test('the domain of the cluster is part of every name', () => {
    const chart = new Chart(new App(), 'chart', { namespace: 'llm' });
    Cluster.generic({ clusterDomain: 'corp.local' }).applyTo(chart);
    const gateway = new InferenceGateway(chart, 'gateway', { provider: GatewayProvider.istio() });
    const route = gateway.addModel(new FakeServers(chart, 'qwen3'));
    expect(route.endpoint).toBe('http://gateway-istio.llm.svc.corp.local');
    expect(route.sideObjects[0]?.toJson().spec.host).toBe('qwen3-epp.llm.svc.corp.local');
  });
});

describe('props', () => {
  test.each([
    ['name', 'given'],
    ['namespace', 'given'],
    ['listeners', []],
    ['grantCertificates', true],
    ['allowedNamespaces', 'All'],
    ['namespaceLabels', {}],
    ['labels', {}],
    ['annotations', {}],
    ['address', 'given'],
    ['existing', { name: 'given' }],
  ])('`%s` needs a Gateway', (prop, value) => {
    expect(() => setUp({ [prop]: value })).toThrow(
      `LLMD603 [chart/gateway] \`${prop}\` needs a Gateway, and gateway "gateway" is standalone`,
    );
  });

  test.each([
    ['match', {}],
    ['requestTimeout', {}],
    ['listener', 'https'],
  ])('option `%s` of a standalone model is refused', (option, value) => {
    const { gateway, servers } = setUp(STANDALONE);
    expect(() => gateway.addModel(servers('qwen3'), { [option]: value })).toThrow(`LLMD603 [chart/gateway] \`${option}\` needs a Gateway`);
  });

  test('name, labels and annotations reach the Gateway beside those of the provider', () => {
    const { gateway } = setUp({ provider: GatewayProvider.istio(), name: 'edge', labels: { a: 'b' }, annotations: { c: 'd' } });
    const { metadata } = gateway.gateway?.toJson() ?? {};
    expect(metadata).toMatchObject({
      name: 'edge',
      labels: { a: 'b', 'istio.io/enable-inference-extproc': 'true' },
      annotations: { c: 'd' },
    });
    expect(gateway.parameters?.name).toBe('edge-proxy');
  });

  test('an illegal label is refused', () => {
    expect(() => setUp({ provider: GatewayProvider.istio(), labels: { 'a b': 'c' } })).toThrow(/LLMD102 \[chart\/gateway\]/);
  });

  test('listeners are checked', () => {
    expect(() => setUp({ provider: GatewayProvider.istio(), listeners: [{ port: 443, protocol: 'HTTPS' }] })).toThrow(
      /LLMD611 \[chart\/gateway\]/,
    );
  });

  test('a TLS listener makes the endpoint HTTPS', () => {
    const listeners = [{ port: 8443, protocol: 'HTTPS' as const, certificateRefs: [{ name: 'c' }] }];
    const { gateway, servers } = setUp({ provider: GatewayProvider.istio(), listeners });
    expect(gateway.addModel(servers('qwen3')).endpoint).toBe('https://gateway-istio.llm.svc.cluster.local:8443');
  });
});

describe('an existing Gateway', () => {
  const existing = (chart: Chart, listeners = {}) =>
    InferenceGateway.fromExisting(chart, 'edge', {
      name: 'shared',
      namespace: 'infra',
      provider: GatewayProvider.istio({ accessLogging: true }),
      ...listeners,
    });

  test('gets routes, but is not written', () => {
    const { chart, servers } = setUp();
    const gateway = existing(chart);
    const route = gateway.addModel(servers('qwen3'));
    expect([gateway.gateway, gateway.parameters, gateway.policies]).toEqual([undefined, undefined, []]);
    expect(route.route?.toJson().spec.parentRefs).toEqual([
      { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'shared', namespace: 'infra' },
    ]);
    expect(route.sideObjects.map(({ kind }) => kind)).toEqual(['DestinationRule']);
    expect(route.endpoint).toBe('http://shared-istio.infra.svc.cluster.local');
  });

  test('its listeners are known only when they are told', () => {
    const { chart, servers } = setUp();
    expect(existing(chart).addModel(servers('a'), { listener: 'any' }).route?.toJson().spec.parentRefs[0].sectionName).toBe('any');
    const { chart: other, servers: more } = setUp();
    const gateway = existing(other, { listeners: [{ name: 'web', port: 8080 }] });
    expect(() => gateway.addModel(more('a'), { listener: 'any' })).toThrow(/LLMD614 .*gateway "shared" has web/);
    expect(gateway.addModel(more('b')).endpoint).toBe('http://shared-istio.infra.svc.cluster.local:8080');
  });

  test('cannot be changed', () => {
    const props = { provider: GatewayProvider.istio(), existing: { name: 'shared' }, allowedNamespaces: 'All' } as const;
    expect(() => setUp(props)).toThrow('LLMD608 [chart/gateway] `allowedNamespaces` cannot change the existing gateway "shared"');
  });

  test('is in the namespace of the chart unless told', () => {
    const { gateway, servers } = setUp({ provider: GatewayProvider.istio(), existing: { name: 'shared' } });
    expect(gateway.addModel(servers('qwen3')).route?.toJson().spec.parentRefs[0]).not.toHaveProperty('namespace');
  });
});
