import { type DropReason, type ErrorCode, InferenceError, type PreRequest } from '../../src/plugin';
import { ExtProcHarness, type HarnessOptions, named, settled } from '../support/ext-proc';
import type { FakeEnvoy } from '../support/fake-envoy';

const throwing = (error: unknown) => () => {
  throw error;
};

function expectRefusal(envoy: FakeEnvoy, status: number, text: string, reason?: DropReason): void {
  expect(envoy.answers).toHaveLength(1);
  expect(envoy.answers[0]).toMatchObject({ kind: 'immediate_response', status, text: `inference error: ${text}` });
  expect(envoy.answers[0]?.mutation?.set).toEqual(reason === undefined ? [] : [['x-llm-d-request-dropped-reason', reason]]);
  expect(envoy.finished).toEqual({ status: 0, message: undefined });
}

describe('refusals', () => {
  test('of bodies that are no JSON', () => {
    const envoy = new ExtProcHarness().open().requestHeaders({}).requestBody('no healthy upstream');
    expect(envoy.answers[0]).toMatchObject({ status: 400 });
    expect(envoy.answers[0]?.text).toMatch(/^inference error: BadRequest - error unmarshaling request bodyMap: ./);
  });

  test('of bodies without what their API needs', () => {
    expectRefusal(new ExtProcHarness().sent({ model: 'm' }), 400, 'BadRequest - invalid completions request: must have prompt field');
  });

  test('of a parser with an error of no kind are bad requests', () => {
    const parser = { claims: [], rewritesModel: false, parse: throwing(new Error('odd')), readResponse: () => undefined };
    expectRefusal(new ExtProcHarness({ pipeline: { parsers: [named('p', parser)] } }).sent(), 400, 'BadRequest - odd');
  });

  test('for want of endpoints', () => {
    const text = 'ServiceUnavailable - failed to find endpoint candidates for serving the request';
    expectRefusal(new ExtProcHarness({ pods: 0 }).sent(), 503, text, 'rejected-no-endpoints');
  });

  test('for screeners that want none of the endpoints', () => {
    const none = named('none', {
      screen: (_: unknown, candidates: { retain(keep: () => boolean): void }) => candidates.retain(() => false),
    });
    const envoy = new ExtProcHarness({ pipeline: { screeners: [none as never] } }).sent();
    expectRefusal(envoy, 503, 'ServiceUnavailable - screeners eliminated all endpoint candidates', 'rejected-no-endpoints');
  });

  test('of the scheduler keep their kind, other errors of it are 429', () => {
    const schedule = (error: unknown): HarnessOptions => ({ schedule: () => throwing(error) });
    const full = new InferenceError('ResourceExhausted', 'no endpoints available for the given request', 'rejected-saturated');
    expectRefusal(
      new ExtProcHarness(schedule(full)).sent(),
      429,
      'ResourceExhausted - no endpoints available for the given request',
      'rejected-saturated',
    );
    expectRefusal(
      new ExtProcHarness(schedule(new Error('broken'))).sent(),
      429,
      'ResourceExhausted - failed to find target endpoint: broken',
    );
    const nothing: HarnessOptions = { schedule: () => () => ({ profiles: new Map(), primary: 'p' }) };
    expectRefusal(new ExtProcHarness(nothing).sent(), 500, 'Internal - results must be greater than zero');
  });

  test('of admission', () => {
    const harness = new ExtProcHarness();
    harness.admission.refusal = new InferenceError('ResourceExhausted', 'system saturated, sheddable request dropped');
    expectRefusal(harness.sent(), 429, 'ResourceExhausted - system saturated, sheddable request dropped');
    expect(harness.admission.finished).toBe(0);
  });

  describe('of admitters', () => {
    const admitters = (admit: () => string | undefined) => ({ pipeline: { admitters: [named('a', { admit }), named('b', { admit })] } });
    const typed = { env: { LLM_D_EPP_ADMITTER_STATUS: 'typed' } };

    test('are 500, whatever kind they have', () => {
      expectRefusal(new ExtProcHarness(admitters(() => 'too busy')).sent(), 500, 'Internal - request cannot be admitted: too busy');
      const error = new InferenceError('ResourceExhausted', 'too busy');
      const text = 'Internal - request cannot be admitted: inference error: ResourceExhausted - too busy';
      expectRefusal(new ExtProcHarness(admitters(throwing(error))).sent(), 500, text);
    });

    test('keep their kind on demand', () => {
      const given = { ...typed, ...admitters(() => 'too busy') };
      expectRefusal(new ExtProcHarness(given).sent(), 429, 'ResourceExhausted - request cannot be admitted: too busy');
      const error = new InferenceError('Forbidden', 'not you', 'rejected-saturated');
      const thrown = { ...typed, ...admitters(throwing(error)) };
      expectRefusal(new ExtProcHarness(thrown).sent(), 403, 'Forbidden - request cannot be admitted: not you', 'rejected-saturated');
      const fault = { ...typed, ...admitters(throwing(new Error('bug'))) };
      expectRefusal(new ExtProcHarness(fault).sent(), 500, 'Internal - request cannot be admitted: bug');
    });

    test('do not come if all of them admit', () => {
      expect(new ExtProcHarness(admitters(() => undefined)).sent().destination).toBe('10.0.0.1:8000');
    });
  });

  describe('of plugins before the request goes out', () => {
    const run: string[] = [];
    const failing = (name: string, error: unknown) =>
      named<PreRequest>(name, {
        preRequest: () => {
          run.push(name);
          throw error;
        },
      });
    const typed = new InferenceError('NotFound', 'no such session');
    const good = named<PreRequest>('good', { preRequest: () => void run.push('good') });
    const sent = (...preRequest: (typeof good)[]) => {
      run.length = 0;
      return new ExtProcHarness({ pipeline: { preRequest } }).sent();
    };

    test('keep their kind when there is one', () => {
      expectRefusal(sent(failing('a', typed), good), 404, 'NotFound - no such session');
      expect(run).toEqual(['a', 'good']);
    });

    test('are 500 when it has no kind, or there are several', () => {
      expectRefusal(sent(failing('a', new Error('odd'))), 500, 'Internal - PreRequest "a/a" failed: odd');
      const both = [
        'PreRequest "a/a" failed: inference error: NotFound - no such session',
        'PreRequest "b/b" failed: inference error: NotFound - no such session',
      ];
      expectRefusal(sent(failing('a', typed), failing('b', typed)), 500, `Internal - ${both.join('\n')}`);
    });

    test('may come late', async () => {
      const late = named<PreRequest>('late', {
        preRequest: async () => {
          await settled();
          throw typed;
        },
      });
      const envoy = sent(late, good);
      expect(envoy.answers).toEqual([]);
      await settled();
      await settled();
      expectRefusal(envoy, 404, 'NotFound - no such session');
      expect(run).toEqual(['good']);
    });
  });

  test.each<[ErrorCode, number]>([
    ['BadRequest', 400],
    ['Unauthorized', 401],
    ['Forbidden', 403],
    ['NotFound', 404],
    ['PreconditionFailed', 412],
    ['PayloadTooLarge', 413],
    ['ResourceExhausted', 429],
    ['Internal', 500],
    ['ServiceUnavailable', 503],
  ])('of kind %s are %i, counted once', (code, status) => {
    const processor = named('p', { requestHeader: throwing(new InferenceError(code, 'because')) });
    const harness = new ExtProcHarness({ pipeline: { headerProcessors: [processor] } });
    const envoy = harness.sent();
    expectRefusal(envoy, status, `${code} - because`);
    envoy.close();
    const labels = 'model_name="model",target_model_name="model"';
    const full = `${labels},fairness_id="default-flow",priority="0",error_code="${code}"`;
    expect(harness.metric(`llm_d_epp_request_error_total{${full}}`)).toBe(1);
    expect(harness.metric(`inference_objective_request_error_total{${labels},error_code="${code}"}`)).toBe(1);
    expect(harness.metric('llm_d_epp_request_processing_duration_seconds_count')).toBe(1);
    expect(harness.metric(`inference_objective_request_total{${labels},priority="0"}`)).toBeUndefined();
    expect(harness.context.log.messages('error')).toEqual([]);
    expect(harness.context.log.lines.filter(({ level }) => level === 'info')).toMatchObject([{ fields: { requestId: 'id', code } }]);
  });

  test('of no kind at all end the stream with a gRPC error', () => {
    const processor = named('p', { requestHeader: throwing(new Error('bug')) });
    const harness = new ExtProcHarness({ pipeline: { headerProcessors: [processor] } });
    const envoy = harness.sent();
    expect(envoy.answers).toEqual([]);
    expect(envoy.finished).toEqual({ status: 2, message: 'failed to handle request: bug' });
    expect(harness.context.log.messages('error')).toHaveLength(1);
  });
});

