import * as fc from 'fast-check';
import { BODY_PIECE } from '../../src/ext-proc/processing-response';
import type { ProfileResult } from '../../src/plugin';
import { ExtProcHarness, jsonParser, named } from '../support/ext-proc';
import type { FakeEnvoy } from '../support/fake-envoy';

const BODY = JSON.stringify({ model: 'my-model', prompt: 'test', max_tokens: 100 });
const HEADERS = { ':path': '/v1/completions', 'x-request-id': 'test-request-id', hi: 'mom' };

describe('a request with a body', () => {
  test('is answered after its end, headers before body, with destination, length, echo and metadata', () => {
    const envoy = new ExtProcHarness().open().requestHeaders(HEADERS).requestBody(BODY, false);
    expect(envoy.answers).toEqual([]);
    envoy.requestBody('', true);
    expect(envoy.answers).toEqual([
      {
        kind: 'request_headers',
        metadata: { 'envoy.lb': { 'x-gateway-destination-endpoint': '10.0.0.1:8000' } },
        mutation: {
          clearRouteCache: true,
          removed: [],
          set: [
            ['x-gateway-destination-endpoint', '10.0.0.1:8000'],
            ['Content-Length', String(BODY.length)],
            [':path', '/v1/completions'],
            ['x-request-id', 'test-request-id'],
            ['hi', 'mom'],
          ],
        },
      },
      { kind: 'request_body', body: Buffer.from(BODY), endOfStream: true, metadata: undefined },
    ]);
    expect(envoy.finished).toBeUndefined();
  });

  test('may have its values in the text field', () => {
    const harness = new ExtProcHarness({ priorities: { mine: 2 } });
    const headers = { ...HEADERS, 'x-llm-d-inference-objective': 'mine' };
    const envoy = harness.open().requestHeaders(headers, false, 'value').requestBody(BODY);
    expect(envoy.setHeaders().hi).toBe('mom');
    expect(harness.metric('inference_objective_request_total{model_name="my-model",target_model_name="my-model",priority="2"}')).toBe(1);
  });

  test('gets a UUID as its identity when it has none', () => {
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    const given: Record<string, string>[] = [{}, { 'x-request-id': '' }];
    for (const id of given) {
      const envoy = new ExtProcHarness()
        .open()
        .requestHeaders({ ':path': '/v1/completions', ...id })
        .requestBody(BODY);
      expect(envoy.setHeaders()['x-request-id']).toMatch(uuid);
    }
  });

  test('decides alike, however the body is cut', () => {
    const body = Buffer.from(JSON.stringify({ model: 'ümodel', prompt: 'ä'.repeat(300) }));
    const whole = new ExtProcHarness().open().requestHeaders(HEADERS).requestBody(body).answers;
    fc.assert(
      fc.property(fc.array(fc.nat(body.length), { maxLength: 8 }), fc.boolean(), (places, emptyEnd) => {
        const borders = [0, ...places.sort((a, b) => a - b), body.length];
        const envoy = new ExtProcHarness().open().requestHeaders(HEADERS);
        for (let i = 1; i < borders.length; i++) {
          envoy.requestBody(body.subarray(borders[i - 1], borders[i]), !emptyEnd && i === borders.length - 1);
        }
        if (emptyEnd) envoy.requestBody('', true);
        expect(envoy.answers).toEqual(whole);
      }),
    );
  });

  test('that is long goes on in pieces of 62,000 bytes', () => {
    const body = JSON.stringify({ model: 'm', prompt: 'x'.repeat(150_000) });
    const envoy = new ExtProcHarness().open().requestHeaders(HEADERS).requestBody(body);
    const pieces = envoy.all('request_body');
    expect(pieces.map((piece) => piece.body?.length)).toEqual([BODY_PIECE, BODY_PIECE, body.length - 2 * BODY_PIECE]);
    expect(pieces.map((piece) => piece.endOfStream)).toEqual([false, false, true]);
    expect(envoy.body('request_body')).toBe(body);
    expect(envoy.setHeaders()['Content-Length']).toBe(String(body.length));
  });

  test('that is empty is answered by one empty piece without a length', () => {
    const envoy = new ExtProcHarness().open().requestHeaders({ ':path': '/other' }).requestBody('');
    expect(envoy.all('request_body')).toMatchObject([{ body: Buffer.alloc(0), endOfStream: true }]);
    expect(envoy.setHeaders()).not.toHaveProperty('Content-Length');
  });

  test('takes no notice of trailers', () => {
    const envoy = new ExtProcHarness().open().requestHeaders(HEADERS).requestBody(BODY).requestTrailers();
    expect(envoy.answers).toHaveLength(2);
    expect(envoy.finished).toBeUndefined();
  });

  test('on an unknown path goes through the fallback parser, unchanged and without model names', () => {
    const harness = new ExtProcHarness({ priorities: { 'my-model': 2 } });
    const envoy = harness
      .open()
      .requestHeaders({ ':path': '/foo/bar', 'x-llm-d-inference-objective': 'my-model' })
      .requestBody('passthrough-parser');
    expect(envoy.destination).toBe('10.0.0.1:8000');
    expect(envoy.body('request_body')).toBe('passthrough-parser');
    expect(harness.metric('inference_objective_request_total{model_name="",target_model_name="",priority="2"}')).toBe(1);
  });

  test('without a parser to be found is refused', () => {
    const harness = new ExtProcHarness({ pipeline: { parsers: [named('json', jsonParser)] } });
    const envoy = harness.open().requestHeaders({ ':path': '/foo/bar?a=b' }).requestBody('x');
    expect(envoy.answers).toMatchObject([
      { status: 400, text: 'inference error: BadRequest - no parser registered matching path suffix for: /foo/bar' },
    ]);
    expect(envoy.finished).toEqual({ status: 0, message: undefined });
  });
});

