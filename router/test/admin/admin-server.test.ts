import { get } from 'node:http';
import { AdminServer } from '../../src/admin/admin-server';
import { DecisionLog } from '../../src/admin/decision-log';
import { Candidates, coreColumns, EndpointTable } from '../../src/plugin';
import { FakeClock, RecordingLog, request } from '../support/context';

const metadata = (name: string, port: number) => ({
  id: `default/${name}`,
  namespace: 'default',
  name,
  address: '10.0.0.1',
  port,
  metricsHost: `10.0.0.1:${port}`,
  labels: { 'llm-d.ai/role': 'decode' },
  rankIndex: 0,
});

function setUp(limit = 10) {
  const endpoints = new EndpointTable();
  const clock = new FakeClock();
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name, i) => endpoints.upsert(metadata(name, 8000 + i)));
  return { endpoints, clock, decisions: new DecisionLog(endpoints, clock, limit), a: a!, b: b!, c: c!, d: d! };
}

/** a wins, b scores less, c is filtered, d is unhealthy. */
function decide({ endpoints, decisions, a, b, c }: ReturnType<typeof setUp>, id: string): void {
  const all = new Candidates().fill(endpoints.all());
  const record = decisions.begin(request({ id }), all);
  record?.profileStarted('default', new Candidates().fill([a, b, c]));
  const left = new Candidates().fill([a, b]);
  record?.filtered('default', 'decode-filter', left);
  record?.scored('default', 'queue-scorer', 2, left, Float64Array.of(1, 0.25));
  record?.scored('default', 'prefix-cache-scorer', 3, left, Float64Array.of(0.5, 0.4));
  record?.picked('default', left, Float64Array.of(3.5, 1.7), [a]);
  record?.ended({ primary: 'default', profiles: new Map([['default', { targets: [a] }]]) });
}

async function fetchText(port: number, path: string, host = 'localhost'): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    get({ port, path, host: '127.0.0.1', headers: { host } }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    }).on('error', reject);
  });
}

test('notes keep no long texts of clients', () => {
  const { decisions, endpoints } = setUp();
  const model = 'm'.repeat(1_000_000);
  decisions.begin(request({ id: 'i'.repeat(600), body: { model, prompt: '' } }), new Candidates().fill(endpoints.all()));
  const [note] = decisions.latest();
  expect(note).toMatchObject({ requestId: `${'i'.repeat(512)}…`, model: `${'m'.repeat(512)}…`, targetModel: `${'m'.repeat(512)}…` });
});

describe('the admin port', () => {
  const setup = setUp();
  const server = new AdminServer({ ...setup, config: () => ({ profileHandler: 'single' }) }, '127.0.0.1', 0, new RecordingLog());
  let port = 0;
  beforeAll(async () => {
    port = await server.listen();
    setup.clock.advance(1000);
    setup.endpoints.column(coreColumns.waiting, 0).set(setup.a.slot, 3);
    setup.endpoints.column(coreColumns.updatedAt, Number.NaN).set(setup.a.slot, 990);
    decide(setup, 'id/1 ü');
  });
  afterAll(() => server.close());

  test('says why each endpoint won or lost', async () => {
    const { status, text } = await fetchText(port, '/decisions');
    expect(status).toBe(200);
    const [decision] = JSON.parse(text).decisions;
    expect(decision).toMatchObject({ requestId: 'id/1 ü', candidates: 4, primary: 'default' });
    const [profile] = decision.profiles;
    expect(profile.weights).toEqual({ 'queue-scorer': 2, 'prefix-cache-scorer': 3 });
    expect(profile.endpoints).toEqual([
      { endpoint: '10.0.0.1:8000', picked: true, total: 3.5, scores: { 'queue-scorer': 1, 'prefix-cache-scorer': 0.5 }, why: 'picked' },
      {
        endpoint: '10.0.0.1:8001',
        picked: false,
        total: 1.7,
        scores: { 'queue-scorer': 0.25, 'prefix-cache-scorer': 0.4 },
        why: 'total lower by 1.8, most of it queue-scorer (1.5)',
      },
      { endpoint: '10.0.0.1:8002', picked: false, scores: {}, why: 'removed by decode-filter' },
      {
        endpoint: '10.0.0.1:8003',
        picked: false,
        scores: {},
        why: 'left out: its metrics were never read or are stale, and other endpoints are healthy',
      },
    ]);
  });

  test('finds a decision by its request', async () => {
    expect((await fetchText(port, `/decisions/${encodeURIComponent('id/1 ü')}`)).status).toBe(200);
    expect((await fetchText(port, '/decisions/other')).status).toBe(404);
    expect((await fetchText(port, '/decisions/%E0')).status).toBe(404);
  });

  test('takes any path', async () => {
    expect((await fetchText(port, '//')).status).toBe(404);
    expect((await fetchText(port, '/decisions?id=1')).status).toBe(200);
  });

  test('shows endpoints with the age of their metrics', async () => {
    const { endpoints } = JSON.parse((await fetchText(port, '/endpoints')).text);
    expect(endpoints[0]).toMatchObject({ id: 'default/a', waiting: 3, metricsAgeMs: 10 });
    expect(endpoints[1]).toMatchObject({ id: 'default/b', metricsAgeMs: null });
  });

  test('shows the page and the configuration', async () => {
    expect((await fetchText(port, '/')).text).toContain('<title>Endpoint picker</title>');
    expect(JSON.parse((await fetchText(port, '/config')).text)).toEqual({ profileHandler: 'single' });
  });

  test('refuses host names that are not loopback', async () => {
    expect((await fetchText(port, '/decisions', 'evil.example.com')).status).toBe(403);
    expect((await fetchText(port, '/decisions', '127.0.0.1:1234')).status).toBe(200);
  });
});

describe('decision notes', () => {
  test('keep the newest, newest first', () => {
    const setup = setUp(3);
    for (const id of ['1', '2', '3', '4']) decide(setup, id);
    expect(setup.decisions.latest().map((note) => note.requestId)).toEqual(['4', '3', '2']);
  });

  test('are at most 50 a second', () => {
    const setup = setUp(1000);
    for (let i = 0; i < 60; i++) decide(setup, `${i}`);
    expect([setup.decisions.latest().length, setup.decisions.skipped]).toEqual([50, 10]);
    setup.clock.advance(1000);
    decide(setup, 'next');
    expect(setup.decisions.latest()[0]?.requestId).toBe('next');
  });

  test('are off with a limit of 0', () => {
    const setup = setUp(0);
    decide(setup, '1');
    expect(setup.decisions.latest()).toEqual([]);
  });

  test('tell a failure', () => {
    const { decisions, endpoints } = setUp();
    decisions.begin(request(), new Candidates().fill(endpoints.all()))?.ended(undefined, new Error('nothing left'));
    expect(decisions.latest()[0]?.error).toBe('nothing left');
  });
});
