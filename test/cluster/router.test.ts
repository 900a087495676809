import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeVllm } from '../../router/test/support/fake-vllm';
import { freePorts } from '../../router/test/support/free-ports';
import { type ControlPlane, startControlPlane } from './control-plane';
import { crdFolder, installCrds } from './crds';
import { expectPicks, NAMESPACE, picks, RouterStage, type RunningRouter } from './router-stage';

// The first run on a machine builds the control plane.
const START_TIMEOUT_MS = 30 * 60_000;
jest.setTimeout(60_000);

let plane: ControlPlane;
let stage: RouterStage;
let router: RunningRouter;
/** One server answers on every address of loopback, at two ports. */
const servers = [new FakeVllm(), new FakeVllm()];
let port: number;
let otherPort: number;

const at = (last: number, onPort = port): string => `127.0.0.${last}:${onPort}`;

const pool = (matchLabels: Record<string, string>, ports: readonly number[]): Parameters<RouterStage['apply']>[0] => ({
  apiVersion: 'inference.networking.k8s.io/v1',
  kind: 'InferencePool',
  metadata: { name: 'pool', namespace: NAMESPACE },
  spec: {
    selector: { matchLabels },
    targetPorts: ports.map((number) => ({ number })),
    endpointPickerRef: { name: 'epp', port: { number: 9002 } },
  },
});

beforeAll(async () => {
  const crds = crdFolder();
  plane = await startControlPlane();
  await installCrds(plane.client, crds, ['inferencepools', 'inferenceobjectives', 'inferencemodelrewrites']);
  await plane.client.ensureNamespace(NAMESPACE);
  [port, otherPort] = (await freePorts(2)) as [number, number];
  await servers[0]?.start(port, '0.0.0.0');
  await servers[1]?.start(otherPort, '0.0.0.0');
  stage = new RouterStage(plane);
  await stage.account('epp', 'pool', true);
  await stage.account('epp-selector', 'selector', false);
  router = await stage.router('epp', ['--pool-name=pool']);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await stage?.stop();
  await Promise.all(servers.map((server) => server.stop()));
  await plane?.stop();
}, 30_000);

test('is not ready and refuses before there is a pool, and serves once there is one', async () => {
  await stage.pod('a', '127.0.0.2');
  await stage.pod('b', '127.0.0.3');
  await stage.pod('stranger', '127.0.0.9', { app: 'else' });
  while ((await router.process.health()) === undefined) await sleep(20);
  expect(await router.process.health()).toBe(2);
  await stage.apply(pool({ app: 'vllm' }, [port]));
  await router.process.ready(2000);
  await expectPicks(router, [at(2), at(3)]);
});

test('follows pods that come, lose readiness, get it back, lose their label and go', async () => {
  await stage.pod('c', '127.0.0.4');
  await expectPicks(router, [at(2), at(3), at(4)]);
  await stage.ready('b', false);
  await expectPicks(router, [at(2), at(4)]);
  await stage.ready('b', true);
  await expectPicks(router, [at(2), at(3), at(4)]);
  await stage.mark('c', { labels: { app: 'else' } });
  await expectPicks(router, [at(2), at(3)]);
  await stage.mark('c', { labels: { app: 'vllm' } });
  await expectPicks(router, [at(2), at(3), at(4)]);
  await stage.deletePod('b');
  await expectPicks(router, [at(2), at(4)]);
});

test('an address that another pod has now, and a pod that has another address', async () => {
  await stage.deletePod('c');
  await stage.pod('d', '127.0.0.4');
  await expectPicks(router, [at(2), at(4)]);
  await stage.deletePod('a');
  await stage.pod('a', '127.0.0.5');
  await expectPicks(router, [at(4), at(5)]);
});

test('a pool that changes its selector is never without endpoints in between', async () => {
  await stage.pod('blue', '127.0.0.6', { color: 'blue' });
  await stage.apply(pool({ color: 'blue' }, [port]));
  const between = await picks(router, 40);
  expect(between.filter((pick) => ![at(4), at(5), at(6)].includes(pick))).toEqual([]);
  await expectPicks(router, [at(6)]);
  await stage.apply(pool({ app: 'vllm' }, [port]));
  await expectPicks(router, [at(4), at(5)]);
});

