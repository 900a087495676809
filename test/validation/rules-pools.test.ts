import type { RouterPlan } from '../../lib/router/router-plan';
import type { ModelInput, SynthObject } from '../../lib/validation/model';
import { monitors } from '../../lib/validation/rules/monitors';
import { names } from '../../lib/validation/rules/names';
import { placement } from '../../lib/validation/rules/placement';
import { engineLabels, poolOverlap, poolSelection, roleLabels as roleLabelRule, targetPorts } from '../../lib/validation/rules/pools';
import { objectives, unroutedServers } from '../../lib/validation/rules/routes';
import { selectors } from '../../lib/validation/rules/selectors';
import { services } from '../../lib/validation/rules/services';
import {
  aggregated,
  container,
  deployment,
  ENGINE,
  found,
  group,
  object,
  objects,
  ours,
  POOL_LABELS,
  pair,
  pool,
  roleLabels,
  SHM,
  sentences,
  serversPlan,
} from './fixtures';

const AT = 'app/qwen/decode';
const POOL = 'app/qwen/InferencePool';

const and = (input: ModelInput, ...more: readonly SynthObject[]): ModelInput => ({ ...input, objects: [...input.objects, ...more] });

/** A router of `qwen`, with these plugins in its only profile. */
function router(input: ModelInput, types: readonly string[] = [], changes: Partial<RouterPlan> = {}): ModelInput {
  const config = {
    plugins: types.map((type) => ({ type, name: `my-${type}` })),
    schedulingProfiles: [{ name: 'default', plugins: types.map((type) => ({ pluginRef: `my-${type}` })) }],
  };
  const [servers = serversPlan([])] = input.servers ?? [];
  const plan = { path: 'app/gw/qwen', name: 'qwen-epp', poolName: 'qwen', namespace: 'llm', mode: 'pool', servers, config, ...changes };
  return { ...input, routers: [plan as unknown as RouterPlan] };
}

