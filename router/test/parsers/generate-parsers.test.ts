import fc from 'fast-check';
import { PassthroughParser } from '../../src/parsers/passthrough-parser';
import { SglangHttpParser } from '../../src/parsers/sglang-http-parser';
import { VllmHttpParser } from '../../src/parsers/vllm-http-parser';
import { cuts, parse, readAll, refusal, usage } from '../support/parsers';

describe('vllmhttp-parser', () => {
  const parser = new VllmHttpParser();
  const PATH = '/inference/v1/generate';

  test('reads token ids, cap, salt and media', () => {
    const body = {
      model: 'm',
      token_ids: [1, 2.0, 4294967295],
      sampling_params: { max_tokens: 5 },
      cache_salt: 's',
      stream: true,
      features: {
        mm_hashes: { image: ['i1', 'i2', 'without range'], audio: ['a1'], unknown: ['u'] },
        mm_placeholders: {
          image: [
            { offset: 9, length: 2 },
            { offset: 1, length: 3 },
          ],
          audio: [{ offset: 5, length: 1 }],
          unknown: [{ offset: 0 }],
        },
      },
    };
    const parsed = parse(parser, PATH, body);
    expect(parsed).toMatchObject({ api: 'generate', model: 'm', maxOutputTokens: 5, cacheSalt: 's', stream: true, payload: body });
    expect(parsed.tokenIds).toEqual([Uint32Array.of(1, 2, 4294967295)]);
    expect(parsed.media).toEqual([
      { modality: 'image', hash: 'i2', offset: 1, length: 3 },
      { modality: 'audio', hash: 'a1', offset: 5, length: 1 },
      { modality: 'image', hash: 'i1', offset: 9, length: 2 },
    ]);
    expect(parser.rewritesModel).toBe(true);
  });

  test.each([undefined, null, {}, { mm_hashes: {} }, { mm_hashes: { image: null }, mm_placeholders: { image: [null] } }])(
    'features %j hold no media',
    (features) => {
      expect(parse(parser, PATH, { token_ids: [1], features }).media).toBeUndefined();
    },
  );

  test.each([
    ['/v1/generate', { token_ids: [1] }, 'unsupported path: /v1/generate'],
    [PATH, {}, 'invalid generate request: must have non-empty token_ids field'],
    [PATH, { token_ids: [] }, 'invalid generate request: must have non-empty token_ids field'],
    [PATH, { token_ids: [1, -1] }, 'invalid generate request: token_ids[1]: invalid value -1'],
    ...[5, [], { mm_hashes: { image: 5 } }, { mm_hashes: { image: [5] } }, { mm_placeholders: { image: [{ offset: '0' }] } }].map(
      (features): [string, object, string] => [
        PATH,
        { token_ids: [1], features },
        'invalid generate request: features or cache_salt have another type than the API asks for',
      ],
    ),
    [PATH, { token_ids: [1.5] }, 'invalid generate request: token_ids[0]: invalid value 1.5'],
  ])('%s with %j is refused', (path, body, message) => {
    expect(refusal(parser, path, body)).toBe(message);
  });

  test('reads usage as the OpenAI parser does', () => {
    const parsed = parse(parser, PATH, { token_ids: [1] });
    const counts = '"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}';
    expect(readAll(parser.readResponse(parsed, false), `{${counts}}`).usage).toEqual(usage(1, 2, 3));
    expect(readAll(parser.readResponse(parsed, true), `data: {${counts}}\n\n`)).toEqual({ usage: usage(1, 2, 3), events: 1 });
  });
});

describe('sglanghttp-parser', () => {
  const parser = new SglangHttpParser();

  test('reads input_ids and takes extra_key for the salt', () => {
    const body = { input_ids: [3, 4], extra_key: 'tenant', sampling_params: { max_new_tokens: 9 }, stream: true, model: 'ignored' };
    const parsed = parse(parser, '/generate', body);
    expect(parsed).toMatchObject({ api: 'generate', model: '', cacheSalt: 'tenant', maxOutputTokens: 9, stream: true });
    expect(parsed.tokenIds).toEqual([Uint32Array.of(3, 4)]);
    expect(parser.rewritesModel).toBe(false);
  });

  test.each([
    ['/v1/generate', { input_ids: [1] }, 'unsupported path: /v1/generate'],
    ['/generate', { text: 'hi' }, 'invalid generate request: input_ids must be provided'],
    ['/generate', { input_ids: null }, 'invalid generate request: input_ids must be provided'],
    ['/generate', { input_ids: [] }, 'invalid generate request: input_ids cannot be empty'],
    ['/generate', { input_ids: [[1], [2]] }, 'invalid generate request: input_ids must be an array of uint32 integers'],
    ['/generate', { input_ids: 'x' }, 'invalid generate request: input_ids must be an array of uint32 integers'],
    ['/generate', { input_ids: [1], extra_key: 5 }, 'unsupported generate request: extra_key must be a string'],
  ])('%s with %j is refused', (path, body, message) => {
    expect(refusal(parser, path, body)).toBe(message);
  });

  test.each([-1, 1.5, '9', null])('max_new_tokens %j is no cap', (max) => {
    expect(parse(parser, '/generate', { input_ids: [1], sampling_params: { max_new_tokens: max } }).maxOutputTokens).toBeUndefined();
  });

  const parsed = parse(parser, '/generate', { input_ids: [1] });
  const meta = (completion: number, reason: unknown): string =>
    JSON.stringify({ text: 'x', meta_info: { finish_reason: reason, prompt_tokens: 5, completion_tokens: completion, cached_tokens: 2 } });

  test('reads meta_info of a JSON answer', () => {
    expect(readAll(parser.readResponse(parsed, false), meta(3, { type: 'stop' })).usage).toEqual(usage(5, 3, 8, 2));
    expect(readAll(parser.readResponse(parsed, false), '{"meta_info":{"id":"x"}}').usage).toBeUndefined();
  });

  test('reads the last event of a stream, however it is cut', () => {
    const answer = `data: ${meta(1, null)}\n\ndata: ${meta(2, null)}\n\ndata: ${meta(3, { type: 'length' })}\n\ndata: [DONE]\n\n`;
    const read = (places: number[]) => readAll(parser.readResponse(parsed, true), answer, places);
    fc.assert(fc.property(cuts(), (places) => expect(read(places)).toEqual({ usage: usage(5, 3, 8, 2), events: 3 })));
    expect(readAll(parser.readResponse(parsed, true), `data: ${meta(1, null)}\n\n`).usage).toBeUndefined();
  });
});

test('passthrough-parser takes anything, claims nothing, and does not look into the answer', () => {
  const parser = new PassthroughParser();
  const bytes = Buffer.from([0, 255, 1]);
  const parsed = parse(parser, '/any/path', bytes);
  expect(parsed).toEqual({ api: 'raw', bytes, model: '', stream: false, cacheSalt: '', skipResponse: false });
  expect(parser.claims).toEqual([]);
  expect(parser).not.toHaveProperty('protocols');
  expect(parser.readResponse()).toBeUndefined();
});
