import * as fc from 'fast-check';
import { InferenceError, type InferenceRequest, type InferenceResponse } from '../../src/plugin';
import { ExtProcHarness, type HarnessOptions, named, settled } from '../support/ext-proc';
import { encodeRequest, toStruct } from '../support/ext-proc-oracle';
import type { FakeEnvoy } from '../support/fake-envoy';

const SSE = { ':status': '200', 'content-type': 'text/event-stream' };
const RUNNING = 'llm_d_epp_request_running{model_name="model",target_model_name="model",fairness_id="default-flow",priority="0"}';

function watched(options: HarnessOptions = {}): { harness: ExtProcHarness; ends: (string | undefined)[] } {
  const ends: (string | undefined)[] = [];
  const watch = named('watch', { responseEnd: (_: unknown, response: InferenceResponse) => void ends.push(response.cause) });
  const harness = new ExtProcHarness({ ...options, pipeline: { responseBody: [watch], ...options.pipeline } });
  return { harness, ends };
}

test('the prompt is let go when the request is sent on, what else is known of it stays', () => {
  const seen: unknown[] = [];
  const look = ({ body, sizeBytes }: InferenceRequest): void => void seen.push([body.payload, body.bytes.length, body.model, sizeBytes]);
  const pre = named('pre', { preRequest: look });
  const end = named('end', { responseEnd: look });
  const harness = new ExtProcHarness({ pipeline: { preRequest: [pre], responseBody: [end] } });
  const body = { model: 'model', prompt: 'hi' };
  harness.sent(body).responseHeaders(SSE).responseBody('x', true).close();
  const size = JSON.stringify(body).length;
  expect(seen).toEqual([
    [body, size, 'model', size],
    [undefined, 0, 'model', size],
  ]);
});

test('a proxy that sends too much before it has an answer is cut off', async () => {
  const { harness, ends } = watched();
  harness.admission.hold = true;
  const envoy = harness.sent();
  envoy.raw(Buffer.alloc(1024 * 1024));
  expect(envoy.finished).toBeUndefined();
  envoy.raw(Buffer.alloc(1));
  expect(envoy.finished).toEqual({ status: 3, message: 'too many messages before the answer' });
  envoy.close();
  await settled();
  expect([harness.admission.cancelled, harness.admission.finished, ends]).toEqual([1, 0, []]);
});

describe('the end of a request is told once', () => {
  test.each<[string, string, (envoy: FakeEnvoy) => unknown]>([
    ['of the whole answer', 'complete', (envoy) => envoy.responseHeaders(SSE).responseBody('x', true).close()],
    ['of an answer with trailers', 'complete', (envoy) => envoy.responseHeaders(SSE).responseBody('x').responseTrailers().close()],
    ['of a client that went away before the answer', 'client disconnect', (envoy) => envoy.close()],
    ['of a client that went away in the answer', 'client disconnect', (envoy) => envoy.responseHeaders(SSE).responseBody('x').close()],
    ['of a proxy that says no more', 'error', (envoy) => envoy.end().close()],
    ['of a proxy that says what is wrong', 'error', (envoy) => envoy.raw(Buffer.from([7])).close()],
    [
      'of a proxy that goes on after the end',
      'complete',
      (envoy) => envoy.responseHeaders(SSE).responseBody('x', true).responseBody('y', true).end().close(),
    ],
  ])('%s: %s', (_, cause, act) => {
    const { harness, ends } = watched();
    act(harness.sent());
    expect(ends).toEqual([cause]);
    expect(harness.admission.finished).toBe(1);
    expect(harness.metric(RUNNING)).toBe(0);
  });

  test('when a plugin refuses it after the decision', () => {
    const preRequest = named('no', {
      preRequest: () => {
        throw new InferenceError('Forbidden', 'no');
      },
    });
    const { harness, ends } = watched({ pipeline: { preRequest: [preRequest] } });
    harness.sent().close();
    expect(ends).toEqual(['error']);
    expect(harness.admission.finished).toBe(1);
  });

  test('to admission only, when there was no decision', () => {
    const { harness, ends } = watched({ pods: 0 });
    harness.sent().close();
    expect(ends).toEqual([]);
    expect(harness.admission.finished).toBe(1);
  });
});