describe('a pool', () => {
  const http = container({ ports: [{ containerPort: 8000 }] });

  test('selects the pods of its servers', () => {
    expect(found(poolSelection, aggregated())).toEqual([]);
    expect(found(poolSelection, pair())).toEqual([]);
  });

  test('that selects nothing is told, unless the pods may come from another app', () => {
    const lost = pool('lost', { app: 'nothing' });
    expect(found(poolSelection, and(aggregated(), lost))).toEqual(['LLMD302 app/lost/InferencePool']);
    expect(found(poolSelection, objects(lost))).toEqual([]);
    expect(found(poolSelection, objects(pool('lost', {})))).toEqual([]);
    expect(found(poolSelection, { ...router({ objects: [lost] }, [], { poolName: 'lost' }) })).toEqual([]);
    const broken = { ...aggregated(), objects: [pool('qwen', POOL_LABELS)] };
    expect(found(poolSelection, router(broken))).toEqual([`LLMD302 ${POOL}`]);
  });

  test('of another namespace does not select them', () => {
    const far = pool('far', POOL_LABELS, [8000], { namespace: 'far' });
    const near = deployment('near', { containers: [http] }, { namespace: 'far' });
    expect(found(poolSelection, and(aggregated(), far, near))).toEqual(['LLMD302 app/far/InferencePool']);
  });

  test('does not select a router or other pods without a model', () => {
    const labelled = (path: string, ports: readonly number[]) =>
      deployment(
        'other',
        { containers: [container({ ports: ports.map((containerPort) => ({ containerPort })) })] },
        { podLabels: POOL_LABELS, path },
      );
    expect(sentences(poolSelection, and(aggregated(), labelled('app/x', [9000])))).toEqual([
      'pool "qwen" also selects the pods of Deployment "other", which serve no model: remove the labels llm-d.ai/guide=qwen from them',
    ]);
    expect(found(poolSelection, router(and(aggregated(), labelled('app/gw/qwen/Deployment', [8000]))))).toEqual([`LLMD303 ${POOL}`]);
  });

  test('may select model servers that the user wrote', () => {
    const own = deployment('own', { containers: [http] }, { podLabels: POOL_LABELS });
    expect(found(poolSelection, and(aggregated(), own))).toEqual([]);
    expect(found(poolSelection, objects(own, pool('qwen', POOL_LABELS)))).toEqual([]);
  });

  test('sends to ports that its pods have', () => {
    expect(found(targetPorts, aggregated())).toEqual([]);
    const lacking = aggregated((engine) => ({ ...engine, ports: [{ name: 'http', containerPort: 8001 }] }));
    expect(sentences(targetPorts, lacking)).toEqual([
      expect.stringContaining('sends to port 8000, on which no container of "qwen-decode" listens: it has http (8001)'),
    ]);
    const own = deployment('own', { containers: [container()] }, { podLabels: POOL_LABELS });
    expect(found(targetPorts, objects(own, pool('qwen', POOL_LABELS)))).toEqual([`LLMD307 ${POOL}`]);
  });

  test('shares its pods with no other', () => {
    expect(found(poolOverlap, aggregated())).toEqual([]);
    const second = pool('second', { 'llm-d.ai/role': 'decode' });
    expect(found(poolOverlap, and(aggregated(), second))).toEqual(['LLMD304 app/second/InferencePool']);
    // Two workloads, one pair of pools: told once.
    expect(found(poolOverlap, and(pair(), pool('second', POOL_LABELS)))).toEqual(['LLMD304 app/second/InferencePool']);
    const selecting = { ...router(aggregated(), [], { mode: 'selector' }) };
    expect(found(poolOverlap, selecting)).toEqual(['LLMD304 app/gw/qwen']);
  });

  test('has pods of the roles that its routing asks for', () => {
    const filters = ['prefill-filter', 'decode-filter'];
    expect(found(roleLabelRule, router(pair(), filters))).toEqual([]);
    const relabelled = pair();
    const [prefill, ...others] = relabelled.objects;
    const wrong = deployment(
      'qwen-prefill',
      { containers: [ENGINE], volumes: [SHM] },
      { podLabels: POOL_LABELS, path: prefill?.path as string },
    );
    const input = router({ ...relabelled, objects: [wrong, ...others] }, filters);
    expect(found(roleLabelRule, input)).toEqual([`LLMD315 ${POOL}`]);
    expect(sentences(roleLabelRule, input)).toEqual([
      expect.stringContaining('pool "qwen" asks for pods of role prefill, its pods have the label llm-d.ai/role=(none) and decode'),
    ]);
    // What the plan lacks is found by the strategy, under LLMD511.
    expect(found(roleLabelRule, router(aggregated(), filters))).toEqual([]);
    expect(found(roleLabelRule, router({ ...relabelled, objects: [wrong, ...others] }, []))).toEqual([]);
  });

  test('has pods that name their engine', () => {
    const sglang = (labels: Record<string, string>): ModelInput => {
      const input = aggregated();
      const pods = deployment(
        'qwen-decode',
        { containers: [ENGINE], volumes: [SHM] },
        { podLabels: { ...roleLabels('decode'), ...labels }, path: AT },
      );
      return {
        objects: [pods, pool('qwen', POOL_LABELS)],
        servers: (input.servers ?? []).map((plan) => ({ ...plan, engineType: 'sglang' })),
      };
    };
    expect(found(engineLabels, aggregated())).toEqual([]);
    expect(found(engineLabels, sglang({ 'llm-d.ai/engine-type': 'sglang' }))).toEqual([]);
    expect(found(engineLabels, sglang({}))).toEqual([`LLMD316 ${AT}`]);
  });
});

describe('a selector', () => {
  const spec = { containers: [container()] };

  test('finds its own pods', () => {
    expect(found(selectors, objects(deployment('a', spec)))).toEqual([]);
    expect(found(selectors, objects(deployment('a', spec, { selector: { matchLabels: { app: 'b' } } })))).toEqual([
      'LLMD305 app/a/Deployment',
    ]);
    expect(found(selectors, objects(deployment('a', spec, { selector: {} })))).toEqual(['LLMD305 app/a/Deployment']);
    const expression = (operator: string, values: string[] = []) =>
      objects(deployment('a', spec, { selector: { matchExpressions: [{ key: 'app', operator, values }] } }));
    expect(found(selectors, expression('In', ['a', 'b']))).toEqual([]);
    expect(found(selectors, expression('Exists'))).toEqual([]);
    expect(found(selectors, expression('NotIn', ['b']))).toEqual([]);
    expect(found(selectors, expression('NotIn', ['a']))).toEqual(['LLMD305 app/a/Deployment']);
    expect(found(selectors, expression('DoesNotExist'))).toEqual(['LLMD305 app/a/Deployment']);
    expect(found(selectors, expression('Like'))).toEqual(['LLMD305 app/a/Deployment']);
  });

  test('finds no pods of another workload', () => {
    const wide = { selector: { matchLabels: { tier: 'x' } }, podLabels: { tier: 'x', app: 'a' } };
    const other = deployment('b', spec, { podLabels: { tier: 'x', app: 'b' }, selector: { matchLabels: { app: 'b' } } });
    expect(found(selectors, ours(deployment('a', spec, wide), other))).toEqual(['LLMD306 app/a/Deployment']);
    expect(found(selectors, ours(deployment('a', spec, wide), group('g', 2, spec, { podLabels: { tier: 'x' } })))).toEqual([
      'LLMD306 app/a/Deployment',
    ]);
    expect(found(selectors, objects(deployment('a', spec, wide), other))).toEqual([]);
    const far = deployment('b', spec, { podLabels: { tier: 'x' }, namespace: 'far' });
    expect(found(selectors, ours(deployment('a', spec, wide), far))).toEqual([]);
    // A controller does not adopt pods that another one owns: a bare Pod is no rival.
    expect(found(selectors, ours(deployment('a', spec, wide), object('Pod', 'p', spec, { labels: { tier: 'x' } })))).toEqual([]);
  });

  test('of two workloads alike is told of both', () => {
    const same = { podLabels: { app: 'x' } };
    expect(found(selectors, ours(deployment('a', spec, same), deployment('b', spec, same)))).toEqual([
      'LLMD306 app/a/Deployment',
      'LLMD306 app/b/Deployment',
    ]);
  });
});

