import fc from 'fast-check';
import { buildModel, type ModelInput, type SynthObject } from '../../lib/validation/model';
import { runRules } from '../../lib/validation/rules';
import type { ServersPlan } from '../../lib/values/plan';
import { deployment, ENGINE, object, pool, role, SHM, serversPlan } from './fixtures';

/** So many servers in one namespace, each with workload, pool, Service, monitor and autoscaler. */
function servers(count: number): ModelInput {
  const objects: SynthObject[] = [];
  const plans: ServersPlan[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `m${index}`;
    const labels = { 'llm-d.ai/guide': name, 'llm-d.ai/role': 'decode', app: 'all' };
    const selector = { 'llm-d.ai/role': 'decode', 'llm-d.ai/guide': name };
    const plan = role({ name, path: `app/${name}/Servers` });
    objects.push(
      deployment(name, { containers: [ENGINE], volumes: [SHM] }, { podLabels: labels, path: plan.path }),
      pool(name, selector),
      object('Service', name, { selector, ports: [{ port: 80, targetPort: 8000 }] }),
      object('PodMonitor', name, { selector: { matchLabels: selector }, podMetricsEndpoints: [{ port: 'modelserver' }] }),
      object('HorizontalPodAutoscaler', name, { scaleTargetRef: { kind: 'Deployment', name }, maxReplicas: 2 }),
    );
    plans.push(serversPlan([plan], { path: `app/${name}`, name, poolLabels: selector }));
  }
  return { objects, servers: plans };
}

/** How often the parts of these objects are read: work, whatever the machine. */
function reads(count: number): number {
  let work = 0;
  const counted = <T>(value: T): T =>
    typeof value !== 'object' || value === null
      ? value
      : (new Proxy(value as object, {
          get: (target, key, receiver) => {
            work += 1;
            const part = Reflect.get(target, key, receiver);
            return Object.isFrozen(target) || typeof part === 'function' ? part : counted(part);
          },
          ownKeys: (target) => {
            const keys = Reflect.ownKeys(target);
            work += keys.length;
            return keys;
          },
        }) as T);
  const input = servers(count);
  const model = buildModel({ ...input, objects: input.objects.map((one) => ({ ...one, json: counted(one.json) })) });
  expect(runRules(model)).toEqual([]);
  return work;
}

test('the work of all rules grows with the number of servers, not with its square', () => {
  const [few, many] = [reads(100), reads(1000)];
  expect(few).toBeGreaterThan(10_000);
  expect(many / few).toBeLessThan(11);
});

test('as many mistakes as servers are found in as many steps', () => {
  const input = servers(300);
  const broken = input.objects.map((one) => ({ ...one, namespace: undefined, name: 'same' }));
  const found = runRules(buildModel({ ...input, objects: broken }));
  expect(found.length).toBeGreaterThan(300);
  expect(found.length).toBeLessThan(300 * 20);
});

const KINDS = [
  ...['Deployment', 'LeaderWorkerSet', 'Pod', 'CronJob', 'StatefulSet', 'Service', 'InferencePool', 'PodMonitor', 'ServiceMonitor'],
  ...['HorizontalPodAutoscaler', 'ScaledObject', 'PodDisruptionBudget', 'ResourceQuota', 'InferenceObjective', 'ResourceClaimTemplate'],
];
const KEYS = [
  ...['spec', 'template', 'metadata', 'labels', 'selector', 'matchLabels', 'matchExpressions', 'containers', 'initContainers', 'volumes'],
  ...['name', 'image', 'env', 'ports', 'args', 'command', 'resources', 'limits', 'requests', 'volumeMounts', 'leaderWorkerTemplate'],
  ...[
    'workerTemplate',
    'size',
    'scaleTargetRef',
    'targetPorts',
    'hard',
    'readinessProbe',
    'httpGet',
    'port',
    'affinity',
    'emptyDir',
    'value',
  ],
];

test('no object of a user, however malformed, makes a rule throw', () => {
  const leaf = fc.oneof(
    fc.constant(null),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom('', 'a', '$(B)', '--kv-transfer-config={', 'Memory', '1Gi'),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium' },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...KEYS), tie('tree'), { maxKeys: 8, noNullPrototype: true }),
    ),
  }));
  const pod = fc.record({
    metadata: tree,
    spec: fc.record({ containers: fc.array(tree), initContainers: tree, volumes: fc.array(tree), affinity: tree }),
  });
  const spec = fc.oneof(
    tree,
    fc.record({ template: pod, selector: tree, leaderWorkerTemplate: fc.record({ workerTemplate: pod }), ports: tree }),
  );
  const one = fc.record({ kind: fc.constantFrom(...KINDS), spec });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), fc.boolean(), (list, ours) => {
      const objects = list.map(({ kind, spec: value }, index) => object(kind, `o${index}`, value, { path: ours ? 'app/qwen/x' : 'x' }));
      expect(Array.isArray(runRules(buildModel({ objects, servers: [serversPlan([])] })))).toBe(true);
    }),
    { numRuns: 200 },
  );
});