describe('headers', () => {
  const controls = {
    'x-gateway-destination-endpoint': '6.6.6.6:66',
    'x-gateway-destination-endpoint-served': '6.6.6.6:66',
    'x-gateway-destination-endpoint-subset': '6.6.6.6:66',
    'x-llm-d-inference-fairness-id': 'me',
    'x-gateway-inference-objective': 'high',
    'x-slo-ttft-ms': '100',
    'x-llm-d-slo-tpot-ms': '10',
    'x-llm-d-video-fps': '24',
    'x-llm-d-request-dropped-reason': 'evicted',
    'x-prefiller-host-port': '6.6.6.6:66',
    'x-encoder-hosts-ports': '6.6.6.6:66',
    'x-data-parallel-host-port': '6.6.6.6:66',
    'x-kv-cache-source-host-port': '6.6.6.6:66',
  };

  test('that control the router or name machines do not reach the model server, whoever sent them', () => {
    const envoy = new ExtProcHarness().sent(undefined, { ...controls, 'content-length': '5', accept: '*/*' });
    const { 'x-gateway-destination-endpoint': destination, ...set } = envoy.setHeaders();
    expect(destination).toBe('10.0.0.1:8000');
    expect(set).toEqual({ ':path': '/v1/completions', 'x-request-id': 'id', accept: '*/*', 'Content-Length': '31' });
    const { 'x-gateway-destination-endpoint': _, ...removed } = controls;
    expect([...envoy.removedHeaders()].sort()).toEqual(Object.keys(removed).sort());
  });

  test('that control the router are removed from requests without a body too', () => {
    const envoy = new ExtProcHarness().open().requestHeaders({ ...controls, ':path': '/v1/models', 'x-request-id': 'id' }, true);
    expect(envoy.removedHeaders()).toContain('x-prefiller-host-port');
    expect(envoy.removedHeaders()).toContain('x-llm-d-inference-fairness-id');
    expect(envoy.destination).toMatch(/^10\.0\.0\.[123]:8000$/);
  });

  test('that plugins set or delete reach the model server or do not', () => {
    const plugin = {
      preRequest: ({ headers }: { headers: { set(name: string, value: string): void; delete(name: string): void } }) => {
        headers.delete('authorization');
        headers.set('x-prefiller-host-port', '10.0.0.9:8000');
      },
    };
    const harness = new ExtProcHarness({ pipeline: { preRequest: [named('plugin', plugin)] } });
    const envoy = harness.sent(undefined, { authorization: 'secret', 'x-prefiller-host-port': '6.6.6.6:66' });
    expect(envoy.setHeaders()['x-prefiller-host-port']).toBe('10.0.0.9:8000');
    expect(envoy.setHeaders()).not.toHaveProperty('authorization');
    expect(envoy.removedHeaders()).toEqual(['authorization']);
  });

  test('are not echoed when only changes are asked for', () => {
    const harness = new ExtProcHarness({ env: { LLM_D_EPP_ECHO_HEADERS: 'changed' } });
    const envoy = harness.sent(undefined, { accept: '*/*' });
    expect(Object.keys(envoy.setHeaders())).toEqual(['x-gateway-destination-endpoint', 'Content-Length']);
    envoy.responseHeaders({ ':status': '200', server: 'vllm' });
    expect(envoy.setHeaders('response_headers')).toEqual({ 'x-went-into-resp-headers': 'true' });
  });

  test('carry the trace on instead of the one of the client', () => {
    const ended: string[] = [];
    const span = (name: string) => ({
      set: () => {},
      fail: () => {},
      child: (inner: string) => span(inner),
      headers: () => [['traceparent', '00-new']] as const,
      end: () => ended.push(name),
    });
    const starts: unknown[] = [];
    const tracing = {
      start: (...given: unknown[]) => {
        starts.push(given);
        return span('gateway.request');
      },
    };
    const envoy = new ExtProcHarness({ tracing }).sent(undefined, { traceparent: '00-old', tracestate: 'a=b' });
    expect(starts).toEqual([['gateway.request', '00-old', 'a=b']]);
    expect(envoy.all('request_headers')[0]?.mutation?.set.filter(([name]) => name === 'traceparent')).toEqual([['traceparent', '00-new']]);
    envoy.close();
    expect(ended).toEqual(['gateway.request_orchestration', 'gateway.request']);
  });
});

