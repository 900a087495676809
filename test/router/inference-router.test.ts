import { ApiObject, Chart, Duration, JsonPatch, Testing } from 'cdk8s';
import { checkEndpointPickerConfig } from 'llm-d-epp-config';
import { RouterImage } from '../../lib/router/router-image';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { ImageRegistry } from '../../lib/values/image-registry';
import { Release } from '../../lib/values/release';
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
      seccompProfile: { type: 'RuntimeDefault' },
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
    expect(container).toMatchObject({ image: 'llm-d-epp:0.1.0', imagePullPolicy: 'IfNotPresent' });
    expect(router.findings.map(({ code, path, severity }) => [code, path, severity])).toEqual([['LLMD543', 'Chart/Router', 'warning']]);
  });
});

test('a registry on the chart silences the warning', () => {
  const chart = new Chart(Testing.app(), 'Chart');
  ImageRegistry.applyTo(chart, 'registry.example.com/llm');
  const { router, container } = routerOf({}, chart);
  expect(container.image).toBe('registry.example.com/llm/llm-d-epp:0.1.0');
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

describe('monitoring', () => {
  test('adds a ServiceMonitor that finds the Service', () => {
    const { one, objects } = routerOf({ monitoring: true, scrapeInterval: Duration.seconds(30), monitorLabels: { release: 'prom' } });
    const monitor = one('ServiceMonitor', 'qwen-epp-monitor');
    expect(monitor.spec.endpoints).toEqual([{ port: 'http-metrics', path: '/metrics', interval: '30s' }]);
    expect(one('Service').spec.ports.map(({ name }: Any) => name)).toContain('http-metrics');
    expect(one('Service').metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
    expect(monitor.metadata.labels).toMatchObject({ release: 'prom' });
    expect(objects).toHaveLength(8);
  });

  test('scrapes every ten seconds by default', () => {
    expect(routerOf({ monitoring: true }).one('ServiceMonitor').spec.endpoints[0].interval).toBe('10s');
  });

  test('with metricsAuth Prometheus sends the token of an account that may read metrics and nothing else', () => {
    const { one, args } = routerOf({ monitoring: true, metricsAuth: true });
    expect(args).not.toContain('--metrics-endpoint-auth=false');
    const { credentials } = one('ServiceMonitor').spec.endpoints[0].authorization;
    const secret = one('Secret', credentials.name);
    expect(secret.type).toBe('kubernetes.io/service-account-token');
    const account = secret.metadata.annotations['kubernetes.io/service-account.name'];
    const binding = one('ClusterRoleBinding', 'qwen-epp-metrics-llm');
    expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: account, namespace: 'llm', apiGroup: '' }]);
    expect(one('ClusterRole', binding.roleRef.name).rules).toEqual([{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]);
  });

  test('with metricsAuth the router may ask who a scraper is', () => {
    const { one, all } = routerOf({ metricsAuth: true });
    const rules = one('ClusterRole', 'qwen-epp-llm').rules;
    const resources = rules.flatMap((rule: Any) => rule.resources);
    expect([...resources].sort()).toEqual(['subjectaccessreviews', 'tokenreviews']);
    expect(rules.flatMap((rule: Any) => rule.verbs)).toEqual(rules.map(() => 'create'));
    expect(one('ClusterRoleBinding', 'qwen-epp-llm').subjects[0]).toMatchObject({ name: 'qwen-epp', namespace: 'llm' });
    expect(all('ServiceMonitor')).toEqual([]);
  });

  test('metricsAuth needs a namespace', () => {
    const servers = serversPlan({ namespace: undefined });
    expect(codeOf(() => routerOf({ servers, metricsAuth: true }))).toBe('LLMD547');
  });
});

describe('objectives', () => {
  test('become objects of this pool', () => {
    const { all, router } = routerOf({
      objectives: [
        { name: 'premium', priority: 100 },
        { name: 'best-effort', priority: -10 },
      ],
    });
    expect(all('InferenceObjective').map(({ metadata, spec }) => [metadata.name, spec.priority, spec.poolRef])).toEqual([
      ['premium', 100, { group: 'inference.networking.k8s.io', name: 'qwen' }],
      ['best-effort', -10, { group: 'inference.networking.k8s.io', name: 'qwen' }],
    ]);
    expect(router.plan.objectives.map(({ name }) => name)).toEqual(['premium', 'best-effort']);
  });

  test('of one name are refused', () => {
    const objective = { name: 'a', priority: 1 };
    expect(codeOf(() => routerOf({ objectives: [objective, objective] }))).toBe('LLMD553');
  });

  test('need a priority of 32 bits and a name of DNS', () => {
    expect(codeOf(() => routerOf({ objectives: [{ name: 'a', priority: 2 ** 31 }] }))).toBe('LLMD104');
    expect(codeOf(() => routerOf({ objectives: [{ name: 'A b', priority: 1 }] }))).toBe('LLMD101');
  });
});

describe('mode selector', () => {
  const props = { mode: 'selector', servers: serversPlan({ targetPorts: [8000, 8001], poolLabels: { a: '1', b: '2' } }) } as const;

  test('finds pods by their labels and needs no custom resource', () => {
    const { args, all, one, router } = routerOf(props);
    expect(args.slice(0, 4)).toEqual(['--endpoint-selector', 'a=1,b=2', '--endpoint-target-ports', '8000,8001']);
    expect(args).not.toContain('--pool-name');
    expect(all('InferencePool')).toEqual([]);
    expect(router.pool).toBeUndefined();
    expect(one('Role').rules).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }]);
    expect(one('Service').spec.selector).toEqual({ 'llm-d-router-standalone': 'qwen-epp' });
  });

  test('has no objectives', () => {
    expect(codeOf(() => routerOf({ ...props, objectives: [{ name: 'a', priority: 1 }] }))).toBe('LLMD554');
  });
});

