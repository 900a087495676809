import { App, Chart, Duration, JsonPatch } from 'cdk8s';
import { parse } from 'yaml';
import { GatewayProvider } from '../../lib/gateway/gateway-provider';
import { InferenceGateway } from '../../lib/gateway/inference-gateway';
import type { InferenceGatewayProps } from '../../lib/gateway/inference-gateway-props';
import type { ModelRouteOptions } from '../../lib/gateway/model-route-options';
import { FakeServers } from './fake-servers';

function deploy(provider: GatewayProvider, props: InferenceGatewayProps = {}, options: ModelRouteOptions = {}) {
  const chart = new Chart(new App(), 'chart', { namespace: 'llm' });
  const gateway = new InferenceGateway(chart, 'gateway', { ...props, provider });
  const route = gateway.addModel(new FakeServers(chart, 'qwen3', { targetPorts: [8000, 8001] }), options);
  return { chart, gateway, route };
}

function kindsBeside(chart: Chart, ...ignored: readonly string[]): string[] {
  const router = ['Deployment', 'Service', 'ServiceAccount', 'Role', 'RoleBinding', 'InferencePool', 'PodDisruptionBudget'];
  const objects = chart
    .toJson()
    .filter(({ kind, metadata }) => ![...router, ...ignored].includes(kind) && !/-(epp|envoy)/.test(metadata.name));
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
}

describe('standalone Envoy', () => {
  test('writes no object of the Gateway API', () => {
    const { chart, gateway, route } = deploy(GatewayProvider.standaloneEnvoy());
    expect(kindsBeside(chart)).toEqual([]);
    expect(gateway.gateway).toBeUndefined();
    expect(route.route).toBeUndefined();
    expect(route.sideObjects).toEqual([]);
  });

  test('is the default, and its endpoint is the Service of the router', () => {
    const chart = new Chart(new App(), 'chart', { namespace: 'llm' });
    const gateway = new InferenceGateway(chart, 'gateway');
    expect(gateway.provider.standalone).toBe(true);
    expect(gateway.addModel(new FakeServers(chart, 'qwen3')).endpoint).toBe('http://qwen3-epp.llm.svc.cluster.local');
  });

  test('puts Envoy beside the router, a Gateway does not', () => {
    expect(deploy(GatewayProvider.standaloneEnvoy()).route.router.envoy).toBeDefined();
    expect(deploy(GatewayProvider.istio()).route.router.envoy).toBeUndefined();
  });
});

describe('Istio', () => {
  test('writes Gateway, proxy settings, route and the rule that lets the proxy trust the router', () => {
    const { chart, route } = deploy(GatewayProvider.istio());
    expect(kindsBeside(chart, 'DestinationRule')).toEqual(['ConfigMap/gateway-proxy', 'Gateway/gateway', 'HTTPRoute/qwen3']);
    expect(route.sideObjects.map(({ kind, name }) => `${kind}/${name}`)).toEqual(['DestinationRule/qwen3-epp']);
    expect(route.sideObjects[0]?.toJson()).toMatchObject({
      apiVersion: 'networking.istio.io/v1beta1',
      metadata: { namespace: 'llm' },
      spec: {
        host: 'qwen3-epp.llm.svc.cluster.local',
        trafficPolicy: { tls: { mode: 'SIMPLE', insecureSkipVerify: true } },
      },
    });
  });

  test('the Gateway has the label by which istiod asks the router, and points to the settings', () => {
    const json = deploy(GatewayProvider.istio()).gateway.gateway?.toJson();
    expect(json.metadata.labels).toMatchObject({ 'istio.io/enable-inference-extproc': 'true' });
    expect(json.spec).toEqual({
      gatewayClassName: 'istio',
      infrastructure: { parametersRef: { group: '', kind: 'ConfigMap', name: 'gateway-proxy' } },
      listeners: [{ name: 'default', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'Same' } } }],
    });
  });

  test('the settings hold log level, resources and the type of the Service', () => {
    const resources = { requests: { cpu: '1' } };
    const { gateway } = deploy(GatewayProvider.istio({ exposure: 'external', logLevel: 'debug', resources }));
    const data = gateway.parameters?.toJson().data;
    const [container] = parse(data.deployment).spec.template.spec.containers;
    expect(parse(data.service)).toEqual({ spec: { type: 'LoadBalancer' } });
    expect(container.name).toBe('istio-proxy');
    expect(container.resources).toEqual(resources);
    expect(container.args).toEqual(
      expect.arrayContaining(['$(POD_NAMESPACE).svc.cluster.local', '--proxyLogLevel', 'debug', 'misc:debug']),
    );
  });

  test('is reachable in the cluster only unless asked otherwise', () => {
    const data = deploy(GatewayProvider.istio()).gateway.parameters?.toJson().data;
    expect(parse(data.service)).toEqual({ spec: { type: 'ClusterIP' } });
  });

  test('access logging is a Telemetry that points to the Gateway', () => {
    const { gateway } = deploy(GatewayProvider.istio({ accessLogging: true }));
    expect(gateway.policies.map((policy) => policy.toJson())).toMatchObject([
      {
        kind: 'Telemetry',
        spec: { targetRefs: [{ kind: 'Gateway', name: 'gateway' }], accessLogging: [{ providers: [{ name: 'envoy' }] }] },
      },
    ]);
    expect(deploy(GatewayProvider.istio()).gateway.policies).toEqual([]);
  });

  test('the endpoint is the Service that istiod names after Gateway and class', () => {
    expect(deploy(GatewayProvider.istio()).route.endpoint).toBe('http://gateway-istio.llm.svc.cluster.local');
    const other = deploy(GatewayProvider.istio({ gatewayClassName: 'istio-2' }));
    expect(other.gateway.gateway?.toJson().spec.gatewayClassName).toBe('istio-2');
    expect(other.route.endpoint).toBe('http://gateway-istio-2.llm.svc.cluster.local');
  });

  test('a router without TLS needs no rule', () => {
    expect(deploy(GatewayProvider.istio(), {}, { router: { secureServing: false } }).route.sideObjects).toEqual([]);
  });
});

