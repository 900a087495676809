import * as fc from 'fast-check';
import type { InferenceResponse } from '../../src/plugin';
import type { Named } from '../../src/request-control/pipeline';
import { ExtProcHarness, named } from '../support/ext-proc';

const JSON_HEADERS = { ':status': '200', 'content-type': 'application/json', 'content-length': '10' };
const SSE_HEADERS = { ':status': '200', 'content-type': 'text/event-stream; charset=utf-8' };
const LABELS = 'model_name="model",target_model_name="model",fairness_id="default-flow",priority="0"';
const TWIN = 'model_name="model",target_model_name="model"';
const USAGE = '"usage":{"prompt_tokens":7,"completion_tokens":10,"cached":3}';

describe('the head of an answer', () => {
  test('is echoed without what belongs to the system, with a mark', () => {
    const envoy = new ExtProcHarness().sent().responseHeaders({ ...JSON_HEADERS, 'x-gateway-destination-endpoint': 'spoofed' });
    expect(envoy.all('response_headers')).toMatchObject([
      {
        metadata: undefined,
        mutation: {
          clearRouteCache: false,
          removed: [],
          set: [
            ['x-went-into-resp-headers', 'true'],
            [':status', '200'],
            ['content-type', 'application/json'],
          ],
        },
      },
    ]);
  });

  test('is shown to plugins, with the endpoint that served it, and carries their headers', () => {
    const seen: unknown[] = [];
    const plugin = {
      responseHeader: (_: unknown, response: InferenceResponse, target: { host: string } | undefined) => {
        seen.push([response.status, response.streaming, response.served, target?.host, response.headers.get('server')]);
        response.headers.set('x-session-token', 'token');
        response.headers.delete('server');
      },
    };
    const envoy = new ExtProcHarness({ pipeline: { responseHeader: [named('p', plugin as never)] } }).sent();
    const metadata = { 'envoy.lb': { 'x-gateway-destination-endpoint-served': '10.0.0.2:8000' } };
    envoy.responseHeaders({ ...SSE_HEADERS, server: 'vllm' }, false, metadata);
    expect(seen).toEqual([[200, true, '10.0.0.2:8000', '10.0.0.1:8000', 'vllm']]);
    expect(envoy.setHeaders('response_headers')['x-session-token']).toBe('token');
    expect(envoy.removedHeaders('response_headers')).toEqual(['server']);
  });

  test.each([
    [{ ':status': '200' }, undefined],
    [{ ':status': '201' }, undefined],
    [{ ':status': '500' }, 1],
    [{ ':status': '429' }, 1],
    [{ status: '200' }, undefined],
    [{ status: '503' }, 1],
    [{}, undefined],
  ])('%j counts as a failure of the model server: %s', (headers, count) => {
    const harness = new ExtProcHarness();
    harness
      .sent()
      .responseHeaders(headers as Record<string, string>)
      .responseBody('{}', true)
      .close();
    expect(harness.metric(`llm_d_epp_request_error_total{${LABELS},error_code="ModelServerError"}`)).toBe(count);
    expect(harness.metric(`inference_objective_request_error_total{${TWIN},error_code="ModelServerError"}`)).toBe(count);
  });

  test('may be all of an answer', () => {
    const harness = new ExtProcHarness();
    const envoy = harness.sent().responseHeaders({ ':status': '204' }, true);
    expect(envoy.all('response_headers')).toHaveLength(1);
    expect(harness.admission.finished).toBe(1);
  });
});

