import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { completion, ProcessStage } from '../support/process-stage';
import { until } from '../support/runtime';

/** Each server takes one request at a time; more wait in the router. */
const flowControl = (maxConcurrency = 1) => ({
  plugins: [
    { type: 'queue-scorer' },
    { type: 'active-request-scorer' },
    { type: 'inflight-load-producer' },
    { type: 'concurrency-detector', parameters: { maxConcurrency } },
  ],
  featureGates: ['flowControl'],
  flowControl: { saturationDetector: { pluginRef: 'concurrency-detector' } },
});

/** A collector that keeps what it is sent. */
async function collector() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      bodies.push(text);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

describe('a router in a process of its own', () => {
  let stage: ProcessStage;
  let spans: Awaited<ReturnType<typeof collector>>;
  beforeAll(async () => {
    spans = await collector();
    stage = await ProcessStage.create(2, flowControl());
    const flags = ['--drain-timeout=1s', '--health-checking', '--metrics-endpoint-auth=false'];
    await stage
      .start(flags, {
        LLM_D_EPP_MAX_REQUEST_BODY_BYTES: '2000000',
        LLM_D_EPP_MAX_BUFFERED_BYTES: '2500000',
        OTEL_EXPORTER_OTLP_ENDPOINT: spans.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '50',
      })
      .ready();
  }, 30_000);
  afterAll(async () => {
    await stage.stop();
    spans.close();
  });

  test('connections share what is in flight, and the queue; what waits outlives a reload; a bad change changes nothing', async () => {
    const [one, two] = [stage.client(), stage.client()];
    const first = one.request(completion('first'));
    const second = two.request(completion('second'), { 'x-request-id': 'second' });
    // The second connection sees what the first has in flight.
    expect(new Set([await first.destination(), await second.destination()]).size).toBe(2);
    const waiting = two.request(completion('third'));
    await until(async () => (await stage.admin<{ plugins: object[] }>('/config')).plugins.length > 0, 'the configuration');
    stage.writeConfig({ ...flowControl(), plugins: [...flowControl().plugins, { type: 'running-requests-size-scorer' }] });
    await stage.logs('the configuration was replaced');
    const { plugins } = await stage.admin<{ plugins: { type: string }[] }>('/config');
    expect(plugins.map(({ type }) => type)).toContain('running-requests-size-scorer');
    expect(waiting.answers).toEqual([]);
    stage.writeConfig({ plugins: [{ type: 'queue-scorrer' }] });
    await stage.logs('the changed configuration can not be used, the old one stays at work');
    expect(await stage.admin('/config')).toMatchObject({ plugins });
    // A connection frees what another one waits for.
    const freed = await first.destination();
    first.cancel();
    expect(await waiting.destination()).toBe(freed);
    second.cancel();
    waiting.cancel();
  }, 30_000);

  test('a span goes out for a request', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const stream = stage.client().request(completion('traced'), { traceparent: `00-${trace}-b7ad6b7169203331-01` });
    await stream.answer();
    stream.cancel();
    await until(() => spans.bodies.some((body) => body.includes(trace) && body.includes('gateway.request')), 'a span of the request');
  }, 30_000);

  test('bodies that are too large are refused: one of them with 413, all together with 503', async () => {
    const client = stage.client();
    const large = client.request();
    for (let i = 0; i < 3; i++) large.body(Buffer.alloc(1_000_000, 'x'), false);
    expect(await large.answer()).toMatchObject({ kind: 'immediate_response', status: 413 });
    const held = client.request();
    held.body(Buffer.alloc(1_900_000, 'x'), false);
    const more = stage.client().request();
    for (let i = 0; i < 9 && more.answers.length === 0; i++) more.body(Buffer.alloc(200_000, 'x'), false);
    expect([...held.answers, await Promise.race([held.answer(), more.answer()])].at(-1)).toMatchObject({ status: 503 });
    held.cancel();
    more.cancel();
  }, 30_000);

  test('SIGTERM: not ready at once, served until the drain is over, then exit 0', async () => {
    const ended = stage.router.stop('SIGTERM');
    await until(async () => (await stage.router.health()) !== 1, 'not serving');
    const stream = stage.client().request(completion('during the drain'));
    expect(await stream.destination()).toMatch(/^127\.0\.0\.1:/);
    stream.cancel();
    expect(await ended).toBe(0);
  }, 30_000);
});

test('a second signal ends at once', async () => {
  const stage = await ProcessStage.create(0);
  try {
    await stage.start(['--drain-timeout=600s'], { LLM_D_EPP_ADMIN_PORT: '0' }).ready();
    stage.router.child.kill('SIGINT');
    await stage.logs('draining');
    expect(await stage.router.stop('SIGINT')).toBe(1);
  } finally {
    await stage.stop();
  }
}, 30_000);
