import { ApiObject, Chart, Duration, JsonPatch, Testing } from 'cdk8s';
import { checkEndpointPickerConfig } from 'llm-d-epp-config';
import { RouterImage } from '../../lib/router/router-image';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { Release } from '../../lib/values/release';
import { type Any, codeOf, parsedFile, routerOf, serversPlan } from './fixtures';

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
    expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: account, namespace: 'llm' }]);
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

  test('is refused what only our router starts with', () => {
    const strategy = RoutingStrategy.custom({ plugins: [{ type: 'token-load-scorer' }] });
    for (const image of [RouterImage.upstream('v0.10.0'), RouterImage.of('registry.example.com/mirror:1', { upstream: true })]) {
      expect(() => routerOf({ strategy, image })).toThrow(/LLMD501.*EPP080.*UncachedRequestTokens/);
    }
    for (const image of [undefined, RouterImage.BUNDLED, RouterImage.of('registry.example.com/epp:1')]) {
      expect(routerOf({ strategy, image }).router.findings.map(({ code }) => code)).not.toContain('LLMD501');
    }
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