describe('an answer that is not streamed', () => {
  test('goes on at its end, in one go', () => {
    const envoy = new ExtProcHarness().sent().responseHeaders(JSON_HEADERS).responseBody('{"a":').responseBody('1}');
    expect(envoy.all('response_body')).toEqual([]);
    envoy.responseBody('', true);
    expect(envoy.all('response_body')).toMatchObject([{ body: Buffer.from('{"a":1}'), endOfStream: true }]);
  });

  test.each(['{"a":1', '', 'no json'])('goes on even when it is %j', (body) => {
    const envoy = new ExtProcHarness().sent().responseHeaders(JSON_HEADERS).responseBody(body, true);
    expect(envoy.body('response_body')).toBe(body);
    expect(envoy.all('response_body').at(-1)?.endOfStream).toBe(true);
  });

  test('that is long goes on in pieces', () => {
    const body = 'x'.repeat(150_038);
    const envoy = new ExtProcHarness().sent().responseHeaders(JSON_HEADERS).responseBody(body, true);
    expect(envoy.all('response_body').map((answer) => answer.body?.length)).toEqual([62_000, 62_000, 26_038]);
    expect(envoy.body('response_body')).toBe(body);
  });

  test('that is longer than what may be held is passed on from there', () => {
    const harness = new ExtProcHarness({ env: { LLM_D_EPP_MAX_REQUEST_BODY_BYTES: '100' } });
    const envoy = harness.sent().responseHeaders(JSON_HEADERS).responseBody('a'.repeat(80));
    expect(envoy.all('response_body')).toHaveLength(0);
    envoy.responseBody('b'.repeat(30));
    envoy.responseBody('c'.repeat(30));
    expect(envoy.all('response_body')).toHaveLength(2);
    envoy.responseBody('', true);
    expect(envoy.body('response_body')).toBe('a'.repeat(80) + 'b'.repeat(30) + 'c'.repeat(30));
    expect(envoy.all('response_body').map(({ endOfStream }) => endOfStream)).toEqual([false, false, true]);
  });

  test('is measured', () => {
    const harness = new ExtProcHarness();
    const envoy = harness.sent();
    const { clock } = harness.context;
    expect(harness.metric(`llm_d_epp_request_running{${LABELS}}`)).toBe(1);
    expect(harness.metric('inference_objective_running_requests{model_name="model"}')).toBe(1);
    clock.advance(500);
    envoy.responseHeaders(JSON_HEADERS).responseBody(`{${USAGE}}`);
    clock.advance(1500);
    envoy.responseBody('', true).close();
    expect(harness.metric(`llm_d_epp_request_duration_seconds_sum{${LABELS}}`)).toBe(2);
    expect(harness.metric(`inference_objective_request_duration_seconds_sum{${TWIN}}`)).toBe(2);
    expect(harness.metric(`llm_d_epp_request_input_tokens_sum{${LABELS}}`)).toBe(7);
    expect(harness.metric(`inference_objective_input_tokens_sum{${TWIN}}`)).toBe(7);
    expect(harness.metric(`llm_d_epp_request_output_tokens_sum{${LABELS}}`)).toBe(10);
    expect(harness.metric(`llm_d_epp_request_cached_tokens_sum{${LABELS}}`)).toBe(3);
    expect(harness.metric(`llm_d_epp_request_ntpot_seconds_sum{${LABELS}}`)).toBe(0.2);
    expect(harness.metric(`llm_d_epp_request_ttft_seconds_sum{${LABELS},streaming="false"}`)).toBe(2);
    expect(harness.metric(`llm_d_epp_request_streaming_tpot_seconds_sum{${LABELS}}`)).toBeUndefined();
    expect(harness.metric(`llm_d_epp_request_streaming_itl_seconds_sum{${LABELS}}`)).toBeUndefined();
    expect(harness.metric(`llm_d_epp_request_size_bytes_sum{${LABELS}}`)).toBe(31);
    expect(harness.metric(`inference_objective_request_sizes_sum{${TWIN}}`)).toBe(31);
    expect(harness.metric(`llm_d_epp_response_size_bytes_sum{${LABELS}}`)).toBe(USAGE.length + 2);
    expect(harness.metric('llm_d_epp_response_processing_duration_seconds_sum')).toBe(1.5);
    expect(harness.metric(`llm_d_epp_request_running{${LABELS}}`)).toBe(0);
  });
});

