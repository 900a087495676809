import { type KubeObject, type Observer, Reflector, type ReflectorTiming } from '../../src/kubernetes/reflector';
import { RecordingLog } from '../support/context';
import { eventually, FakeApiServer, refuse } from '../support/fake-api-server';

const PODS = '/api/v1/namespaces/default/pods';
const QUICK: ReflectorTiming = { firstPauseMs: 5, mostPauseMs: 20, watchSeconds: 60, graceMs: 10_000 };

const pod = (name: string, value = ''): KubeObject => ({ metadata: { name, labels: { app: 'vllm' }, annotations: { value } } });

class Mirror implements Observer<KubeObject> {
  readonly objects = new Map<string, KubeObject>();
  lists = 0;

  replaced(objects: readonly KubeObject[]): void {
    this.lists++;
    this.objects.clear();
    for (const object of objects) this.changed(object);
  }

  changed(object: KubeObject): void {
    this.objects.set(object.metadata.name, object);
  }

  deleted(object: KubeObject): void {
    this.objects.delete(object.metadata.name);
  }

  has(...names: string[]): boolean {
    return [...this.objects.keys()].sort().join() === [...names].sort().join();
  }
}

let server: FakeApiServer;
let log: RecordingLog;
let mirror: Mirror;
let reflector: Reflector<KubeObject> | undefined;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  log = new RecordingLog();
  mirror = new Mirror();
});

afterEach(async () => {
  await reflector?.stop();
  await server.stop();
});

function start(timing: Partial<ReflectorTiming> = {}, answerMs = 2000): Reflector<KubeObject> {
  reflector = new Reflector(server.client(answerMs), { path: PODS, labelSelector: 'app=vllm' }, mirror, log, { ...QUICK, ...timing });
  reflector.start();
  return reflector;
}

const watching = (): Promise<void> => eventually(() => server.openWatches === 1);

test('lists, then follows additions, changes, deletions and objects that leave the selection', async () => {
  server.put(PODS, pod('a'));
  const { metadata } = pod('other');
  server.put(PODS, { metadata: { ...metadata, labels: {} } });
  expect(start().synced).toBe(false);
  await watching();
  expect(reflector?.synced).toBe(true);
  expect(mirror.has('a')).toBe(true);
  server.put(PODS, pod('b'));
  server.put(PODS, pod('a', 'new'));
  await eventually(() => mirror.has('a', 'b') && mirror.objects.get('a')?.metadata.annotations?.value === 'new');
  server.remove(PODS, 'a');
  server.put(PODS, { metadata: { ...pod('b').metadata, labels: { app: 'else' } } });
  await eventually(() => mirror.has());
  expect(server.count('list', PODS)).toBe(1);
});

test.each([1, 2, 3, 7, 64])('lines may be split anywhere: pieces of %i bytes', async (pieceBytes) => {
  server.put(PODS, pod('first'));
  start();
  await watching();
  server.pieceBytes = pieceBytes;
  for (let i = 0; i < 5; i++) server.put(PODS, pod(`p${i}`, `größe – 模型 🚀 ${i}`));
  await eventually(() => mirror.objects.size === 6);
  expect(mirror.objects.get('p4')?.metadata.annotations?.value).toBe('größe – 模型 🚀 4');
  expect(server.count('list', PODS)).toBe(1);
});

test('reads all pages of a long list before it tells of any', async () => {
  for (let i = 0; i < 1203; i++) server.put(PODS, pod(`p${i}`));
  start();
  await eventually(() => mirror.objects.size === 1203);
  expect(server.count('list', PODS)).toBe(3);
  expect(mirror.lists).toBe(1);
});

test('a page whose token has expired begins the list anew', async () => {
  for (let i = 0; i < 700; i++) server.put(PODS, pod(`p${i}`));
  let isFirst = true;
  server.intercept = (url, response) => {
    if (!url.searchParams.has('continue') || !isFirst) return false;
    isFirst = false;
    refuse(response, 410, 'the continue token is too old');
    return true;
  };
  start();
  await eventually(() => mirror.objects.size === 700);
  expect(mirror.lists).toBe(1);
});

test('a watch that ends in good order is resumed where it ended, after a bookmark from there', async () => {
  server.put(PODS, pod('a'));
  start({ firstPauseMs: 1 });
  await watching();
  server.put(PODS, pod('b'));
  await eventually(() => mirror.has('a', 'b'));
  server.write(JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '77' } } }));
  server.endWatches();
  await eventually(() => server.count('watch', PODS) === 2);
  expect(server.seen.at(-1)?.url.searchParams.get('resourceVersion')).toBe('77');
  expect(mirror.has('a', 'b')).toBe(true);
  expect(server.count('list', PODS)).toBe(1);
  expect(log.messages('warn')).toEqual([]);
});

test('what happened while the connection was broken is made up for by a list', async () => {
  server.put(PODS, pod('gone'));
  server.put(PODS, pod('stays'));
  start();
  await watching();
  server.intercept = (_, response) => {
    response.destroy();
    return true;
  };
  server.drop();
  server.remove(PODS, 'gone');
  server.put(PODS, pod('new'));
  await eventually(() => server.seen.length > 4);
  expect(mirror.has('gone', 'stays')).toBe(true);
  server.intercept = () => false;
  await eventually(() => mirror.has('stays', 'new'));
});