describe.each([
  ['agentgateway', GatewayProvider.agentgateway],
  ['kgateway', GatewayProvider.kgateway],
] as const)('%s', (name, provider) => {
  test('writes Gateway, proxy settings and route', () => {
    const { chart, gateway, route } = deploy(provider());
    expect(kindsBeside(chart)).toEqual(['AgentgatewayParameters/gateway-proxy', 'Gateway/gateway', 'HTTPRoute/qwen3']);
    expect(gateway.plan.provider).toBe(name);
    expect(gateway.gateway?.toJson().spec).toMatchObject({
      gatewayClassName: 'agentgateway',
      infrastructure: { parametersRef: { group: 'agentgateway.dev', kind: 'AgentgatewayParameters', name: 'gateway-proxy' } },
    });
    expect(route.endpoint).toBe('http://gateway.llm.svc.cluster.local');
  });

  test('the settings hold log level, resources and the type of the Service', () => {
    const spec = deploy(provider({ exposure: 'external' })).gateway.parameters?.toJson().spec;
    expect(spec).toEqual({
      logging: { level: 'warn' },
      resources: { requests: { cpu: '2', memory: '4Gi' }, limits: { cpu: '8', memory: '16Gi' } },
      service: { spec: { type: 'LoadBalancer' } },
    });
  });

  test('an arbitrary user id replaces the security context of the proxy', () => {
    const spec = deploy(provider({ arbitraryUserId: true })).gateway.parameters?.toJson().spec;
    const [container] = spec.deployment.spec.template.spec.containers;
    expect(container.name).toBe('agentgateway');
    expect(container.securityContext).toMatchObject({ $patch: 'replace', runAsNonRoot: true, capabilities: { drop: ['ALL'] } });
    expect(container.securityContext).not.toHaveProperty('runAsUser');
  });
});