describe('the upstream image', () => {
  test('is configured for its own version', () => {
    const { container, one, router } = routerOf({ image: RouterImage.upstream() });
    const { repository, version } = Release.LATEST.row.upstreamRouter;
    expect(container.image).toBe(`${repository}:${version}`);
    expect(router.plan.image.schemaVersion).toBe('v0.9.0');
    expect(router.findings).toEqual([]);
    expect(checkEndpointPickerConfig(parsedFile(one('ConfigMap')), { version: 'v0.9.0' }).issues).toEqual([]);
  });

  test('does not get flags that it does not know', () => {
    const strategy = RoutingStrategy.sessionAffinity();
    expect(strategy.experimental).toBe(true);
    expect(routerOf({ strategy, image: RouterImage.upstream('v0.9.0') }).args).not.toContain('--allow-experimental-plugins=true');
    expect(routerOf({ strategy }).args).toContain('--allow-experimental-plugins=true');
    expect(codeOf(() => routerOf({ image: RouterImage.upstream('v0.9.0'), flags: { 'drain-timeout': '9s' } }))).toBe('LLMD548');
  });
});

test('flags of the user stand between ours', () => {
  const { args } = routerOf({ flags: { 'drain-timeout': '60s', 'emit-endpoint-scores': true }, logLevel: 'debug' });
  expect(args.slice(-5)).toEqual([
    '--v=4',
    '--drain-timeout=60s',
    '--emit-endpoint-scores=true',
    '--tracing=false',
    '--metrics-endpoint-auth=false',
  ]);
  expect(codeOf(() => routerOf({ flags: { v: 5 } }))).toBe('LLMD549');
});

test('ext_proc without TLS is told to the router', () => {
  expect(routerOf({ secureServing: false }).args).toContain('--secure-serving=false');
  expect(routerOf().args.join(' ')).not.toContain('secure-serving');
});

test('traces go where they shall', () => {
  const { args, container } = routerOf({ tracing: { endpoint: 'http://otel-collector:4317', sampleRatio: 0.05 } });
  const env = Object.fromEntries(container.env.map(({ name, value }: Any) => [name, value]));
  expect(args).toContain('--tracing=true');
  expect(env).toMatchObject({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel-collector:4317',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.05',
  });
  // A reference to a variable works only after the variable.
  const names = container.env.map(({ name }: Any) => name);
  for (const referred of env.OTEL_RESOURCE_ATTRIBUTES.matchAll(/\$\((\w+)\)/g)) {
    expect(names.indexOf(referred[1])).toBeLessThan(names.indexOf('OTEL_RESOURCE_ATTRIBUTES'));
    expect(names).toContain(referred[1]);
  }
  expect(codeOf(() => routerOf({ tracing: { endpoint: 'http://x', sampleRatio: 2 } }))).toBe('LLMD104');
});