describe('a request without a body', () => {
  test('goes to any endpoint, without echo or length', () => {
    const harness = new ExtProcHarness();
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 60; i++) {
      const envoy = harness.open().requestHeaders({ ':path': '/v1/models', 'x-request-id': 'id', accept: '*/*' }, true);
      expect(envoy.answers).toHaveLength(1);
      expect(Object.keys(envoy.setHeaders())).toEqual(['x-gateway-destination-endpoint']);
      expect(envoy.answers[0]?.metadata).toEqual({ 'envoy.lb': { 'x-gateway-destination-endpoint': envoy.destination } });
      seen.add(envoy.destination);
    }
    expect([...seen].sort()).toEqual(['10.0.0.1:8000', '10.0.0.2:8000', '10.0.0.3:8000']);
  });

  test('has its answer passed through the response phase', () => {
    const envoy = new ExtProcHarness({ pods: 1 }).open().requestHeaders({ ':path': '/v1/models' }, true);
    envoy.responseHeaders({ ':status': '200', 'content-type': 'application/json' }).responseBody('{"a"').responseBody(':1}', true);
    expect(envoy.body('response_body')).toBe('{"a":1}');
    expect(envoy.all('response_body').at(-1)?.endOfStream).toBe(true);
  });

  test('is refused with 500 when there is no endpoint', () => {
    const envoy = new ExtProcHarness({ pods: 0 }).open().requestHeaders({ 'content-type': 'application/json' }, true);
    expect(envoy.answers).toMatchObject([
      {
        kind: 'immediate_response',
        status: 500,
        text: 'inference error: Internal - no pods available in datastore',
        mutation: { set: [] },
      },
    ]);
  });
});

