import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isTracingWanted, parseTraceparent } from '../../src/telemetry/otel';
import { routerEntry } from '../support/router-process';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test.each([
  [{}, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' }, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4317' }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317', OTEL_SDK_DISABLED: 'true' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317', OTEL_TRACES_EXPORTER: 'none' }, false],
])('%j asks for spans: %s', (env, wanted) => {
  expect(isTracingWanted(env)).toBe(wanted);
});

test('trace context is read as W3C writes it', () => {
  expect(parseTraceparent(parent)).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
  });
  const bad = ['', 'x', parent.slice(1), parent.replace('00-', 'ff-'), parent.replace(/0af7651916cd43dd8448eb211c80319c/, '0'.repeat(32))];
  for (const text of bad) expect(parseTraceparent(text)).toBeUndefined();
  expect(parseTraceparent(undefined)).toBeUndefined();
});

/** Runs compiled in a process of its own: the exporter's lazy imports do not work inside jest. */
const program = `
  const { startTracing } = require(process.argv[1]);
  const log = { info() {} };
  startTracing(process.env, log).then(async ({ tracing, stop }) => {
    const span = tracing.start('gateway.request', ${JSON.stringify(parent)}, 'a=b');
    span.set('target_model', 'm');
    const inner = span.child('schedule');
    inner.fail('no endpoint');
    inner.end();
    console.log(JSON.stringify(Object.fromEntries(span.headers())));
    span.end();
    await stop();
  });
`;

test('spans arrive at a collector, inside the trace of the caller', async () => {
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_SERVICE_NAME: 'my-router',
  };
  const module = join(dirname(routerEntry()), 'telemetry/otel.js');
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, module], { env });
  collector.close();
  const headers = JSON.parse(stdout) as Record<string, string>;
  expect(headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  expect(headers.tracestate).toBe('a=b');
  const [batch] = JSON.parse(bodies[0] ?? '{}').resourceSpans;
  const spans = batch.scopeSpans[0].spans as { name: string; traceId: string; spanId: string; parentSpanId: string }[];
  const [inner, outer] = [spans.find(({ name }) => name === 'schedule'), spans.find(({ name }) => name === 'gateway.request')];
  expect(outer?.parentSpanId).toBe('b7ad6b7169203331');
  expect(inner?.parentSpanId).toBe(outer?.spanId);
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set(['0af7651916cd43dd8448eb211c80319c']));
  expect(JSON.stringify(batch.resource)).toContain('my-router');
});