test.each(['as an event', 'as a status'])('an expired version (410 %s) is listed anew without a warning', async (how) => {
  server.put(PODS, pod('a'));
  start({ firstPauseMs: 1 });
  await watching();
  server.compact();
  if (how === 'as a status') {
    let refusals = 0;
    server.intercept = (url, response) => {
      if (!url.searchParams.has('watch') || ++refusals > 1) return false;
      refuse(response, 410, 'too old');
      return true;
    };
  }
  server.endWatches();
  await eventually(() => server.count('list', PODS) === 2);
  await watching();
  expect(log.messages('warn')).toEqual([]);
});

test('lines that are no events end the watch, not the process', async () => {
  server.put(PODS, pod('a'));
  start();
  await watching();
  server.write('<html>a proxy says hello</html>');
  await eventually(() => server.count('list', PODS) === 2);
  server.put(PODS, pod('b'));
  await eventually(() => mirror.has('a', 'b'));
});

test('a connection that is silent for too long is given up', async () => {
  server.put(PODS, pod('a'));
  start({ watchSeconds: 0.05, graceMs: 0 });
  await eventually(() => server.count('list', PODS) >= 2);
  expect(log.lines.some(({ fields }) => String(fields.error).includes('silent for 50 ms'))).toBe(true);
});

test('a list that never ends is given up and asked for again', async () => {
  server.put(PODS, pod('a'));
  let stalls = 2;
  server.intercept = (url, response) => {
    if (url.searchParams.has('watch') || stalls-- <= 0) return false;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"items":[');
    return true;
  };
  start({}, 30);
  await eventually(() => mirror.has('a'));
  expect(log.lines[0]?.fields.error).toMatch(/no answer in 30 ms$/);
});

test('an API server that ends or refuses every watch is asked with growing pauses, and said to be broken once', async () => {
  server.put(PODS, pod('a'));
  server.intercept = (url, response) => {
    if (!url.searchParams.has('watch')) return false;
    refuse(response, 403, 'no watching');
    return true;
  };
  start({ firstPauseMs: 20, mostPauseMs: 10_000 });
  await eventually(() => server.count('list', PODS) >= 3);
  await new Promise((resolve) => setTimeout(resolve, 60));
  // The pauses are at least 10, 20, 40 and 80 ms: a loop without them would have asked hundreds of times.
  expect(server.count('list', PODS)).toBeLessThanOrEqual(8);
  expect(log.messages('warn')).toHaveLength(1);
  expect(mirror.has('a')).toBe(true);
});

test('a watch that ends as soon as it began is not asked for in a loop', async () => {
  server.put(PODS, pod('a'));
  server.intercept = (url, response) => {
    if (!url.searchParams.has('watch')) return false;
    response.writeHead(200).end();
    return true;
  };
  start({ firstPauseMs: 40, mostPauseMs: 10_000 });
  await eventually(() => server.count('watch', PODS) === 2);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(server.count('watch', PODS)).toBeLessThanOrEqual(3);
});

test.each([403, 404])('a kind that may not be read (%i) is said to be refused, until it can be', async (status) => {
  let isRefused = true;
  server.intercept = (_, response) => {
    if (isRefused) refuse(response, status, 'no');
    return isRefused;
  };
  server.put(PODS, pod('a'));
  const { refused, synced } = start();
  expect({ refused, synced }).toEqual({ refused: false, synced: false });
  await eventually(() => reflector?.refused === true);
  isRefused = false;
  await eventually(() => reflector?.synced === true && !reflector.refused);
});

test('stops in the middle of a list at once, and the observer hears nothing more', async () => {
  server.put(PODS, pod('a'));
  let answer = (): void => undefined;
  server.intercept = (_, response) => {
    answer = () => refuse(response, 200, '');
    return true;
  };
  start();
  await eventually(() => server.seen.length === 1);
  await reflector?.stop();
  answer();
  expect(mirror.lists).toBe(0);
  expect(server.seen).toHaveLength(1);
});

test('stops in the middle of a watch and of a pause', async () => {
  server.put(PODS, pod('a'));
  start();
  await watching();
  await reflector?.stop();
  server.put(PODS, pod('b'));
  await eventually(() => server.openWatches === 0);
  expect(mirror.has('a')).toBe(true);

  server.intercept = (_, response) => {
    response.destroy();
    return true;
  };
  start({ firstPauseMs: 60_000, mostPauseMs: 60_000 });
  await eventually(() => log.messages('warn').length === 1);
  await reflector?.stop();
});

test('an observer that fails is given everything again', async () => {
  server.put(PODS, pod('a'));
  start();
  await watching();
  const { changed } = mirror;
  mirror.changed = () => {
    mirror.changed = changed;
    throw new Error('not today');
  };
  server.put(PODS, pod('b'));
  await eventually(() => mirror.has('a', 'b'));
});
