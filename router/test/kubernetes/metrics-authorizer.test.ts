import { get } from 'node:http';
import { metricsAuthorizer } from '../../src/kubernetes/metrics-authorizer';
import { MetricsServer } from '../../src/telemetry/metrics-server';
import { MetricsRegistry } from '../../src/telemetry/registry';
import { FakeClock, RecordingLog } from '../support/context';
import { FakeApiServer, json, refuse } from '../support/fake-api-server';

let server: FakeApiServer;
let clock: FakeClock;
let isBroken: boolean;

const user = { username: 'system:serviceaccount:ns:prometheus', uid: '1', groups: ['system:authenticated'], extra: { scope: ['a'] } };

beforeEach(async () => {
  server = await new FakeApiServer().start();
  clock = new FakeClock();
  isBroken = false;
  server.intercept = ({ pathname }, response, _, body) => {
    const { spec } = JSON.parse(body) as { spec: { token?: string; user?: string; nonResourceAttributes?: { path: string } } };
    if (isBroken) refuse(response, 500, 'no');
    else if (pathname.endsWith('/tokenreviews')) {
      const authenticated = spec.token !== 'unknown';
      json(response, 201, { status: { authenticated, ...(authenticated && { user: { ...user, username: spec.token } }) } });
    } else {
      json(response, 201, { status: { allowed: spec.user === 'prometheus' && spec.nonResourceAttributes?.path === '/metrics' } });
    }
    return true;
  };
});

afterEach(() => server.stop());

test('asks who the bearer is, and then whether that user may get the path', async () => {
  const authorize = metricsAuthorizer(server.client(), clock);
  expect(await authorize('unknown', '/metrics')).toBe('unauthenticated');
  expect(await authorize('somebody', '/metrics')).toBe('forbidden');
  expect(await authorize('prometheus', '/metrics')).toBe('allowed');
  expect(await authorize('prometheus', '/debug/plugins/state')).toBe('forbidden');
  expect(JSON.parse(server.seen.at(-3)?.body ?? '')).toMatchObject({
    kind: 'SubjectAccessReview',
    spec: {
      user: 'prometheus',
      uid: '1',
      groups: user.groups,
      extra: user.extra,
      nonResourceAttributes: { path: '/metrics', verb: 'get' },
    },
  });
});

test('keeps an answer for a minute, a refusal for ten seconds', async () => {
  const authorize = metricsAuthorizer(server.client(), clock);
  const asked = async (token: string): Promise<number> => {
    const before = server.seen.length;
    await authorize(token, '/metrics');
    return server.seen.length - before;
  };
  expect([await asked('prometheus'), await asked('prometheus'), await asked('unknown'), await asked('unknown')]).toEqual([2, 0, 1, 0]);
  clock.advance(10_000);
  expect([await asked('prometheus'), await asked('unknown')]).toEqual([0, 1]);
  clock.advance(50_000);
  expect(await asked('prometheus')).toBe(2);
});

test('an API server that fails is an internal error, and no answer that is kept', async () => {
  const log = new RecordingLog();
  const authorize = metricsAuthorizer(server.client(), clock);
  const metrics = new MetricsServer(new MetricsRegistry(), { port: 0, authorize, pluginState: () => ({}) }, log);
  const port = await metrics.listen();
  const status = (token?: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      get({ host: '127.0.0.1', port, path: '/metrics', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
  isBroken = true;
  expect(await status('prometheus')).toBe(500);
  expect(log.messages('error')).toEqual(['the metrics page failed']);
  isBroken = false;
  expect(await Promise.all([status('prometheus'), status('somebody'), status('unknown'), status()])).toEqual([200, 403, 401, 401]);
  await metrics.close();
});