test('environment of the user comes after ours and may not repeat it', () => {
  const { container } = routerOf({ env: [{ name: 'GODEBUG', value: 'x' }] });
  expect(container.env.at(-1)).toEqual({ name: 'GODEBUG', value: 'x' });
  expect(codeOf(() => routerOf({ env: [{ name: 'NAMESPACE', value: 'x' }] }))).toBe('LLMD551');
});

describe('labels of the user', () => {
  test('are on the pods and in no selector', () => {
    const { one, pod } = routerOf({ podLabels: { team: 'a' } });
    expect(pod.metadata.labels).toMatchObject({ team: 'a' });
    expect(one('Deployment').spec.selector.matchLabels).not.toHaveProperty('team');
    expect(one('Service').spec.selector).not.toHaveProperty('team');
  });

  test('may not make the pool select the router', () => {
    expect(codeOf(() => routerOf({ podLabels: { 'llm-d.ai/guide': 'qwen' } }))).toBe('LLMD552');
    expect(codeOf(() => routerOf({ podLabels: { 'llm-d.ai/guide': 'other' } }))).toBe('nothing thrown');
  });

  test('may not replace those of the selector', () => {
    expect(codeOf(() => routerOf({ podLabels: { 'llm-d-router-gateway': 'x' } }))).toBe('LLMD552');
  });
});

test('where the pods run is up to the user', () => {
  const tolerations = [{ key: 'dedicated', operator: 'Exists' }];
  const { pod, container } = routerOf({
    nodeSelector: { pool: 'cpu' },
    tolerations,
    affinity: { podAntiAffinity: {} },
    priorityClassName: 'critical',
    imagePullSecrets: ['pull'],
    podAnnotations: { note: 'x' },
    volumes: [{ name: 'certs', secret: { secretName: 'epp-tls' } }],
    volumeMounts: [{ name: 'certs', mountPath: '/certs' }],
    resources: { requests: { cpu: '1' } },
  });
  expect(pod.spec).toMatchObject({
    nodeSelector: { pool: 'cpu' },
    tolerations,
    affinity: { podAntiAffinity: {} },
    priorityClassName: 'critical',
    imagePullSecrets: [{ name: 'pull' }],
  });
  expect(pod.metadata.annotations).toMatchObject({ note: 'x' });
  expect(pod.spec.volumes.map(({ name }: Any) => name)).toContain('certs');
  expect(container.volumeMounts).toContainEqual({ name: 'certs', mountPath: '/certs' });
  expect(container.resources).toEqual({ requests: { cpu: '1' } });
});

test('the failure mode is that of the pool', () => {
  expect(routerOf({ failureMode: 'FailClose' }).one('InferencePool').spec.endpointPickerRef.failureMode).toBe('FailClose');
});

test('errors carry the path of the construct', () => {
  expect(() => routerOf({ replicas: 0 })).toThrow(/^LLMD104 \[Chart\/Router\]/);
});

test('what the servers lack for the strategy fails the synth', () => {
  expect(() => routerOf({ strategy: RoutingStrategy.prefillDecode() })).toThrow(/\[Chart\/Router\] LLMD511/);
});

test('every object is a property that can be patched', () => {
  const chart = new Chart(Testing.app(), 'Chart');
  const { router, objects } = routerOf(
    { monitoring: true, metricsAuth: true, proxy: {}, replicas: 2, leaderElection: false, objectives: [{ name: 'a', priority: 1 }] },
    chart,
  );
  const { metrics } = router;
  const exposed = [
    ...[router.deployment, router.service, router.serviceAccount, router.role, router.roleBinding, router.configMap, router.pool],
    ...[router.disruptionBudget, router.envoy?.configMap, ...router.objectives, metrics.serviceMonitor, metrics.reviewerRole],
    ...[metrics.reviewerBinding, metrics.readerAccount, metrics.readerToken, metrics.readerRole, metrics.readerBinding],
  ].map((object) => ApiObject.of(object as ApiObject));
  expect(new Set(exposed).size).toBe(objects.length);
  for (const object of exposed) {
    object.addJsonPatch(JsonPatch.add('/metadata/annotations', { patched: 'yes' }));
  }
  for (const object of Testing.synth(chart) as Any[]) {
    expect(object.metadata.annotations).toEqual({ patched: 'yes' });
  }
});
