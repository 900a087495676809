import { ClusterPool, type InferencePool } from '../../src/kubernetes/cluster-pool';
import type { Pod } from '../../src/kubernetes/pods';
import type { KubeObject } from '../../src/kubernetes/reflector';
import { SelectorPool } from '../../src/kubernetes/selector-pool';
import { EndpointTable } from '../../src/plugin';
import { RecordingLog } from '../support/context';
import { eventually, FakeApiServer, json, refuse } from '../support/fake-api-server';

const GROUP = 'inference.networking.k8s.io';
const POOLS = `/apis/${GROUP}/v1/namespaces/ns/inferencepools`;
const PODS = '/api/v1/namespaces/ns/pods';
const OBJECTIVES = '/apis/llm-d.ai/v1alpha2/namespaces/ns/inferenceobjectives';
const LEGACY_REWRITES = '/apis/inference.networking.x-k8s.io/v1alpha2/namespaces/ns/inferencemodelrewrites';

let server: FakeApiServer;
let log: RecordingLog;
let table: EndpointTable;
let pool: ClusterPool;
/** Resources by group that discovery tells of. */
let installed: Record<string, string[]>;
/** Answers to requests, before discovery and the rest. */
let refusal: (path: string, query: URLSearchParams) => number | undefined;
/** Smallest number of endpoints since it was set. */
let least: number;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  log = new RecordingLog();
  table = new EndpointTable();
  installed = {};
  refusal = () => undefined;
  least = Number.POSITIVE_INFINITY;
  table.listen({
    removed: () => {
      least = Math.min(least, table.size);
    },
  });
  server.intercept = ({ pathname, searchParams }, response) => {
    const status = refusal(pathname, searchParams);
    if (status !== undefined) refuse(response, status, `status ${status}`);
    if (status !== undefined) return true;
    const group = /^\/apis\/([^/]+)\/v1alpha2$/.exec(pathname)?.[1];
    if (group === undefined) return false;
    const names = installed[group];
    if (names === undefined) refuse(response, 404, 'no such group');
    else json(response, 200, { resources: names.map((name) => ({ name })) });
    return true;
  };
  pool = new ClusterPool(server.client(), { name: 'pool', group: GROUP }, 'ns', table, log);
});

afterEach(async () => {
  await pool.stop();
  await server.stop();
});

function putPool(matchLabels: Record<string, string>, ports: readonly number[], more: object = {}): void {
  const targetPorts = ports.map((number) => ({ number }));
  const object: InferencePool = { metadata: { name: 'pool' }, spec: { selector: { matchLabels }, targetPorts, ...more } };
  server.put(POOLS, object);
}

function putPod(name: string, ip: string, labels: Record<string, string>): void {
  const object: Pod = {
    metadata: { name, namespace: 'ns', labels },
    status: { podIP: ip, conditions: [{ type: 'Ready', status: 'True' }] },
  };
  server.put(PODS, object);
}

const hosts = (): string =>
  table
    .all()
    .map(({ host }) => host)
    .sort()
    .join();

test('is ready once the pool and its pods are known, and nothing more is installed', async () => {
  server.put(POOLS, { metadata: { name: 'another' } });
  putPod('a', '10.0.0.1', { app: 'vllm', extra: 'x' });
  putPod('b', '10.0.0.2', { app: 'else' });
  pool.start();
  expect(pool.notSynced()).toBe('InferencePool ns/pool was not found yet');
  await eventually(() => server.openWatches === 1);
  expect(pool.notSynced()).toBe('InferencePool ns/pool was not found yet');
  putPool({ app: 'vllm' }, [8000], { appProtocol: 'kubernetes.io/h2c' });
  await eventually(() => pool.notSynced() === undefined);
  expect(hosts()).toBe('10.0.0.1:8000');
  expect(pool.appProtocol).toBe('kubernetes.io/h2c');
  putPool({ app: 'vllm' }, [8000]);
  await eventually(() => pool.appProtocol === undefined);
  expect(server.count('list', PODS)).toBe(1);
});

test('a changed selector never empties the table, and follows the old pods until the new ones are listed', async () => {
  putPool({ app: 'old' }, [8000]);
  putPod('a', '10.0.0.1', { app: 'old' });
  putPod('b', '10.0.0.2', { app: 'old' });
  putPod('c', '10.0.0.3', { app: 'new' });
  pool.start();
  await eventually(() => hosts() === '10.0.0.1:8000,10.0.0.2:8000' && server.openWatches === 2);
  refusal = (path, query) => (path === PODS && query.get('labelSelector') === 'app=new' ? 500 : undefined);
  putPool({ app: 'new' }, [8000]);
  await eventually(() => server.seen.some(({ url }) => url.searchParams.get('labelSelector') === 'app=new'));
  server.remove(PODS, 'b');
  await eventually(() => hosts() === '10.0.0.1:8000');
  least = Number.POSITIVE_INFINITY;
  refusal = () => undefined;
  await eventually(() => hosts() === '10.0.0.3:8000');
  expect(least).toBe(1);
  putPod('d', '10.0.0.4', { app: 'old' });
  putPod('e', '10.0.0.5', { app: 'new' });
  await eventually(() => hosts() === '10.0.0.3:8000,10.0.0.5:8000');
  await eventually(() => server.openWatches === 2);
});