describe('eviction', () => {
  test('answers with 429 in the middle of an answer', () => {
    const { harness, ends } = watched();
    const envoy = harness.sent().responseHeaders(SSE).responseBody('x');
    expect(harness.admission.evict?.('evicted-priority')).toBe(true);
    expect(envoy.answers.at(-1)).toMatchObject({ kind: 'immediate_response', status: 429, text: 'request evicted by flow control' });
    expect(envoy.answers.at(-1)?.mutation?.set).toEqual([['x-llm-d-request-dropped-reason', 'evicted-priority']]);
    expect(envoy.finished).toEqual({ status: 0, message: undefined });
    expect(harness.admission.evict?.('evicted')).toBe(false);
    envoy.responseBody('y').close();
    expect(envoy.answers.at(-1)?.kind).toBe('immediate_response');
    expect(ends).toEqual(['evicted']);
    expect(harness.admission.finished).toBe(1);
  });

  test('comes too late after the whole answer, or for a client that is gone', () => {
    const done = watched();
    done.harness.sent().responseHeaders(SSE).responseBody('x', true);
    expect(done.harness.admission.evict?.('evicted')).toBe(false);
    const gone = watched();
    gone.harness.sent().close();
    expect(gone.harness.admission.evict?.('evicted')).toBe(false);
    expect([...done.ends, ...gone.ends]).toEqual(['complete', 'client disconnect']);
  });
});

describe('a request that waits for admission', () => {
  test('is answered once it is let in', async () => {
    const { harness } = watched();
    harness.admission.hold = true;
    const envoy = harness.sent().requestTrailers();
    expect(envoy.answers).toEqual([]);
    harness.admission.waiting[0]?.resolve();
    await settled();
    expect(envoy.destination).toBe('10.0.0.1:8000');
    envoy.responseHeaders(SSE).responseBody('x', true).close();
    expect(harness.admission.finished).toBe(1);
  });

  test('is refused as admission says', async () => {
    const { harness, ends } = watched();
    harness.admission.hold = true;
    const envoy = harness.sent();
    const text = 'request timed out in queue: request evicted from queue: request TTL expired';
    harness.admission.waiting[0]?.reject(new InferenceError('ResourceExhausted', text, 'rejected-ttl-expired'));
    await settled();
    expect(envoy.answers).toMatchObject([{ status: 429, text: `inference error: ResourceExhausted - ${text}` }]);
    envoy.close();
    expect(harness.admission.finished).toBe(0);
    expect(ends).toEqual([]);
  });

  test('is cancelled when the client goes away', async () => {
    const { harness, ends } = watched();
    harness.admission.hold = true;
    const envoy = harness.sent().close();
    expect(harness.admission.cancelled).toBe(1);
    await settled();
    expect(envoy.answers).toEqual([]);
    expect(harness.admission.finished).toBe(0);
    expect(ends).toEqual([]);
  });

  test('and was let in just when the client went away gives its place back', async () => {
    const { harness, ends } = watched();
    harness.admission.hold = true;
    const envoy = harness.sent();
    harness.admission.waiting[0]?.resolve();
    envoy.close();
    await settled();
    expect(harness.admission.finished).toBe(1);
    expect(ends).toEqual([]);
    expect(envoy.answers).toEqual([]);
  });

  test('is still answered when the proxy half-closes meanwhile', async () => {
    const { harness, ends } = watched();
    harness.admission.hold = true;
    const envoy = harness.sent().end();
    harness.admission.waiting[0]?.resolve();
    await settled();
    expect(envoy.destination).toBe('10.0.0.1:8000');
    expect(envoy.finished?.status).toBe(0);
    envoy.close();
    expect(ends).toEqual(['error']);
  });

  test('keeps what comes meanwhile, up to a limit', async () => {
    const { harness } = watched();
    harness.admission.hold = true;
    const early = harness.sent().responseHeaders(SSE).responseBody('local answer', true);
    const flood = harness.sent();
    for (let i = 0; i < 70; i++) flood.requestTrailers();
    expect(flood.finished?.status).toBe(3);
    for (const { resolve } of harness.admission.waiting) resolve();
    await settled();
    expect(early.answers.map(({ kind }) => kind)).toEqual(['request_headers', 'request_body', 'response_headers', 'response_body']);
    flood.close();
    expect(flood.answers).toEqual([]);
    expect(harness.admission.finished).toBe(2);
  });
});

