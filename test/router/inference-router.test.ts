import { Chart, Testing } from 'cdk8s';
import { checkEndpointPickerConfig } from 'llm-d-epp-config';
import { BUNDLED_ROUTER } from '../../lib/router/bundled-tag';
import { RouterImage } from '../../lib/router/router-image';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { ImageRegistry } from '../../lib/values/image-registry';
import { type Any, codeOf, parsedFile, routerOf, serversPlan } from './fixtures';

const argumentAfter = (args: readonly string[], flag: string) => args[args.indexOf(flag) + 1];

describe('by default', () => {
  const { router, objects, all, one, pod, container, args } = routerOf();

  test('it emits these objects and no more', () => {
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
      'ConfigMap qwen-epp',
      'Deployment qwen-epp',
      'InferencePool qwen',
      'Role qwen-epp',
      'RoleBinding qwen-epp',
      'Service qwen-epp',
      'ServiceAccount qwen-epp',
    ]);
  });

  test('everything is in the namespace of the servers', () => {
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['llm']));
  });

  test('the command line is upstream’s, in its order', () => {
    expect(args).toEqual([
      ...['--pool-name', 'qwen', '--pool-namespace', 'llm', '--pool-group', 'inference.networking.k8s.io'],
      ...['--zap-encoder', 'json', '--config-file', '/config/endpoint-picker-config.yaml', '--grpc-health-port', '9003'],
      ...['--v=2', '--tracing=false', '--metrics-endpoint-auth=false'],
    ]);
  });

  test('the router finds its configuration where the flag says', () => {
    const [mount] = container.volumeMounts;
    const volume = pod.spec.volumes.find(({ name }: Any) => name === mount.name);
    expect(mount).toEqual({ name: 'plugins-config-volume', mountPath: '/config', readOnly: true });
    expect(`${mount.mountPath}/${Object.keys(one('ConfigMap').data)[0]}`).toBe(argumentAfter(args, '--config-file'));
    expect(volume.configMap.name).toBe(one('ConfigMap').metadata.name);
  });

  test('the configuration is one that the router accepts', () => {
    const config = parsedFile(one('ConfigMap'));
    expect(config).toMatchObject({ apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig' });
    expect(checkEndpointPickerConfig(config, { version: 'v0.10.0' }).issues).toEqual([]);
    expect(config).toEqual(router.plan.config);
  });

  test('ports have upstream’s names and numbers', () => {
    expect(container.ports).toEqual([
      { name: 'grpc', containerPort: 9002 },
      { name: 'grpc-health', containerPort: 9003 },
      { name: 'metrics', containerPort: 9090 },
    ]);
    expect(one('Service').spec.ports).toEqual([
      { name: 'grpc-ext-proc', protocol: 'TCP', port: 9002, appProtocol: 'kubernetes.io/h2c' },
      { name: 'http-metrics', protocol: 'TCP', port: 9090 },
    ]);
  });

  test('the Service, the Deployment and the pods agree', () => {
    const selector = { 'llm-d-router-gateway': 'qwen-epp' };
    expect(one('Service').spec.selector).toEqual(selector);
    expect(one('Deployment').spec.selector.matchLabels).toEqual(selector);
    expect(pod.metadata.labels).toEqual({
      ...selector,
      'llm-d.ai/igw-mode': 'llm-d-router-gateway',
      'app.kubernetes.io/name': 'qwen-epp',
    });
  });

  test('the pool selects the servers and names this router', () => {
    expect(one('InferencePool').spec).toEqual({
      selector: { matchLabels: { 'llm-d.ai/guide': 'qwen' } },
      targetPorts: [{ number: 8000 }],
      appProtocol: 'http',
      endpointPickerRef: { name: 'qwen-epp', port: { number: 9002 }, failureMode: 'FailOpen' },
    });
    expect(router.endpointPickerRef).toEqual({ name: 'qwen-epp', port: 9002 });
  });

  test('probes ask the health service', () => {
    const grpc = { port: 9003, service: 'inference-extension' };
    expect(container.readinessProbe).toEqual({ grpc, periodSeconds: 2 });
    expect(container.livenessProbe).toEqual({ grpc, initialDelaySeconds: 5, periodSeconds: 10 });
    expect(container.startupProbe).toEqual({ grpc, periodSeconds: 2, failureThreshold: 150 });
  });

  test('one replica is replaced without a gap', () => {
    expect(one('Deployment').spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
  });

  test('it has the guides’ resources and upstream’s grace', () => {
    expect(container.resources).toEqual({ requests: { cpu: '4', memory: '8Gi' }, limits: { memory: '16Gi' } });
    expect(pod.spec.terminationGracePeriodSeconds).toBe(130);
  });

  test('it is restricted, and has a token of its own account', () => {
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.spec.securityContext).toEqual({ seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod.spec).toMatchObject({ serviceAccountName: 'qwen-epp', automountServiceAccountToken: true });
    expect(one('ServiceAccount').automountServiceAccountToken).toBe(false);
  });

  test('it may read pods, pools and what refers to pools, and nothing else', () => {
    const rules = one('Role').rules.flatMap(({ apiGroups, resources, verbs }: Any) =>
      apiGroups.flatMap((group: string) => resources.map((resource: string) => `${group}/${resource} ${[...verbs].sort().join(',')}`)),
    );
    expect(rules.sort()).toEqual([
      '/pods get,list,watch',
      'inference.networking.k8s.io/inferencepools get,list,watch',
      'inference.networking.x-k8s.io/inferencemodelrewrites get,list,watch',
      'inference.networking.x-k8s.io/inferenceobjectives get,list,watch',
      'llm-d.ai/inferencemodelrewrites get,list,watch',
      'llm-d.ai/inferenceobjectives get,list,watch',
    ]);
    expect(all('ClusterRole')).toEqual([]);
    expect(one('RoleBinding').subjects).toEqual([{ kind: 'ServiceAccount', name: 'qwen-epp', namespace: 'llm', apiGroup: '' }]);
  });

  test('its environment says who it is', () => {
    expect(container.env).toEqual([
      { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ]);
  });

  test('the image of this project is used, and its missing registry is told', () => {
    expect(container).toMatchObject({ image: `llm-d-epp:${BUNDLED_ROUTER.tag}`, imagePullPolicy: 'IfNotPresent' });
    expect(router.findings.map(({ code, path, severity }) => [code, path, severity])).toEqual([['LLMD543', 'Chart/Router', 'warning']]);
  });
});

test('a registry on the chart silences the warning', () => {
  const chart = new Chart(Testing.app(), 'Chart');
  ImageRegistry.applyTo(chart, 'registry.example.com/llm');
  const { router, container } = routerOf({}, chart);
  expect(container.image).toBe(`registry.example.com/llm/llm-d-epp:${BUNDLED_ROUTER.tag}`);
  expect(router.findings).toEqual([]);
});

test('an image that floats is pulled at each start, and told', () => {
  const { router, container } = routerOf({ image: RouterImage.of('ghcr.io/acme/epp') });
  expect(container.imagePullPolicy).toBe('Always');
  expect(router.findings.map(({ code }) => code)).toEqual(['LLMD544']);
});

test('the grace is that of the servers when they take longer', () => {
  const { pod } = routerOf({ servers: serversPlan({ terminationGraceSeconds: 600 }) });
  expect(pod.spec.terminationGracePeriodSeconds).toBe(600);
});

test('without a namespace the kubelet writes that of the pod', () => {
  const { args, one } = routerOf({ servers: serversPlan({ namespace: undefined }) });
  expect(argumentAfter(args, '--pool-namespace')).toBe('$(NAMESPACE)');
  expect(one('Deployment').metadata).not.toHaveProperty('namespace');
});

test('the namespace of the chart holds where the servers name none', () => {
  const chart = new Chart(Testing.app(), 'Chart', { namespace: 'of-chart' });
  const { args } = routerOf({ servers: serversPlan({ namespace: undefined }) }, chart);
  expect(argumentAfter(args, '--pool-namespace')).toBe('of-chart');
});

test('every target port of the servers is one of the pool', () => {
  const targetPorts = [8000, 8001, 8002];
  const { one } = routerOf({ servers: serversPlan({ targetPorts }) });
  expect(one('InferencePool').spec.targetPorts).toEqual(targetPorts.map((number) => ({ number })));
});

test('a changed configuration rolls the pods, an equal one does not', () => {
  const hash = (strategy?: RoutingStrategy) => routerOf({ strategy }).pod.metadata.annotations['checksum/router-config'];
  expect(hash()).toMatch(/^[0-9a-f]{32}$/);
  expect(hash(RoutingStrategy.prefixAware())).toBe(hash());
  expect(hash(RoutingStrategy.loadAware())).not.toBe(hash());
});

describe('two replicas', () => {
  const { router, one, all, pod, container, args } = routerOf({ replicas: 2 });

  test('elect a leader, whom alone the readiness probe finds', () => {
    expect(args).toContain('--ha-enable-leader-election');
    expect(container.readinessProbe.grpc).toEqual({ port: 9003, service: 'readiness' });
    expect(container.livenessProbe.grpc).toEqual({ port: 9003, service: 'liveness' });
    expect(router.plan.leaderElection).toBe(true);
  });

  test('may hold a lease and tell of it', () => {
    expect(one('Role').rules).toContainEqual({
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      verbs: ['get', 'create', 'update', 'patch'],
    });
    expect(one('Role').rules).toContainEqual({ apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] });
  });

  test('a rollout does not wait for a second pod to be Ready, which an election never lets happen', () => {
    expect(one('Deployment').spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: '100%' });
  });

  test('have no disruption budget, which would block every drain', () => {
    expect(all('PodDisruptionBudget')).toEqual([]);
    expect(codeOf(() => routerOf({ replicas: 2, disruptionBudget: true }))).toBe('LLMD546');
  });

  test('stand on two nodes where possible', () => {
    expect(pod.spec.topologySpreadConstraints).toEqual([
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { 'llm-d-router-gateway': 'qwen-epp' } },
      },
    ]);
  });

  test('are no reason for a warning', () => {
    expect(router.findings.map(({ code }) => code)).not.toContain('LLMD545');
  });
});