describe('names', () => {
  test('are given once for each kind, group and namespace', () => {
    const map = (path: string, more: object = {}) => object('ConfigMap', 'a', {}, { path, ...more });
    expect(found(names, objects(map('x'), map('y', { namespace: 'far' }), object('Secret', 'a')))).toEqual([]);
    expect(found(names, objects(map('x'), map('y', { apiVersion: 'other.io/v1' })))).toEqual([]);
    expect(sentences(names, objects(map('x'), map('y')))).toEqual([
      expect.stringContaining('ConfigMap "a" of namespace "llm" is defined twice, at x and y'),
    ]);
    expect(found(names, objects(map('x'), map('y')))).toEqual(['LLMD313 y']);
  });

  test('and labels are legal also after a patch', () => {
    expect(found(names, objects(object('Service', 'Upper')))).toEqual(['LLMD101 app/Upper/Service']);
    expect(found(names, objects(object('ClusterRole', 'system:x', {}, { apiVersion: 'rbac.authorization.k8s.io/v1' })))).toEqual([]);
    expect(found(names, objects(object('Service', 'a', {}, { labels: { key: 'not legal' } })))).toEqual(['LLMD102 app/a/Service']);
    expect(found(names, objects(deployment('a', {}, { podLabels: { app: 'a/b' } })))).toEqual(['LLMD102 app/a/Deployment']);
    const long = 'n'.repeat(64);
    expect(found(names, objects(object('Service', long)))).toEqual([]);
    expect(found(names, and(aggregated(), object('Service', long, {}, { path: 'app/qwen/Service' })))).toEqual([
      'LLMD101 app/qwen/Service',
    ]);
  });
});

describe('a Service', () => {
  const service = (ports: readonly object[], selector: object = { app: 'none' }) => object('Service', 's', { selector, ports });
  const problems = (...ports: readonly object[]) => sentences(services, objects(service(ports)));

  test('has each port once, and names where there are several', () => {
    expect(problems({ port: 80 })).toEqual([]);
    expect(problems({ name: 'a', port: 80 }, { name: 'b', port: 80, protocol: 'UDP' })).toEqual([]);
    expect(problems({ name: 'a', port: 80 }, { name: 'b', port: 80 })).toEqual(['Service "s" has port 80/TCP twice: keep one']);
    expect(problems({ name: 'a', port: 80 }, { name: 'a', port: 81 })).toEqual(['Service "s" has two ports named "a": rename one']);
    expect(problems({ name: 'a', port: 80 }, { port: 81 })).toEqual([expect.stringContaining('port 81/TCP has no name')]);
  });

  test('leads to a port of its pods', () => {
    const to = (targetPort: number | string, selector: object = POOL_LABELS) =>
      and(aggregated(), service([{ port: 80, targetPort }], selector));
    expect(found(services, to('modelserver'))).toEqual([]);
    expect(found(services, to(8000))).toEqual([]);
    expect(found(services, to(8081))).toEqual(['LLMD312 app/s/Service']);
    expect(sentences(services, to('http'))).toEqual([expect.stringContaining('to port http of its pods, which have modelserver (8000)')]);
    expect(found(services, to('http', { app: 'elsewhere' }))).toEqual([]);
    expect(found(services, objects(service([{ port: 80 }]), object('Service', 'external', { ports: [{ port: 1 }] })))).toEqual([]);
  });

  test('of the user may lead to a number that is not declared', () => {
    const own = deployment('own', { containers: [container()] });
    const to = (targetPort: number | string) => objects(own, service([{ port: 80, targetPort }], { app: 'own' }));
    expect(found(services, to(1234))).toEqual([]);
    expect(found(services, to('http'))).toEqual(['LLMD312 app/s/Service']);
  });
});