describe('limits', () => {
  const headers = { ':path': '/v1/completions' };

  test('of one body are answered with 413', () => {
    const harness = new ExtProcHarness({ env: { LLM_D_EPP_MAX_REQUEST_BODY_BYTES: '100' } });
    const envoy = harness.open().requestHeaders(headers).requestBody('x'.repeat(60), false);
    expect(envoy.answers).toEqual([]);
    envoy.requestBody('x'.repeat(41), false);
    expectRefusal(envoy, 413, 'PayloadTooLarge - request body is larger than 100 bytes');
    const exact = JSON.stringify({ model: 'm', prompt: '' });
    const fits = JSON.stringify({ model: 'm', prompt: 'x'.repeat(100 - exact.length) });
    expect(harness.open().requestHeaders(headers).requestBody(fits).destination).toBe('10.0.0.1:8000');
  });

  test('of all bodies together are answered with 503, and what is over is given back', () => {
    const harness = new ExtProcHarness({ env: { LLM_D_EPP_MAX_BUFFERED_BYTES: '100' } });
    const first = harness.open().requestHeaders(headers).requestBody('x'.repeat(70), false);
    const second = harness.open().requestHeaders(headers).requestBody('x'.repeat(40), false);
    expectRefusal(second, 503, 'ServiceUnavailable - too many bytes of request bodies are held', 'rejected-saturated');
    second.close();
    first.close();
    const third = harness.open().requestHeaders(headers).requestBody('x'.repeat(100), false);
    expect(third.answers).toEqual([]);
  });

  test('count bodies that wait for a decision, not those whose answers run', () => {
    const harness = new ExtProcHarness({ env: { LLM_D_EPP_MAX_BUFFERED_BYTES: '100' } });
    const running = harness.sent({ model: 'model', prompt: 'x'.repeat(50) });
    expect(running.destination).toBe('10.0.0.1:8000');
    expect(harness.sent({ model: 'model', prompt: 'y'.repeat(50) }).destination).toBe('10.0.0.1:8000');
    running.close();
    harness.admission.hold = true;
    expect(harness.sent({ model: 'model', prompt: 'z'.repeat(50) }).answers).toEqual([]);
    expectRefusal(
      harness.sent({ model: 'model', prompt: 'z'.repeat(50) }),
      503,
      'ServiceUnavailable - too many bytes of request bodies are held',
      'rejected-saturated',
    );
  });

  test.each([
    ['LLM_D_EPP_MAX_REQUEST_BODY_BYTES', 'much', 'write a size of at least 1 bytes, such as 512Mi'],
    ['LLM_D_EPP_MAX_BUFFERED_BYTES', '0', 'write a size of at least 1 bytes, such as 512Mi'],
    ['LLM_D_EPP_ECHO_HEADERS', 'none', 'write "all" or "changed"'],
    ['LLM_D_EPP_SUBSET_PORTS', 'yes', 'write "ignore" or "honour"'],
    ['LLM_D_EPP_ADMITTER_STATUS', '429', 'write "internal" or "typed"'],
  ])('%s=%s stops the start', (name, value, message) => {
    expect(() => new ExtProcHarness({ env: { [name]: value } })).toThrow(`${name} is "${value}", ${message}`);
  });
});