describe('GKE', () => {
  test.each([
    ['internal', 'gke-l7-rilb'],
    ['external', 'gke-l7-regional-external-managed'],
  ] as const)('%s is the class %s', (exposure, gatewayClassName) => {
    expect(deploy(GatewayProvider.gke({ exposure })).gateway.gateway?.toJson().spec.gatewayClassName).toBe(gatewayClassName);
  });

  test('writes a health check and a backend policy for the pool', () => {
    const { chart, route } = deploy(GatewayProvider.gke());
    expect(kindsBeside(chart)).toEqual(['GCPBackendPolicy/qwen3', 'Gateway/gateway', 'HTTPRoute/qwen3', 'HealthCheckPolicy/qwen3']);
    const targetRef = { group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'qwen3' };
    const [health, backend] = route.sideObjects.map((object) => object.toJson());
    expect(health.spec).toEqual({
      targetRef,
      default: {
        timeoutSec: 2,
        checkIntervalSec: 2,
        config: { type: 'HTTP', httpHealthCheck: { requestPath: '/health', portSpecification: 'USE_FIXED_PORT', port: 8000 } },
      },
    });
    expect(backend.spec).toEqual({ targetRef, default: { timeoutSec: 86_400, logging: { enabled: true } } });
  });

  test('the route has no timeouts, which GKE refuses; the limit goes into the backend policy', () => {
    const { route } = deploy(GatewayProvider.gke({ accessLogging: false }), {}, { requestTimeout: Duration.minutes(10) });
    expect(route.route?.toJson().spec.rules[0]).not.toHaveProperty('timeouts');
    expect(route.sideObjects[1]?.toJson().spec.default).toEqual({ timeoutSec: 600, logging: { enabled: false } });
  });

  test.each([Duration.millis(500), Duration.seconds(2 ** 31)])('a limit of %s cannot be written', (requestTimeout) => {
    expect(() => deploy(GatewayProvider.gke(), {}, { requestTimeout })).toThrow(/LLMD104 .*`requestTimeout`/);
  });

  test('the address is not known at synth unless it is given', () => {
    const { route } = deploy(GatewayProvider.gke());
    expect(route.plan.endpoint).toBeUndefined();
    expect(() => route.endpoint).toThrow('LLMD607 the address of gateway "gateway" (gke) is only known after its deployment');
    expect(route.endpointAt('10.0.0.8')).toBe('http://10.0.0.8');
    expect(route.endpointAt('fd00::8')).toBe('http://[fd00::8]');
    expect(route.endpointAt('[fd00::8]')).toBe('http://[fd00::8]');
    expect(deploy(GatewayProvider.gke(), { address: '10.0.0.7' }).route.endpoint).toBe('http://10.0.0.7');
    expect(deploy(GatewayProvider.gke(), {}, { match: { hostname: 'a.com' } }).route.endpoint).toBe('http://a.com');
  });
});

describe('Envoy AI Gateway', () => {
  test('writes a Service of a known name and a buffer for long prompts', () => {
    const { chart, gateway, route } = deploy(GatewayProvider.envoyAiGateway());
    expect(kindsBeside(chart)).toEqual(['ClientTrafficPolicy/gateway', 'EnvoyProxy/gateway-proxy', 'Gateway/gateway', 'HTTPRoute/qwen3']);
    expect(gateway.parameters?.toJson().spec.provider.kubernetes.envoyService).toEqual({ type: 'ClusterIP', name: 'llm-gateway' });
    expect(gateway.policies[0]?.toJson().spec).toEqual({
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gateway' }],
      connection: { bufferLimit: '50Mi' },
    });
    expect(route.endpoint).toBe('http://llm-gateway.envoy-gateway-system.svc.cluster.local');
  });

  test('the class of the cluster is written on request only', () => {
    const { gateway } = deploy(GatewayProvider.envoyAiGateway({ createClass: true, bufferLimit: '1Gi' }));
    const [gatewayClass, buffer] = gateway.policies.map((policy) => policy.toJson());
    expect(gatewayClass).toMatchObject({
      kind: 'GatewayClass',
      metadata: { name: 'envoy-ai-gateway' },
      spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
    });
    expect(buffer.spec.connection.bufferLimit).toBe('1Gi');
  });

  test('a buffer limit that is no quantity is refused', () => {
    expect(() => GatewayProvider.envoyAiGateway({ bufferLimit: '50 MB' })).toThrow(/LLMD103 "50 MB"/);
  });
});

describe('OpenShift', () => {
  test('serves HTTPS with the certificate of the service CA, through the Gateway class of OpenShift AI', () => {
    const { chart, gateway, route } = deploy(GatewayProvider.openShift());
    expect(kindsBeside(chart, 'DestinationRule')).toEqual(['ConfigMap/gateway-proxy', 'Gateway/gateway', 'HTTPRoute/qwen3']);
    const json = gateway.gateway?.toJson();
    expect(json.metadata.labels).toMatchObject({
      'istio.io/rev': 'openshift-gateway',
      'platform.opendatahub.io/part-of': 'gatewayconfig',
    });
    expect(json.metadata.annotations).toEqual({ 'security.opendatahub.io/enable-auth': 'false' });
    expect(json.spec.gatewayClassName).toBe('data-science-gateway-class');
    expect(json.spec.listeners[0]).toMatchObject({
      port: 443,
      protocol: 'HTTPS',
      tls: { mode: 'Terminate', certificateRefs: [{ name: 'gateway-tls' }] },
    });
    expect(parse(gateway.parameters?.toJson().data.service)).toEqual({
      metadata: { annotations: { 'service.beta.openshift.io/serving-cert-secret-name': 'gateway-tls' } },
      spec: { type: 'ClusterIP' },
    });
    expect(route.sideObjects.map(({ kind }) => kind)).toEqual(['DestinationRule']);
    expect(route.endpoint).toBe('https://gateway-data-science-gateway-class.llm.svc.cluster.local');
  });

  test('authentication can be switched on', () => {
    const json = deploy(GatewayProvider.openShift({ authentication: true })).gateway.gateway?.toJson();
    expect(json.metadata.annotations).toEqual({ 'security.opendatahub.io/enable-auth': 'true' });
  });

  test('a name whose Service would exceed 63 characters is refused', () => {
    const name = 'g'.repeat(37);
    expect(() => deploy(GatewayProvider.openShift(), { name })).toThrow(/LLMD101 .*at most 36 characters/);
    expect(() => deploy(GatewayProvider.istio(), { name })).not.toThrow();
  });
});