test('changes that overtake each other end with the last one', async () => {
  putPool({ app: 'a' }, [8000]);
  putPod('a', '10.0.0.1', { app: 'a' });
  putPod('b', '10.0.0.2', { app: 'b' });
  putPod('c', '10.0.0.3', { app: 'c' });
  pool.start();
  await eventually(() => hosts() === '10.0.0.1:8000' && server.openWatches === 2);
  least = Number.POSITIVE_INFINITY;
  putPool({ app: 'b' }, [8000]);
  putPool({ app: 'c' }, [8000]);
  putPool({ app: 'c' }, [8000, 8001]);
  await eventually(() => hosts() === '10.0.0.3:8000,10.0.0.3:8001');
  expect(least).toBeGreaterThan(0);
  putPool({ app: 'b' }, [8000]);
  putPool({ app: 'c' }, [8000, 8001]);
  await eventually(() => server.openWatches === 2);
  await eventually(() => hosts() === '10.0.0.3:8000,10.0.0.3:8001');
});

test('labels in another order are the same selection', async () => {
  putPool({ a: '1', b: '2' }, [8000]);
  pool.start();
  await eventually(() => pool.notSynced() === undefined && server.openWatches === 2);
  putPool({ b: '2', a: '1' }, [8000], { appProtocol: 'http' });
  await eventually(() => pool.appProtocol === 'http');
  expect(server.count('list', PODS)).toBe(1);
});

test.each(['deleted', 'being deleted'])('a pool that is %s has no endpoints and is not ready, until it is created again', async (how) => {
  putPool({ app: 'vllm' }, [8000]);
  putPod('a', '10.0.0.1', { app: 'vllm' });
  pool.start();
  await eventually(() => pool.notSynced() === undefined && server.openWatches === 2);
  if (how === 'deleted') server.remove(POOLS, 'pool');
  else server.put(POOLS, { metadata: { name: 'pool', deletionTimestamp: '2026-01-01T00:00:00Z' } });
  await eventually(() => table.size === 0);
  expect(pool.notSynced()).toBe('InferencePool ns/pool was not found yet');
  await eventually(() => server.openWatches === 1);
  let isListing = true;
  refusal = (path) => (path === PODS && isListing ? 500 : undefined);
  putPool({ app: 'vllm' }, [8000]);
  await eventually(() => pool.notSynced() === 'the pods of InferencePool ns/pool are not listed yet');
  isListing = false;
  await eventually(() => pool.notSynced() === undefined);
  expect(hosts()).toBe('10.0.0.1:8000');
});

test('each kind is read from the first group that has it, and readiness waits for it', async () => {
  installed = { 'llm-d.ai': ['inferenceobjectives'], 'inference.networking.x-k8s.io': ['inferenceobjectives', 'inferencemodelrewrites'] };
  const poolRef = { name: 'pool' };
  server.put(OBJECTIVES, { metadata: { name: 'high' }, spec: { priority: 3, poolRef } } as KubeObject);
  const rules = [{ targets: [{ modelRewrite: 'base' }] }];
  server.put(LEGACY_REWRITES, { metadata: { name: 'all' }, spec: { poolRef, rules } } as KubeObject);
  putPool({ app: 'vllm' }, [8000]);
  let isAway = true;
  refusal = (path) => (path === OBJECTIVES && isAway ? 500 : undefined);
  pool.start();
  await eventually(() => pool.notSynced() === 'the inferenceobjectives of ns are not listed yet');
  isAway = false;
  await eventually(() => pool.notSynced() === undefined);
  expect(pool.priorityOf('high')).toBe(3);
  expect(pool.priorities()).toEqual([3]);
  expect(pool.rewrite('anything', () => 0)).toEqual({ name: 'all', target: 'base' });
  expect(log.messages('warn')).toContain('installed in two groups, those of the second are not read');
});

test('objectives that may not be read do not keep the pool from serving', async () => {
  installed = { 'llm-d.ai': ['inferenceobjectives'] };
  putPool({ app: 'vllm' }, [8000]);
  let mayRead = false;
  refusal = (path) => (path === OBJECTIVES && !mayRead ? 403 : undefined);
  pool.start();
  await eventually(() => pool.notSynced() === undefined);
  mayRead = true;
  server.put(OBJECTIVES, { metadata: { name: 'high' }, spec: { priority: 3, poolRef: { name: 'pool' } } } as KubeObject);
  await eventually(() => pool.priorityOf('high') === 3);
});

test('an API server that is away at the start is asked again for what it has', async () => {
  installed = { 'llm-d.ai': ['inferenceobjectives'] };
  putPool({ app: 'vllm' }, [8000]);
  server.put(OBJECTIVES, { metadata: { name: 'high' }, spec: { priority: 3, poolRef: { name: 'pool' } } } as KubeObject);
  let isAway = true;
  refusal = () => (isAway ? 503 : undefined);
  pool.start();
  await eventually(() => server.seen.length >= 2);
  isAway = false;
  await eventually(() => pool.notSynced() === undefined && pool.priorityOf('high') === 3, 4000);
});

test('a router that may not even ask what is installed serves without it, and says so', async () => {
  putPool({ app: 'vllm' }, [8000]);
  refusal = (path) => (path.endsWith('/v1alpha2') ? 403 : undefined);
  pool.start();
  await eventually(() => pool.notSynced() === undefined);
  expect(log.messages('error')[0]).toMatch(/may not ask what the cluster has/);
});

test('pods by a selector are ready once listed', async () => {
  putPod('a', '10.0.0.1', { app: 'vllm' });
  const selected = new SelectorPool(server.client(), 'epp', 'ns', 'app=vllm', [8000, 8001, 8000], table, log);
  selected.start();
  expect(selected.notSynced()).toBe('the pods of selector app=vllm are not listed yet');
  await eventually(() => selected.notSynced() === undefined);
  expect(hosts()).toBe('10.0.0.1:8000,10.0.0.1:8001');
  await selected.stop();
});