describe('a monitor', () => {
  const podMonitor = (port: object, more: object = {}, path = 'app/m') =>
    object('PodMonitor', 'm', { selector: { matchLabels: POOL_LABELS }, podMetricsEndpoints: [port], ...more }, { path });

  test('of pods scrapes a port that they have', () => {
    expect(found(monitors, and(aggregated(), podMonitor({ port: 'modelserver' })))).toEqual([]);
    expect(found(monitors, and(aggregated(), podMonitor({ portNumber: 8000 })))).toEqual([]);
    expect(found(monitors, and(aggregated(), podMonitor({ port: 'metrics' })))).toEqual(['LLMD311 app/m']);
    expect(found(monitors, and(aggregated(), podMonitor({ portNumber: 9 })))).toEqual(['LLMD311 app/m']);
  });

  test('that selects nothing is told when it is ours', () => {
    const far = { namespaceSelector: { matchNames: ['far'] } };
    expect(found(monitors, and(aggregated(), podMonitor({ port: 'modelserver' }, far)))).toEqual([]);
    expect(found(monitors, and(aggregated(), podMonitor({ port: 'modelserver' }, far, 'app/qwen/Monitor')))).toEqual([
      'LLMD311 app/qwen/Monitor',
    ]);
    expect(found(monitors, and(aggregated(), podMonitor({ port: 'x' }, { namespaceSelector: { any: true } })))).toEqual(['LLMD311 app/m']);
  });

  test('of Services scrapes a port that they have', () => {
    const service = object('Service', 's', { ports: [{ name: 'http-metrics', port: 9090 }] }, { labels: { app: 's' } });
    const monitor = (port: string) => object('ServiceMonitor', 'm', { selector: { matchLabels: { app: 's' } }, endpoints: [{ port }] });
    expect(found(monitors, objects(service, monitor('http-metrics')))).toEqual([]);
    expect(found(monitors, objects(service, monitor('metrics')))).toEqual(['LLMD311 app/m/ServiceMonitor']);
  });
});

describe('servers', () => {
  test('without a route are told', () => {
    const alone = { ...aggregated(), objects: aggregated().objects.slice(0, 1) };
    expect(found(unroutedServers, alone)).toEqual(['LLMD314 app/qwen']);
  });

  test('are routed by a gateway, by a router, or by a pool of the user', () => {
    const alone = { ...aggregated(), objects: aggregated().objects.slice(0, 1) };
    expect(found(unroutedServers, aggregated())).toEqual([]);
    expect(found(unroutedServers, router(alone))).toEqual([]);
    const gateway = { routes: [{ pools: [{ servers: 'app/qwen' }] }], path: 'app/gw' } as never;
    expect(found(unroutedServers, { ...alone, gateways: [gateway] })).toEqual([]);
  });
});

test('an objective names a pool of its namespace', () => {
  const objective = (name: string) => object('InferenceObjective', 'o', { poolRef: { name } });
  expect(found(objectives, objects(objective('qwen'), pool('qwen', POOL_LABELS)))).toEqual([]);
  expect(found(objectives, objects(objective('default-pool'), pool('qwen', POOL_LABELS)))).toEqual(['LLMD617 app/o/InferenceObjective']);
  expect(found(objectives, objects(objective('default-pool'), pool('qwen', POOL_LABELS, [8000], { namespace: 'far' })))).toEqual([]);
});

describe('placement', () => {
  const spread = (key: string) => aggregated(undefined, {}, { topologySpreadConstraints: [{ matchLabelKeys: [key] }] });
  const near = (kind: string, key: string) =>
    aggregated(
      undefined,
      {},
      {
        affinity: {
          [kind]: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ matchLabelKeys: [key] }],
            preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: { mismatchLabelKeys: ['llm-d.ai/role'] } }],
          },
        },
      },
    );

  test('compares pods by labels that they have', () => {
    expect(found(placement, spread('llm-d.ai/role'))).toEqual([]);
    expect(found(placement, spread('pod-template-hash'))).toEqual([]);
    expect(found(placement, spread('component'))).toEqual([`LLMD317 ${AT}`]);
    expect(found(placement, near('podAffinity', 'leaderworkerset.sigs.k8s.io/group-index'))).toEqual([]);
    expect(found(placement, near('podAntiAffinity', 'component'))).toEqual([`LLMD317 ${AT}`]);
  });
});