describe('two replicas without an election', () => {
  const { router, one, container, args } = routerOf({ replicas: 2, leaderElection: false });

  test('all act', () => {
    expect(args.filter((arg) => arg.includes('leader-election'))).toEqual([]);
    expect(container.readinessProbe.grpc.service).toBe('inference-extension');
    expect(JSON.stringify(one('Role').rules)).not.toContain('leases');
  });

  test('are replaced and drained one by one', () => {
    expect(one('Deployment').spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(one('PodDisruptionBudget').spec).toEqual({
      selector: { matchLabels: { 'llm-d-router-gateway': 'qwen-epp' } },
      maxUnavailable: 1,
    });
    expect(routerOf({ replicas: 2, leaderElection: false, disruptionBudget: false }).all('PodDisruptionBudget')).toEqual([]);
  });

  test('are a reason for a warning when the strategy learns', () => {
    expect(router.findings.map(({ code }) => code)).toContain('LLMD545');
    const loadAware = routerOf({ replicas: 2, leaderElection: false, strategy: RoutingStrategy.loadAware() });
    expect(loadAware.router.findings.map(({ code }) => code)).not.toContain('LLMD545');
  });
});

test('one replica cannot have a disruption budget', () => {
  expect(codeOf(() => routerOf({ disruptionBudget: true }))).toBe('LLMD546');
});

test.each([0, -1, 1.5])('%p replicas are refused', (replicas) => {
  expect(codeOf(() => routerOf({ replicas }))).toBe('LLMD104');
});