describe('the model', () => {
  const send = (harness: ExtProcHarness, headers: Record<string, string> = {}, body = BODY): FakeEnvoy =>
    harness
      .open()
      .requestHeaders({ ...HEADERS, ...headers })
      .requestBody(body);

  test('is replaced by that of the header, everything else as it came', () => {
    const harness = new ExtProcHarness({ priorities: { 'my-model': 2 } });
    const body = '{ "seed": 12345678901234567890, "model": "my-model", "prompt": "\\u00e4" }';
    const headers = { 'x-llm-d-model-name-rewrite': 'my-model-12345', 'x-llm-d-inference-objective': 'my-model' };
    const envoy = send(harness, headers, body);
    const expected = body.replace('my-model', 'my-model-12345');
    expect(envoy.body('request_body')).toBe(expected);
    expect(envoy.setHeaders()['Content-Length']).toBe(String(Buffer.byteLength(expected)));
    const labels = 'model_name="my-model",target_model_name="my-model-12345"';
    expect(harness.metric(`inference_objective_request_total{${labels},priority="2"}`)).toBe(1);
    expect(harness.metric(`llm_d_epp_request_total{${labels},fairness_id="default-flow",priority="2"}`)).toBe(1);
  });

  test('is taken from the deprecated header unless the current one is there, even if empty', () => {
    const old = { 'x-gateway-model-name-rewrite': 'other' };
    expect(JSON.parse(send(new ExtProcHarness(), old).body('request_body')).model).toBe('other');
    const both = { ...old, 'x-llm-d-model-name-rewrite': '' };
    expect(send(new ExtProcHarness(), both).body('request_body')).toBe(BODY);
  });

  test('is decided by a rewrite rule before the header', () => {
    const harness = new ExtProcHarness({ rewrite: (model) => ({ name: 'rule', target: `${model}-rewritten` }) });
    const envoy = send(harness, { 'x-llm-d-model-name-rewrite': 'from-the-header' });
    expect(JSON.parse(envoy.body('request_body')).model).toBe('my-model-rewritten');
    for (const prefix of ['llm_d_epp', 'inference_extension']) {
      const labels = 'model_rewrite_name="rule",model_name="my-model",target_model="my-model-rewritten"';
      expect(harness.metric(`${prefix}_model_rewrite_decisions_total{${labels}}`)).toBe(1);
    }
  });

  test('may be given by the header alone', () => {
    const envoy = send(new ExtProcHarness(), { 'x-llm-d-model-name-rewrite': 'm' }, '{"prompt":"x"}');
    expect(envoy.body('request_body')).toBe('{"model":"m","prompt":"x"}');
  });

  test('must be known from somewhere', () => {
    const envoy = send(new ExtProcHarness(), {}, '{"prompt":"hello world"}');
    expect(envoy.answers).toMatchObject([{ status: 400, text: 'inference error: BadRequest - model not found in request body' }]);
  });
});