test('target ports that change, and annotations that restrict them', async () => {
  await stage.apply(pool({ app: 'vllm' }, [port, otherPort]));
  await expectPicks(router, [at(4), at(5), at(4, otherPort), at(5, otherPort)]);
  await stage.mark('d', { annotations: { 'llm-d.ai/active-ports': `${otherPort}, 1` } });
  await expectPicks(router, [at(5), at(4, otherPort), at(5, otherPort)]);
  await stage.mark('d', { annotations: { 'llm-d.ai/active-ports': null } });
  await stage.apply(pool({ app: 'vllm' }, [otherPort]));
  await expectPicks(router, [at(4, otherPort), at(5, otherPort)]);
  await stage.apply(pool({ app: 'vllm' }, [port]));
  await expectPicks(router, [at(4), at(5)]);
});

/** The metrics page as the bearer of a token sees it. */
function metrics({ metricsPort }: RunningRouter, token?: string): Promise<{ status: number; text: string }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: metricsPort, path: '/metrics', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    }).on('error', reject);
  });
}

describe('metrics', () => {
  test('are for those whom the cluster allows to read them', async () => {
    expect((await metrics(router)).status).toBe(401);
    expect((await metrics(router, 'made-up')).status).toBe(401);
    expect((await metrics(router, await stage.token('epp-selector'))).status).toBe(403);
    expect((await metrics(router, await stage.token('epp-metrics'))).status).toBe(200);
  });
});

/** Requests that the router counted, by priority. */
async function priorities(model: string): Promise<string[]> {
  const { text } = await metrics(router, plane.server.token);
  const lines = text.split('\n').filter((line) => line.startsWith('llm_d_epp_request_total{') && line.includes(`model_name="${model}"`));
  return lines.map((line) => /priority="([^"]*)"/.exec(line)?.[1] ?? '').sort();
}

async function eventually(condition: () => Promise<boolean>, withinMs = 1000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await sleep(20);
  }
}

test('an objective gives its requests their priority, as long as it is there and for this pool', async () => {
  const objective = (name: string, priority?: number): Parameters<RouterStage['apply']>[0] => ({
    apiVersion: 'llm-d.ai/v1alpha2',
    kind: 'InferenceObjective',
    metadata: { name: 'urgent', namespace: NAMESPACE },
    spec: { ...(priority !== undefined && { priority }), poolRef: { name } },
  });
  let run = 0;
  const priorityIs = async (priority: string): Promise<boolean> => {
    const model = `objective-${++run}`;
    await router.client.ask({ model, headers: { 'x-llm-d-inference-objective': 'urgent' } });
    return (await priorities(model)).join() === priority;
  };
  await eventually(() => priorityIs('0'));
  await stage.apply(objective('pool', 7));
  await eventually(() => priorityIs('7'));
  await stage.apply(objective('pool', -3));
  await eventually(() => priorityIs('-3'));
  await stage.apply(objective('another-pool', 7));
  await eventually(() => priorityIs('0'));
  await stage.apply(objective('pool', 5));
  await eventually(() => priorityIs('5'));
  await plane.client.delete(objective('pool'));
  await eventually(() => priorityIs('0'));
});

