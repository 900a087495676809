import { parserPlugins } from '../../src/parsers/plugins';
import type { Parser } from '../../src/plugin';
import { TestContext } from '../support/context';
import { ExtProcHarness, named } from '../support/ext-proc';

const SSE = { ':status': '200', 'content-type': 'text/event-stream' };

function harness(): ExtProcHarness {
  const context = new TestContext();
  const types = ['openai-parser', 'anthropic-parser', 'passthrough-parser'];
  const parsers = types.map((type) => named(type, context.make<Parser & object>(parserPlugins[type] as never, type)));
  return new ExtProcHarness({ pipeline: { parsers } });
}

const labels = (model: string) => `model_name="${model}",target_model_name="${model}",fairness_id="default-flow",priority="0"`;

describe('with the real parsers', () => {
  test('a chat request is routed and its streamed tokens are counted, wherever the stream is cut', () => {
    const router = harness();
    const envoy = router
      .open()
      .requestHeaders({ ':path': '/v1/chat/completions?x=1' })
      .requestBody('{"model":"m","messages":[{"role":"user",', false)
      .requestBody('"content":"hi"}],"stream":true}');
    expect(envoy.destination).toBe('10.0.0.1:8000');
    envoy.responseHeaders(SSE).responseBody('data: {"choices":[{}],"usage":null}\n\nda').responseBody('ta: {"choices":[],"us');
    envoy.responseBody('age":{"prompt_tokens":7,"completion_tokens":10,"total_tokens":17}}\n\ndata: [DONE]\n\n').responseBody('', true);
    expect(router.metric(`llm_d_epp_request_input_tokens_sum{${labels('m')}}`)).toBe(7);
    expect(router.metric(`llm_d_epp_request_output_tokens_sum{${labels('m')}}`)).toBe(10);
  });

  test('an answer in one piece is counted', () => {
    const router = harness();
    const envoy = router.open().requestHeaders({}).requestBody('{"model":"m","prompt":"hi"}');
    envoy.responseHeaders({ ':status': '200' }).responseBody('{"model":"m","usage":{"prompt_tokens":3,"completi');
    envoy.responseBody('on_tokens":4,"total_tokens":7}}', true);
    expect(router.metric(`llm_d_epp_request_input_tokens_sum{${labels('m')}}`)).toBe(3);
    expect(router.metric(`llm_d_epp_request_output_tokens_sum{${labels('m')}}`)).toBe(4);
  });

  test('an answer whose request never came by is counted without a model', () => {
    const router = harness();
    const envoy = router.open().responseHeaders(SSE).responseBody('data: {"choices":[{}]}\n\n');
    envoy.responseBody('data: {"usage":{"prompt_tokens":7,"completion_tokens":10,"total_tokens":17}}\n\n').responseBody('', true);
    expect(router.metric(`llm_d_epp_request_input_tokens_sum{${labels('')}}`)).toBe(7);
    expect(envoy.all('response_body')).toHaveLength(3);
  });

  test.each([
    ['/v1/completions', 'no healthy upstream', /^inference error: BadRequest - error unmarshaling request bodyMap: ./],
    ['/v1/completions', '{"model":"m"}', /^inference error: BadRequest - invalid completions request: must have prompt field$/],
    [
      '/v1/chat/completions',
      '{"model":"m","messages":[]}',
      /BadRequest - invalid chat completions request: must have valid messages field$/,
    ],
    ['/v1/completions', '{"prompt":"hello world"}', /^inference error: BadRequest - model not found in request body$/],
  ])('%s with %s is refused', (path, body, text) => {
    const envoy = harness().open().requestHeaders({ ':path': path }).requestBody(body);
    expect(envoy.answers).toMatchObject([{ status: 400, text: expect.stringMatching(text) }]);
  });

  test('tokens are counted without taking part in the answer', () => {
    const envoy = harness()
      .open()
      .requestHeaders({ ':path': '/v1/messages/count_tokens' })
      .requestBody('{"model":"m","messages":[{"role":"user","content":"hi"}]}');
    expect(envoy.destination).toBe('10.0.0.1:8000');
    expect(envoy.finished).toEqual({ status: 0, message: undefined });
  });
});