describe('the subset hint', () => {
  const hint = (value: unknown) => ({ 'envoy.lb.subset_hint': { 'x-gateway-destination-endpoint-subset': value } });
  const send = (value: unknown, harness = new ExtProcHarness()): FakeEnvoy =>
    harness.open().requestHeaders(HEADERS).requestBody(BODY, true, hint(value));

  test.each([
    [['10.0.0.2:8000', '10.0.0.3:8000'], '10.0.0.2:8000'],
    [['10.0.0.3:1'], '10.0.0.3:8000'],
    [['10.0.0.3'], '10.0.0.3:8000'],
    [[1, null, '10.0.0.2:8000'], '10.0.0.2:8000'],
    ['10.0.0.3:8000', '10.0.0.1:8000'],
    [{ a: '10.0.0.3:8000' }, '10.0.0.1:8000'],
  ])('%j leads to %s', (value, destination) => {
    expect(send(value).destination).toBe(destination);
  });

  test.each([[[]], [['10.0.0.99:8000']], [[5]]])('%j leaves nothing', (value) => {
    const answer = send(value).answers[0];
    expect(answer).toMatchObject({
      status: 503,
      text: 'inference error: ServiceUnavailable - failed to find endpoint candidates for serving the request',
    });
    expect(answer?.mutation?.set).toEqual([['x-llm-d-request-dropped-reason', 'rejected-no-endpoints']]);
  });

  test('of the last body message counts, other namespaces do not', () => {
    const envoy = new ExtProcHarness()
      .open()
      .requestHeaders(HEADERS)
      .requestBody(BODY, false, hint(['10.0.0.2:8000']))
      .requestBody('');
    expect(envoy.destination).toBe('10.0.0.1:8000');
    const other = { 'envoy.lb': { 'x-gateway-destination-endpoint-subset': ['10.0.0.2:8000'] } };
    expect(new ExtProcHarness().open().requestHeaders(HEADERS).requestBody(BODY, true, other).destination).toBe('10.0.0.1:8000');
  });

  test('is told to admission as addresses', () => {
    const harness = new ExtProcHarness();
    send(['10.0.0.2:8000', '[fd00::1]:8000'], harness);
    harness.sent();
    expect(harness.admission.subsets).toEqual([['10.0.0.2', 'fd00::1'], undefined]);
  });

  test('can be switched off', () => {
    const harness = new ExtProcHarness({ disableEndpointSubsetFilter: true });
    expect(send(['10.0.0.3:8000'], harness).destination).toBe('10.0.0.1:8000');
    expect(harness.admission.subsets).toEqual([undefined]);
  });

  test('selects ports when they are honoured', () => {
    const harness = new ExtProcHarness({ env: { LLM_D_EPP_SUBSET_PORTS: 'honour' } });
    harness.context.endpoint('second-rank', { address: '10.0.0.1', port: 8001, rankIndex: 1 });
    expect(send(['10.0.0.1:8001'], harness).destination).toBe('10.0.0.1:8001');
    expect(send(['10.0.0.2'], harness).destination).toBe('10.0.0.2:8000');
    expect(send(['10.0.0.2:9'], harness).answers[0]?.status).toBe(503);
  });
});

describe('the destination', () => {
  const all = (extra: Partial<ProfileResult> = {}, port?: number) =>
    new ExtProcHarness({
      emitEndpointScores: true,
      schedule: (context) => () => ({
        profiles: new Map([['decode', { targets: context.endpoints.all(), ...extra }]]),
        primary: 'decode',
        port,
      }),
    }).sent();

  test('lists several endpoints in the order of the pick', () => {
    expect(all().destination).toBe('10.0.0.1:8000,10.0.0.2:8000,10.0.0.3:8000');
  });

  test('has the port of a data-parallel handler', () => {
    expect(all({}, 9000).destination).toBe('10.0.0.1:9000,10.0.0.2:9000,10.0.0.3:9000');
  });

  test('comes with scores only when they are asked for', () => {
    const scores = new Map([
      ['10.0.0.1:8000', 2],
      ['10.0.0.3:8000', 0.5],
    ]);
    const lb = (envoy: FakeEnvoy) => envoy.answers[0]?.metadata?.['envoy.lb'] as Record<string, unknown>;
    expect(lb(all({ scores }))['x-gateway-destination-endpoint-scores']).toEqual(Object.fromEntries(scores));
    expect(lb(all())).not.toHaveProperty('x-gateway-destination-endpoint-scores');
    expect(lb(all({ scores }, 9000))).not.toHaveProperty('x-gateway-destination-endpoint-scores');
    expect(lb(new ExtProcHarness().sent())).not.toHaveProperty('x-gateway-destination-endpoint-scores');
  });
});

test('a parser that wants no answer gets its request scheduled, and the stream ends', () => {
  const ends: unknown[] = [];
  const end = named('end', { responseEnd: (_: unknown, { cause }: { cause?: string }) => ends.push(cause) });
  const harness = new ExtProcHarness({ pipeline: { responseBody: [end as never] } });
  const envoy = harness.open().requestHeaders({ ':path': '/v1/skip' }).requestBody(BODY);
  expect(envoy.answers.map(({ kind }) => kind)).toEqual(['request_headers', 'request_body']);
  expect(envoy.finished).toEqual({ status: 0, message: undefined });
  envoy.close();
  expect(ends).toEqual(['complete']);
  expect(harness.admission.finished).toBe(1);
});