test('rewrites change the model in the body, by weight', async () => {
  const rewrite = (name: string, rules: readonly object[]): Parameters<RouterStage['apply']>[0] => ({
    apiVersion: 'llm-d.ai/v1alpha2',
    kind: 'InferenceModelRewrite',
    metadata: { name, namespace: NAMESPACE },
    spec: { poolRef: { name: 'pool' }, rules },
  });
  const modelOf = async (model: string): Promise<string> => {
    const { body } = await router.client.ask({ model });
    return (JSON.parse(body) as { model: string }).model;
  };
  const canary = rewrite('canary', [
    {
      matches: [{ model: { value: 'chat' } }],
      targets: [
        { modelRewrite: 'chat-v1', weight: 3 },
        { modelRewrite: 'chat-v2', weight: 1 },
      ],
    },
  ]);
  const everything = rewrite('everything', [{ targets: [{ modelRewrite: 'base' }] }]);
  expect(await modelOf('chat')).toBe('chat');
  await stage.apply(canary);
  await eventually(async () => (await modelOf('chat')) !== 'chat');
  let first = 0;
  for (let i = 0; i < 400; i++) if ((await modelOf('chat')) === 'chat-v1') first++;
  // 300 is expected, with a standard deviation of 8.7.
  expect(first).toBeGreaterThan(250);
  expect(first).toBeLessThan(350);
  expect(await modelOf('other')).toBe('other');
  await stage.apply(everything);
  await eventually(async () => (await modelOf('other')) === 'base');
  expect(await modelOf('chat')).toMatch(/^chat-v/);
  await plane.client.delete(canary);
  await eventually(async () => (await modelOf('chat')) === 'base');
  await plane.client.delete(everything);
  await eventually(async () => (await modelOf('chat')) === 'chat');
});

test('an API server that goes away and comes back: what is known stays, what changed is learned', async () => {
  await plane.stopApiServer();
  await expectPicks(router, [at(4), at(5)]);
  expect(await router.process.health()).toBe(1);
  await plane.startApiServer();
  await stage.pod('e', '127.0.0.7');
  // The router asks for the API server at least every two seconds.
  await expectPicks(router, [at(4), at(5), at(7)], 4000);
  await stage.deletePod('d');
  await expectPicks(router, [at(5), at(7)]);
});

test('fifty pods come and half of them go', async () => {
  const numbers = Array.from({ length: 50 }, (_, i) => 100 + i);
  await Promise.all(numbers.map((n) => stage.pod(`many-${n}`, `127.0.0.${n}`)));
  await expectPicks(router, [at(5), at(7), ...numbers.map((n) => at(n))], 4000);
  await Promise.all(numbers.filter((n) => n % 2 === 0).map((n) => stage.deletePod(`many-${n}`)));
  const left = numbers.filter((n) => n % 2 === 1);
  await expectPicks(router, [at(5), at(7), ...left.map((n) => at(n))], 4000);
  await Promise.all(left.map((n) => stage.deletePod(`many-${n}`)));
  await expectPicks(router, [at(5), at(7)]);
});

test('without the pool nothing is picked, and with it again all is as before', async () => {
  await plane.client.delete(pool({}, [port]));
  await expectPicks(router, ['503']);
  expect(await router.process.health()).toBe(2);
  await stage.apply(pool({ app: 'vllm' }, [port]));
  await expectPicks(router, [at(5), at(7)]);
  expect(await router.process.health()).toBe(1);
});

test('pods by a label selector, with rights on pods alone', async () => {
  const flags = ['--endpoint-selector=app in (vllm),!old', `--endpoint-target-ports=${port},${otherPort}`];
  const bySelector = await stage.router('epp-selector', flags);
  await bySelector.process.ready();
  await expectPicks(bySelector, [at(5), at(7), at(5, otherPort), at(7, otherPort)]);
  await stage.mark('e', { labels: { old: 'yes' } });
  await expectPicks(bySelector, [at(5), at(5, otherPort)]);
});

test('of two replicas one is ready; when it ends, the other takes over at once', async () => {
  const flags = ['--pool-name=pool', '--ha-enable-leader-election'];
  const first = await stage.router('epp', flags);
  await first.process.ready();
  const second = await stage.router('epp', flags);
  while ((await second.process.health('liveness')) !== 1) await sleep(20);
  await eventually(async () => (await picks(second, 1))[0] !== '503', 3000);
  expect([await first.process.health('readiness'), await second.process.health('readiness')]).toEqual([1, 2]);
  expect(await first.process.stop('SIGTERM')).toBe(0);
  await second.process.ready(4000);
});