describe('messages that break the protocol', () => {
  const invalid = { status: 3, message: expect.any(String) };
  const sse = { 'content-type': 'text/event-stream' };

  test.each<[string, (envoy: FakeEnvoy) => FakeEnvoy]>([
    ['bytes that are no message', (envoy) => envoy.raw(Buffer.from([0xff]))],
    ['request headers twice', (envoy) => envoy.requestHeaders({}).requestHeaders({})],
    ['body bytes after the end', (envoy) => envoy.requestHeaders({}).requestBody('{"model":"m","prompt":"x"}').requestBody('x')],
    ['response headers twice', (envoy) => envoy.responseHeaders(sse).responseHeaders(sse)],
    ['a response body without headers', (envoy) => envoy.requestHeaders({}).responseBody('x')],
    ['response trailers without headers', (envoy) => envoy.requestHeaders({}).responseTrailers()],
  ])('%s end the stream', (_, act) => {
    const harness = new ExtProcHarness();
    const envoy = act(harness.open());
    expect(envoy.finished).toEqual(invalid);
    envoy.requestTrailers().end().close();
    expect(harness.admission.admitted).toBe(harness.admission.finished);
  });

  test('but kinds of messages that are not known yet do not', () => {
    const envoy = new ExtProcHarness().open().raw(Buffer.alloc(0)).raw(Buffer.from('6a021001', 'hex'));
    expect(envoy.finished).toBeUndefined();
  });
});