describe('custom', () => {
  test('writes what it is told', () => {
    const parametersRef = { group: 'gateway.nginx.org', kind: 'NginxProxy', name: 'p' };
    const provider = GatewayProvider.custom({
      name: 'nginx',
      gatewayClassName: 'nginx',
      labels: { a: 'b' },
      annotations: { c: 'd' },
      parametersRef,
      routeTimeouts: false,
      serviceSuffix: '-nginx',
      serviceNamespace: 'ingress',
    });
    const { chart, gateway, route } = deploy(provider);
    expect(kindsBeside(chart)).toEqual(['Gateway/gateway', 'HTTPRoute/qwen3']);
    expect(gateway.gateway?.toJson()).toMatchObject({
      metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
      spec: { gatewayClassName: 'nginx', infrastructure: { parametersRef } },
    });
    expect(route.route?.toJson().spec.rules[0]).not.toHaveProperty('timeouts');
    expect(route.endpoint).toBe('http://gateway-nginx.ingress.svc.cluster.local');
  });

  test('an Istio under another class gets its rule, an unknown Service has no endpoint', () => {
    const { route } = deploy(GatewayProvider.custom({ name: 'mesh', gatewayClassName: 'mesh', istio: true }));
    expect(route.sideObjects.map(({ kind }) => kind)).toEqual(['DestinationRule']);
    expect(() => route.endpoint).toThrow(/LLMD607 .*\(mesh\)/);
  });
});

const ALL = [
  GatewayProvider.istio({ accessLogging: true }),
  GatewayProvider.agentgateway(),
  GatewayProvider.kgateway(),
  GatewayProvider.gke(),
  GatewayProvider.envoyAiGateway({ createClass: true }),
  GatewayProvider.openShift(),
];

describe.each(ALL.map((provider) => [provider.name, provider] as const))('%s', (_, provider) => {
  test('streams are not cut by default', () => {
    const [rule] = deploy(provider).route.route?.toJson().spec.rules ?? [];
    expect(rule.timeouts).toEqual(provider.traits?.routeTimeouts ? { request: '0s' } : undefined);
  });

  test('every object that is made can be patched', () => {
    const { gateway, route } = deploy(provider);
    const objects = [gateway.gateway!, route.route!, route.pool!, ...gateway.policies, ...route.sideObjects];
    expect(objects.length).toBeGreaterThanOrEqual(3);
    for (const object of objects) {
      object.addJsonPatch(JsonPatch.add('/metadata/annotations', { patched: 'yes' }));
      expect(object.toJson().metadata.annotations).toEqual({ patched: 'yes' });
    }
  });

  test('settings come before the Gateway, the Gateway and the router before the route', () => {
    const { chart, gateway, route } = deploy(provider);
    const order = chart.toJson().map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    const at = (kind: string, name: string) => {
      expect(order).toContain(`${kind}/${name}`);
      return order.indexOf(`${kind}/${name}`);
    };
    const last = at('HTTPRoute', 'qwen3');
    expect(at('Gateway', 'gateway')).toBeLessThan(last);
    expect(at('InferencePool', 'qwen3')).toBeLessThan(last);
    expect(at('Deployment', 'qwen3-epp')).toBeLessThan(last);
    for (const { kind, name } of route.sideObjects) {
      expect(at(kind, name)).toBeLessThan(last);
    }
    if (gateway.parameters !== undefined) {
      expect(at(gateway.parameters.kind, gateway.parameters.name)).toBeLessThan(at('Gateway', 'gateway'));
    }
  });
});

test('a provider cannot be changed', () => {
  const provider = GatewayProvider.istio();
  expect(() => Object.assign(provider, { name: 'x' })).toThrow(TypeError);
  expect(() => Object.assign(provider.traits!, { routeTimeouts: false })).toThrow(TypeError);
});
