import { OpenAiParser } from '../../src/parsers/openai-parser';
import { parse, refusal } from '../support/parsers';

const parser = new OpenAiParser();
const messages = [{ role: 'user', content: 'hi' }];

describe('what the parser claims', () => {
  test('is the eight paths, over both protocols, with rewriting', () => {
    expect(parser.claims).toEqual([
      'conversations',
      'responses',
      'chat/completions',
      'chat/completions/render',
      'completions',
      'completions/render',
      'embeddings',
      'images/generations',
    ]);
    expect(parser.protocols).toEqual(['kubernetes.io/h2c', 'http']);
    expect(parser.rewritesModel).toBe(true);
  });
});

test.each([
  ['/v1/completions', { prompt: 'hi' }, 'completions'],
  ['/v1/completions/render', { prompt: 'hi' }, 'completions'],
  ['/v1/chat/completions', { messages }, 'chat'],
  ['/v1/chat/completions/render', { messages }, 'chat'],
  ['/v1/projects/p/endpoints/e/chat/completions', { messages }, 'chat'],
  ['/v1/responses', { input: 'hi' }, 'responses'],
  ['/v1/responses', { input: [] }, 'responses'],
  ['/v1/conversations', { items: [{}] }, 'conversations'],
  ['/v1/embeddings', { input: ['a', 'b'] }, 'embeddings'],
  ['/v1/images/generations', { prompt: 'a cat' }, 'images'],
  ['/elsewhere', { prompt: 'hi' }, 'completions'],
])('%s with %j is of API %s', (path, body, api) => {
  const parsed = parse(parser, path, body);
  expect(parsed).toMatchObject({ api, payload: body, model: '', stream: false, cacheSalt: '', skipResponse: false });
  expect(parsed.bytes.toString()).toBe(JSON.stringify(body));
  expect(parsed.tokenIds).toBeUndefined();
});

describe('fields of the body', () => {
  test('are read', () => {
    const body = { model: 'm', prompt: 'hi', stream: true, max_tokens: 7, cache_salt: 's' };
    expect(parse(parser, '/v1/completions', body)).toMatchObject({ model: 'm', stream: true, maxOutputTokens: 7, cacheSalt: 's' });
  });

  test('of other types count as absent', () => {
    const body = { model: 5, prompt: 'hi', stream: 'true', max_tokens: '7' };
    const parsed = parse(parser, '/v1/completions', body);
    expect(parsed).toMatchObject({ model: '', stream: false, cacheSalt: '' });
    expect(parsed).not.toHaveProperty('maxOutputTokens');
  });

  test.each([
    ['/v1/chat/completions', { max_completion_tokens: 3, max_tokens: 9 }, 3],
    ['/v1/chat/completions', { max_completion_tokens: -3, max_tokens: 9 }, 9],
    ['/v1/chat/completions', { max_completion_tokens: 1.5, max_tokens: 0 }, 0],
    ['/v1/completions', { max_completion_tokens: 3 }, undefined],
    ['/v1/responses', { max_output_tokens: 4, max_tokens: 9 }, 4],
    ['/v1/embeddings', { max_tokens: 9 }, undefined],
  ])('%s: of %j the cap on output tokens is %s', (path, fields, cap) => {
    const body = { messages, prompt: 'hi', input: 'hi', ...fields };
    expect(parse(parser, path, body).maxOutputTokens).toBe(cap);
  });

  test('token ids of a prompt are kept', () => {
    expect(parse(parser, '/v1/completions', { prompt: [1, 4294967295] }).tokenIds).toEqual([Uint32Array.of(1, 4294967295)]);
    expect(parse(parser, '/v1/embeddings', { input: [7] }).tokenIds).toEqual([Uint32Array.of(7)]);
  });

  test('bytes that are no UTF-8, and names of object internals, do no harm', () => {
    const bytes = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(parse(parser, '/v1/completions', bytes).payload).toEqual({ prompt: '\ufffd\ufffd' });
    const parsed = parse(parser, '/v1/completions', '{"__proto__":{"model":"evil","stream":true},"constructor":1,"prompt":"hi"}');
    expect(parsed).toMatchObject({ model: '', stream: false });
    expect(({} as Record<string, unknown>).model).toBeUndefined();
  });
});