describe('a streamed answer', () => {
  test('goes on one for one, at once, with an empty message at the end', () => {
    const envoy = new ExtProcHarness().sent().responseHeaders(SSE_HEADERS);
    const events = ['data: {"a":1}\n\n', 'data: {"a":2}\n\n', 'data: [DONE]\n\n'];
    events.forEach((event, i) => {
      envoy.responseBody(event);
      expect(envoy.all('response_body')).toHaveLength(i + 1);
      expect(envoy.all('response_body').at(-1)).toMatchObject({ body: Buffer.from(event), endOfStream: false });
    });
    envoy.responseBody('', true);
    expect(envoy.all('response_body').at(-1)).toMatchObject({ body: Buffer.alloc(0), endOfStream: true });
  });

  test('is one that the request asked for, whatever its type', () => {
    const envoy = new ExtProcHarness().sent({ model: 'model', prompt: 'x', stream: true }).responseHeaders(JSON_HEADERS).responseBody('a');
    expect(envoy.all('response_body')).toHaveLength(1);
  });

  test('gets the name of the client back, wherever it is cut', () => {
    const text = Buffer.from(`data: {"model":"base-m","n":1}\n\ndata: {"model": "base-m",${USAGE}}\n\ndata: [DONE]\n\n`);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 10 }), (places) => {
        const harness = new ExtProcHarness();
        const envoy = harness.sent({ model: 'lora', prompt: 'x', stream: true }, { 'x-llm-d-model-name-rewrite': 'base-m' });
        envoy.responseHeaders(SSE_HEADERS);
        const borders = [0, ...places.sort((a, b) => a - b), text.length];
        for (let i = 1; i < borders.length; i++) envoy.responseBody(text.subarray(borders[i - 1], borders[i]));
        envoy.responseBody('', true);
        expect(envoy.body('response_body')).toBe(text.toString().replaceAll('base-m', 'lora'));
        const labels = 'model_name="lora",target_model_name="base-m",fairness_id="default-flow",priority="0"';
        expect(harness.metric(`llm_d_epp_request_input_tokens_sum{${labels}}`)).toBe(7);
      }),
      { numRuns: 60 },
    );
  });

  test('is measured', () => {
    const harness = new ExtProcHarness();
    const { clock } = harness.context;
    const envoy = harness.sent({ model: 'model', prompt: 'x', stream: true });
    clock.advance(100);
    envoy.responseHeaders(SSE_HEADERS).responseBody('');
    clock.advance(100);
    envoy.responseBody('data: {"a":1}\n\n');
    clock.advance(300);
    envoy.responseBody(`data: {${USAGE}}\n\n`);
    clock.advance(600);
    envoy.responseBody('', true).close();
    expect(harness.metric(`llm_d_epp_request_ttft_seconds_sum{${LABELS},streaming="true"}`)).toBe(0.2);
    expect(harness.metric(`llm_d_epp_request_streaming_itl_seconds_sum{${LABELS}}`)).toBe(0.3);
    expect(harness.metric(`llm_d_epp_request_streaming_itl_seconds_count{${LABELS}}`)).toBe(1);
    expect(harness.metric(`llm_d_epp_request_streaming_tpot_seconds_sum{${LABELS}}`)).toBeCloseTo(0.1, 12);
    expect(harness.metric(`llm_d_epp_request_duration_seconds_sum{${LABELS}}`)).toBe(1.1);
    expect(harness.metric(`llm_d_epp_request_output_tokens_count{${LABELS}}`)).toBe(1);
  });

  test.each([
    ['"cached":0', 1],
    ['"cached":5', 1],
    [undefined, undefined],
  ])('counts in the histogram of cached tokens when it reports them: %s', (cached, count) => {
    const harness = new ExtProcHarness();
    const counts = ['"prompt_tokens":7', '"completion_tokens":1', ...(cached === undefined ? [] : [cached])];
    harness
      .sent()
      .responseHeaders(JSON_HEADERS)
      .responseBody(`{"usage":{${counts.join(',')}}}`, true)
      .close();
    expect(harness.metric(`llm_d_epp_request_cached_tokens_count{${LABELS}}`)).toBe(count);
    expect(harness.metric(`inference_objective_prompt_cached_tokens_count{${TWIN}}`)).toBe(count);
  });

  test.each([
    [1, undefined],
    [2, 1],
  ])('of %d tokens has %p times for each token after the first', (tokens, count) => {
    const harness = new ExtProcHarness();
    const envoy = harness.sent();
    harness.context.clock.advance(100);
    envoy.responseHeaders(SSE_HEADERS).responseBody('a');
    harness.context.clock.advance(100);
    envoy.responseBody(`data: {"usage":{"prompt_tokens":7,"completion_tokens":${tokens}}}`, true).close();
    expect(harness.metric(`llm_d_epp_request_ttft_seconds_count{${LABELS},streaming="true"}`)).toBe(1);
    expect(harness.metric(`llm_d_epp_request_streaming_tpot_seconds_count{${LABELS}}`)).toBe(count);
  });

  test('shows plugins its start, its chunks and its end, whose metadata goes out with the last message', () => {
    const calls: string[] = [];
    const plugin = {
      responseStart: () => calls.push('start'),
      responseChunk: () => calls.push('chunk'),
      responseEnd: (_: unknown, response: InferenceResponse) => {
        calls.push(`end ${response.cause} ${response.usage?.totalTokens}`);
        response.metadata.set('envoy.lb', { cost: 17 });
      },
    };
    const envoy = new ExtProcHarness({ pipeline: { responseBody: [named('p', plugin as never)] } }).sent().responseHeaders(SSE_HEADERS);
    envoy.responseBody('').responseBody('a').responseBody(`data: {${USAGE}}`).responseBody('c', true).close();
    expect(calls).toEqual(['start', 'chunk', 'chunk', 'chunk', 'end complete 17']);
    expect(envoy.all('response_body').map(({ metadata }) => metadata)).toEqual([
      undefined,
      undefined,
      undefined,
      { 'envoy.lb': { cost: 17 } },
    ]);
  });

  test.each([
    [SSE_HEADERS, 2, 4],
    [JSON_HEADERS, 1, 3],
  ])('notes the time of its parser and of its plugins, the end among the chunks: %j', (headers, reads, calls) => {
    const plugin = { responseStart: () => {}, responseChunk: () => {}, responseEnd: () => {} };
    const harness = new ExtProcHarness({ pipeline: { responseBody: [named('p', plugin)] } });
    harness.sent().responseHeaders(headers).responseBody('a').responseBody('b', true).close();
    for (const prefix of ['llm_d_epp', 'inference_extension']) {
      const count = (point: string, name: string) =>
        harness.metric(`${prefix}_plugin_duration_seconds_count{extension_point="${point}",plugin_type="${name}",plugin_name="${name}"}`);
      expect(count('ResponseParsing', 'json')).toBe(reads);
      expect(count('ResponseStreaming', 'p')).toBe(calls);
      expect(count('ResponseComplete', 'p')).toBeUndefined();
    }
  });

  test('is not harmed by plugins or readers that fail', () => {
    const fails = () => {
      throw new Error('broken');
    };
    const broken: Named<never>[] = [
      named('p', { responseHeader: fails, responseStart: fails, responseChunk: fails, responseEnd: fails } as never),
    ];
    const reader = { push: fails, usage: undefined, events: 0 };
    const parser = { claims: [], rewritesModel: false, readResponse: () => reader };
    const parse = ({ body }: { body: Buffer }) => ({
      api: 'raw',
      bytes: body,
      model: '',
      stream: false,
      cacheSalt: '',
      skipResponse: false,
    });
    const harness = new ExtProcHarness({
      pipeline: { parsers: [named('raw', { ...parser, parse } as never)], responseHeader: broken, responseBody: broken },
    });
    const envoy = harness.sent().responseHeaders(SSE_HEADERS).responseBody('a').responseBody('b', true).close();
    expect(envoy.body('response_body')).toBe('ab');
    expect(harness.admission.finished).toBe(1);
    expect(harness.context.log.messages('error')).toHaveLength(5);
  });
});

