import type { PageClient, PageSink } from '../../../src/datalayer/http/page-client';
import type { TargetListener } from '../../../src/datalayer/polling/poll-target';
import { Poller } from '../../../src/datalayer/polling/poller';
import type { PollingSource, PollRequest } from '../../../src/datalayer/types';
import type { Endpoint } from '../../../src/plugin';
import { FakeClock, TestContext } from '../../support/context';
import { page } from '../../support/datalayer';

class FakeClient implements PageClient {
  gets = 0;
  closed = false;
  running = false;

  constructor(
    readonly request: PollRequest,
    private readonly sink: PageSink,
  ) {}

  get(): void {
    expect(this.running).toBe(false);
    this.running = true;
    this.gets++;
  }

  abort(reason: string): void {
    this.fail(reason);
  }

  close(): void {
    this.closed = true;
  }

  succeed(): void {
    this.running = false;
    this.sink.page(page('a 1\n'));
  }

  fail(reason = 'ECONNREFUSED'): void {
    this.running = false;
    this.sink.failed(reason);
  }
}

const source: PollingSource = {
  emits: 'metrics',
  type: 'metrics-data-source',
  tls: { insecureSkipVerify: true },
  request: ({ metadata }: Endpoint) => {
    if (metadata.labels.broken !== undefined) throw new Error('no address');
    return { scheme: 'http', host: metadata.nodeAddress ?? metadata.address, port: 9400, path: '/metrics' };
  },
} as PollingSource;

function setup(endpoints: number) {
  const context = new TestContext();
  const clock = new FakeClock();
  const clients: FakeClient[] = [];
  const heard: string[] = [];
  const hear =
    (what: string) =>
    ({ metadata }: Endpoint): void => {
      heard.push(`${what} ${metadata.name}`);
    };
  const listener: TargetListener = {
    page: hear('page'),
    failed: hear('failed'),
    unreachable: hear('unreachable'),
    recovered: hear('recovered'),
  };
  const make = (request: PollRequest, sink: PageSink): FakeClient => {
    clients.push(new FakeClient(request, sink));
    return clients.at(-1)!;
  };
  const poller = new Poller(source, 50, make, listener, clock);
  const pods = context.pods(endpoints);
  for (const pod of pods) poller.add(pod);
  /** Lets time pass in steps of 5 ms; clients answer at once by `answer`. */
  const pass = (milliseconds: number, answer?: (client: FakeClient) => void): void => {
    for (let elapsed = 0; elapsed < milliseconds; elapsed += 5) {
      clock.advance(5);
      poller.tick();
      if (answer !== undefined) for (const client of clients) if (client.running) answer(client);
    }
  };
  return { context, clock, clients, heard, poller, pods, pass };
}

test('every endpoint is polled once a period, one after the other', () => {
  const { clients, pass, heard } = setup(10);
  pass(500, (client) => client.succeed());
  expect(clients.map(({ gets }) => gets)).toEqual(Array(10).fill(10));
  expect(heard.slice(0, 3)).toEqual(['page pod-0', 'page pod-1', 'page pod-2']);
});

test('nothing is asked twice at the same time', () => {
  const { clients, pass } = setup(4);
  pass(500);
  expect(clients.map(({ gets }) => gets)).toEqual([1, 1, 1, 1]);
  clients[2]!.succeed();
  pass(100);
  expect(clients.map(({ gets }) => gets)).toEqual([1, 1, 2, 1]);
});

test('an answer that takes longer than 1 s is given up', () => {
  const { clients, heard, pass } = setup(1);
  pass(1000);
  expect(heard).toEqual([]);
  pass(400);
  expect(heard).toEqual(['failed pod-0']);
  expect(clients[0]!.gets).toBe(2);
});

test('a stalled event loop is not held against the servers', () => {
  const { clock, clients, heard, poller, pass } = setup(1);
  pass(60);
  expect(clients[0]!.gets).toBe(1);
  clock.advance(5000);
  poller.tick();
  expect(heard).toEqual([]);
  pass(300);
  expect(heard).toEqual(['failed pod-0']);
});

test('servers that fail are asked ever more rarely, down to once a second, and at once after an answer', () => {
  const { clients, heard, pass } = setup(2);
  const refuseFirst = (client: FakeClient): void => (client === clients[0] ? client.fail() : client.succeed());
  pass(10_000, refuseFirst);
  expect(clients[0]!.gets).toBeGreaterThanOrEqual(10);
  expect(clients[0]!.gets).toBeLessThanOrEqual(16);
  expect(clients[1]!.gets).toBe(200);
  expect(heard.filter((line) => line.startsWith('unreachable'))).toEqual(['unreachable pod-0']);
  pass(1050, (client) => client.succeed());
  expect(heard.filter((line) => line.startsWith('recovered'))).toEqual(['recovered pod-0']);
  const before = clients[0]!.gets;
  pass(500, (client) => client.succeed());
  expect(clients[0]!.gets - before).toBe(10);
});

test('a single failure changes nothing', () => {
  const { clients, heard, pass } = setup(1);
  let count = 0;
  pass(1000, (client) => (count++ % 2 === 0 ? client.fail() : client.succeed()));
  expect(clients[0]!.gets).toBe(20);
  expect(heard).not.toContain('unreachable pod-0');
});

test('endpoints may come and go while others are polled', () => {
  const { context, clients, heard, poller, pods, pass } = setup(5);
  pass(100, (client) => client.succeed());
  poller.remove(pods[1]!);
  poller.remove(pods[1]!);
  poller.add(context.endpoint('late'));
  expect(clients.map(({ closed }) => closed)).toEqual([false, true, false, false, false, false]);
  heard.length = 0;
  pass(500, (client) => client.succeed());
  expect(heard.filter((line) => line === 'page late')).toHaveLength(10);
  expect(heard.filter((line) => line === 'page pod-1')).toEqual([]);
  expect(heard.filter((line) => line === 'page pod-4')).toHaveLength(10);
});

test('a changed address makes a new connection, other changes do not', () => {
  const { clients, poller, pods } = setup(1);
  const [pod] = pods;
  pod!.metadata = { ...pod!.metadata, labels: { a: 'b' } };
  poller.add(pod!);
  expect(clients).toHaveLength(1);
  pod!.metadata = { ...pod!.metadata, nodeAddress: '192.0.2.1' };
  poller.add(pod!);
  expect(clients.map(({ closed, request }) => [closed, request.host])).toEqual([
    [true, '10.0.0.1'],
    [false, '192.0.2.1'],
  ]);
});

test('an endpoint without an address is told of and not polled', () => {
  const { context, clients, heard, poller, pass } = setup(0);
  poller.add(context.endpoint('odd', { labels: { broken: '' } }));
  pass(200);
  expect(clients).toEqual([]);
  expect(heard).toEqual(['unreachable odd']);
});

test('while it runs, a new endpoint does not wait for its turn, and the timer polls', async () => {
  const { clock, clients, poller, context } = setup(0);
  poller.start();
  poller.start();
  poller.add(context.endpoint('new'));
  expect(clients[0]!.gets).toBe(1);
  clients[0]!.succeed();
  clock.advance(60);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(clients[0]!.gets).toBe(2);
  poller.stop();
  expect(clients[0]!.closed).toBe(true);
});