describe('a body that is none of the API', () => {
  test.each([
    ['/v1/completions', {}, 'invalid completions request: must have prompt field'],
    ['/v1/completions', { prompt: '' }, 'invalid completions request: must have prompt field'],
    ['/v1/completions', { prompt: [] }, 'invalid completions request: must have prompt field'],
    ['/v1/completions', { prompt: null }, 'invalid completions request: must have prompt field'],
    ['/v1/completions', { prompt: ['a', 1] }, 'invalid completions request: must have prompt field'],
    ['/v1/completions', { prompt: [1, 'a'] }, 'invalid completions request: must have prompt field'],
    ['/v1/completions', { prompt: [1, -1] }, 'invalid completions request: must have prompt field'],
    ['/v1/completions', { prompt: [1.5] }, 'invalid completions request: must have prompt field'],
    ['/v1/completions', { prompt: [4294967296] }, 'invalid completions request: must have prompt field'],
    ['/v1/chat/completions', { prompt: 'hi' }, 'invalid chat completions request: must have valid messages field'],
    ['/v1/chat/completions', { messages: [] }, 'invalid chat completions request: must have valid messages field'],
    ['/v1/chat/completions', { messages: ['hi'] }, 'invalid chat completions request: must have valid messages field'],
    ['/v1/chat/completions', { messages: [{ content: 5 }] }, 'invalid chat completions request: must have valid messages field'],
    ['/v1/completions', { prompt: 'hi', cache_salt: 1 }, 'invalid completions request: must have prompt field'],
    ['/v1/responses', { input: 'hi', cache_salt: 1 }, 'invalid responses request: must have input field'],
    ['/v1/conversations', { items: ['hi'] }, 'invalid conversations request: must have items field'],
    ['/v1/conversations', { items: [{ role: 5 }] }, 'invalid conversations request: must have items field'],
    ['/v1/conversations', { items: [{}], metadata: 'hi' }, 'invalid conversations request: must have items field'],
    ['/v1/images/generations', { prompt: 'hi', n: 1.5 }, 'invalid images generations request: must have prompt field'],
    ['/v1/images/generations', { prompt: 'hi', size: 5 }, 'invalid images generations request: must have prompt field'],
    ['/v1/responses', { input: null }, 'invalid responses request: must have input field'],
    ['/v1/conversations', { items: [] }, 'invalid conversations request: must have items field'],
    ['/v1/embeddings', {}, 'invalid embeddings request: must have input field'],
    ['/v1/images/generations', { prompt: '' }, 'invalid images generations request: must have prompt field'],
  ])('%s with %j is refused: %s', (path, body, message) => {
    expect(refusal(parser, path, body)).toBe(message);
  });

  test.each(['no healthy upstream', '', '{"prompt":', '[]', '"text"', '5', '\ufeff{"prompt":"hi"}'])(
    '%j is refused as no JSON object',
    (body) => {
      expect(refusal(parser, '/v1/completions', body)).toMatch(/^error unmarshaling request bodyMap: ./);
    },
  );

  test('null lacks the field', () => {
    expect(refusal(parser, '/v1/completions', 'null')).toBe('invalid completions request: must have prompt field');
  });

  test.each([
    { messages: [{ role: 5, content: 'hi' }] },
    { messages: [{ role: 'user', content: ['hi'] }] },
    { messages: [{ role: 'user', content: [{ type: 'text', text: 4 }] }] },
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'https://example.com/a.png' }] }] },
    { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 1 } }] }] },
    { messages: [{ role: 'assistant', tool_calls: {} }] },
    { messages, tools: {} },
    { messages, documents: 'hi' },
    { messages, chat_template: 5 },
    { messages, chat_template_kwargs: [] },
    { messages, add_generation_prompt: 'yes' },
    { messages, continue_final_message: 1 },
    { messages, return_assistant_tokens_mask: 'no' },
    { messages, cache_salt: 5 },
  ])('chat completions with %j are refused because of a type', (body: object) => {
    expect(refusal(parser, '/v1/chat/completions', body)).toBe('invalid chat completions request: must have valid messages field');
  });

  test('null counts as absent, and other fields may hold anything', () => {
    const blocks = [{ type: 'image_url', image_url: null, text: null }, { type: 'audio_url', audio_url: 5 }, null];
    const body = { messages: [{ role: null, content: blocks, tool_calls: null }], tools: null, cache_salt: null, stop: 5, user: {} };
    expect(parse(parser, '/v1/chat/completions', body).payload).toEqual(body);
  });

  test('content that is absent, null or a list is content', () => {
    const body = { messages: [{ role: 'assistant', tool_calls: [] }, { content: null }, { content: [{ type: 'text' }] }, null] };
    expect(parse(parser, '/v1/chat/completions', body).api).toBe('chat');
  });
});