describe('an answer with trailers', () => {
  test('goes on without an end of its body, then the trailers', () => {
    const harness = new ExtProcHarness();
    const envoy = harness.sent().responseHeaders({ ':status': '200', 'content-type': 'application/grpc' });
    envoy.responseBody('part one ').responseBody('part two').responseTrailers();
    expect(envoy.all('response_body')).toMatchObject([{ body: Buffer.from('part one part two'), endOfStream: false }]);
    expect(envoy.answers.at(-1)?.kind).toBe('response_trailers');
    expect(harness.admission.finished).toBe(1);
  });

  test('that is streamed has gone on already, but for what may be a name', () => {
    const envoy = new ExtProcHarness().sent({ model: 'a', prompt: 'x', stream: true }, { 'x-llm-d-model-name-rewrite': 'b' });
    envoy.responseHeaders({ ':status': '200' }).responseBody('text "mod').responseTrailers();
    expect(envoy.body('response_body')).toBe('text "mod');
    expect(envoy.all('response_body').map(({ endOfStream }) => endOfStream)).toEqual([false, false]);
    expect(envoy.answers.at(-1)?.kind).toBe('response_trailers');
  });
});

test('a conversation that starts with the answer is followed too', () => {
  const harness = new ExtProcHarness();
  const envoy = harness.open().responseHeaders(SSE_HEADERS);
  envoy.responseBody('data: {"a":1}\n\n').responseBody(`data: {${USAGE}}\n\n`).responseBody('', true);
  expect(envoy.all('response_body')).toHaveLength(3);
  const none = 'model_name="",target_model_name="",fairness_id="default-flow",priority="0"';
  expect(harness.metric(`llm_d_epp_request_input_tokens_sum{${none}}`)).toBe(7);
});

test('a slow reader holds the stream back until it has caught up', () => {
  const envoy = new ExtProcHarness().sent().responseHeaders(SSE_HEADERS);
  envoy.windowOpen = false;
  envoy.responseBody('a');
  expect(envoy.paused).toBe(true);
  envoy.drain();
  expect(envoy.paused).toBe(false);
});

test('the time of a parser is counted on the way in, also of a body it refuses, and on the way out', () => {
  const harness = new ExtProcHarness();
  const count = (point: string, parser = 'json') =>
    harness.metric(`llm_d_epp_plugin_duration_seconds_count{extension_point="${point}",plugin_type="${parser}",plugin_name="${parser}"}`);
  harness.sent().responseHeaders({ ':status': '200' }).responseBody('{}', true).close();
  harness.open().requestHeaders({ ':path': '/v1/completions' }).requestBody('no JSON').close();
  expect([count('RequestParsing'), count('ResponseParsing')]).toEqual([2, 1]);
  expect([count('RequestParsing', 'raw'), count('ResponseParsing', 'raw')]).toEqual([0, 0]);
});