describe('whatever happens, in whatever order', () => {
  type Act = (envoy: FakeEnvoy, harness: ExtProcHarness) => unknown;
  const acts: Record<string, Act> = {
    headers: (envoy) => envoy.requestHeaders({ ':path': '/v1/completions' }),
    'headers only': (envoy) => envoy.requestHeaders({ ':path': '/v1/models' }, true),
    chunk: (envoy) => envoy.requestBody('{"model":"model",', false),
    'last chunk': (envoy) => envoy.requestBody('"prompt":"x"}'),
    body: (envoy) => envoy.requestBody('{"model":"model","prompt":"x"}'),
    trailers: (envoy) => envoy.requestTrailers(),
    'response headers': (envoy) => envoy.responseHeaders(SSE),
    'response chunk': (envoy) => envoy.responseBody('x'),
    'response end': (envoy) => envoy.responseBody('', true),
    'response trailers': (envoy) => envoy.responseTrailers(),
    'bad bytes': (envoy) => envoy.raw(Buffer.from([1, 2, 3])),
    'let in': (_, { admission }) => admission.waiting.shift()?.resolve(),
    refuse: (_, { admission }) => admission.waiting.shift()?.reject(new InferenceError('ServiceUnavailable', 'no')),
    evict: (_, { admission }) => admission.evict?.('evicted'),
    'half-close': (envoy) => envoy.end(),
    reset: (envoy) => envoy.close(),
    wait: () => settled(),
  };
  const order = fc.array(fc.constantFrom(...Object.keys(acts)), { maxLength: 14 });
  const usual = fc.constantFrom([], ['headers', 'body'], ['headers', 'body', 'response headers', 'response chunk']);

  test('each request that was let in ends once, and nothing is answered after the end', async () => {
    await fc.assert(
      fc.asyncProperty(usual, order, fc.boolean(), fc.boolean(), async (first, then, hold, slow) => {
        const began: string[] = [];
        const ended: string[] = [];
        const producer = named('slow', { produce: () => (slow ? settled() : undefined) });
        const watch = named('watch', { responseEnd: ({ id }: { id: string }) => void ended.push(id) });
        const note = named('note', { preRequest: ({ id }: { id: string }) => void began.push(id) });
        const harness = new ExtProcHarness({ pipeline: { producers: [producer], preRequest: [note], responseBody: [watch] } });
        harness.admission.hold = hold;
        const envoy = harness.open();
        let closed = false;
        for (const name of [...first, ...then]) {
          if (closed && name === 'half-close') continue;
          closed ||= name === 'reset';
          await acts[name]?.(envoy, harness);
        }
        envoy.close();
        const { admission } = harness;
        let refused = 0;
        for (const { reject } of admission.waiting) {
          refused++;
          reject(new InferenceError('ServiceUnavailable', 'over'));
        }
        for (let i = 0; i < 4; i++) await settled();
        expect(ended).toEqual(began);
        expect(admission.finished).toBeLessThanOrEqual(admission.admitted);
        if (!hold) expect(admission.finished).toBe(admission.admitted);
        if (hold && refused === 0 && began.length > 0) expect(admission.finished).toBe(1);
        expect(envoy.all('immediate_response').length).toBeLessThanOrEqual(1);
        if (envoy.all('immediate_response').length === 1) expect(envoy.answers.at(-1)?.kind).toBe('immediate_response');
        expect(harness.metric(RUNNING) ?? 0).toBe(0);
        const kinds = envoy.answers.map(({ kind }) => kind).filter((kind) => kind.startsWith('response'));
        const rank = ['response_headers', 'response_body', 'response_trailers'];
        expect(kinds).toEqual([...kinds].sort((a, b) => rank.indexOf(a) - rank.indexOf(b)));
        expect(harness.context.log.messages('error')).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });

  test('bytes that were changed on the way end in an answer or an error, never in a fault', () => {
    const messages = [
      encodeRequest({ request_headers: { headers: { headers: [{ key: ':path', raw_value: Buffer.from('/v1/completions') }] } } }),
      encodeRequest({
        request_body: { body: Buffer.from('{"model":"model","prompt":"x"}'), end_of_stream: true },
        metadata_context: {
          filter_metadata: { 'envoy.lb.subset_hint': toStruct({ 'x-gateway-destination-endpoint-subset': ['10.0.0.1:1'] }) },
        },
      }),
      encodeRequest({ response_headers: { headers: { headers: [{ key: 'content-type', raw_value: Buffer.from('text/event-stream') }] } } }),
      encodeRequest({ response_body: { body: Buffer.from('data: 1\n\n'), end_of_stream: true } }),
    ];
    const { harness } = watched();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
        const envoy = harness.open();
        messages.forEach((message, i) => {
          const bytes = Buffer.from(message);
          for (const [which, at, byte] of changes) if (which === i) bytes[at % bytes.length] = byte;
          envoy.raw(bytes);
        });
        envoy.close();
        expect(harness.context.log.messages('error')).toEqual([]);
        expect(harness.admission.finished).toBe(harness.admission.admitted);
      }),
      { numRuns: 800 },
    );
  });
});
