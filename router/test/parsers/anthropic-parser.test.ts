import fc from 'fast-check';
import { AnthropicParser } from '../../src/parsers/anthropic-parser';
import { cuts, parse, readAll, refusal, usage } from '../support/parsers';

const parser = new AnthropicParser();
const PATH = '/v1/messages';
const body = { model: 'claude', max_tokens: 64, system: 'be brief', messages: [{ role: 'user', content: 'hi' }] };
const parsed = parse(parser, PATH, body);
const read = (answer: string, streaming: boolean, places: number[] = []) => readAll(parser.readResponse(parsed, streaming), answer, places);
const event = (data: object): string => `event: x\ndata: ${JSON.stringify(data)}\n\n`;

test('reads a messages request', () => {
  expect(parser.claims).toEqual(['messages', 'messages/count_tokens']);
  expect(parsed).toMatchObject({ api: 'messages', model: 'claude', maxOutputTokens: 64, stream: false, cacheSalt: '', payload: body });
  expect(parse(parser, PATH, { ...body, stream: true, cache_salt: 's' })).toMatchObject({ stream: true, cacheSalt: 's' });
});

test('forwards count_tokens unread and takes no part in its answer', () => {
  const counted = parse(parser, '/v1/messages/count_tokens', 'anything');
  expect(counted).toMatchObject({ api: 'raw', model: '', skipResponse: true });
  expect(counted.payload).toBeUndefined();
  expect(counted.bytes.toString()).toBe('anything');
});

test.each([
  ['/v1/xmessages', body, 'unsupported API endpoint: /v1/xmessages'],
  [PATH, {}, 'invalid messages request: must have at least one message'],
  [PATH, { messages: [] }, 'invalid messages request: must have at least one message'],
  [PATH, { messages: null }, 'invalid messages request: must have at least one message'],
])('%s with %j is refused', (path, given, message) => {
  expect(refusal(parser, path, given)).toBe(message);
});

test.each([
  ['{', /^error unmarshaling request body: ./],
  ['{"messages":"hi"}', /^error parsing messages request: ./],
  ['{"messages":[{"role":"user","content":{}}]}', /^error parsing messages request: ./],
])('%j is refused', (given, message) => {
  expect(refusal(parser, PATH, given)).toMatch(message);
});

const CONTENT = 'error parsing messages request: anthropic content: must be a string or an array of content blocks';
const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });

test.each([
  [{ ...body, system: 4 }, CONTENT],
  [user(5), CONTENT],
  [user(['hi']), CONTENT],
  [user([{ type: 'text', text: 5 }]), CONTENT],
  [user([{ type: 'image', source: 'https://example.com/a.png' }]), CONTENT],
  [user([{ type: 'tool_result', content: [{ type: 'text', text: 5 }] }]), CONTENT],
  [{ system: 4, messages: [] }, CONTENT],
])('%j is refused because of its content', (given, message) => {
  expect(refusal(parser, PATH, given)).toBe(message);
});

test.each([
  { messages: ['hi'] },
  { messages: [{ role: 5 }] },
  { ...body, tools: 'all' },
  { ...body, tools: [{ name: 1 }] },
  { ...body, cache_salt: 1 },
])('%j is refused because of a type', (given) => {
  expect(refusal(parser, PATH, given)).toBe(
    'error parsing messages request: messages, tools or cache_salt have another type than the API asks for',
  );
});

test('blocks may nest, miss fields and hold null', () => {
  const content = [
    { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'ok' }] },
    { type: 'thinking', thinking: null },
    null,
  ];
  expect(parse(parser, PATH, { system: null, messages: [{ role: 'user', content }, { role: 'user' }, null] }).api).toBe('messages');
});

describe('usage', () => {
  test('of a JSON answer adds up', () => {
    const answer = { type: 'message', usage: { input_tokens: 25, output_tokens: 15, cache_read_input_tokens: 8 } };
    expect(read(JSON.stringify(answer), false).usage).toEqual(usage(25, 15, 40, 8));
    expect(read('{"type":"error"}', false).usage).toBeUndefined();
  });

  const start = event({ type: 'message_start', message: { usage: { input_tokens: 25, cache_read_input_tokens: 8, output_tokens: 1 } } });
  const delta = event({ type: 'message_delta', delta: {}, usage: { output_tokens: 15, input_tokens: 99 } });

  test('of a stream is put together of both events', () => {
    const answer = start + event({ type: 'content_block_delta', delta: { text: 'usage' } }) + delta + event({ type: 'message_stop' });
    expect(read(answer, true)).toEqual({ usage: usage(25, 15, 40, 8), events: 4 });
  });

  test('of a stream that ends early is what has been said', () => {
    expect(read(start, true).usage).toEqual(usage(25, 0, 25, 8));
    expect(read(delta, true).usage).toEqual(usage(0, 15, 15));
    expect(read(event({ type: 'ping', usage: { output_tokens: 3 } }), true).usage).toBeUndefined();
  });

  test('comes to the same however the stream is cut', () => {
    const answer = start + event({ type: 'content_block_delta', delta: { text: 'ü' } }) + delta;
    fc.assert(fc.property(cuts(), (places) => expect(read(answer, true, places)).toEqual({ usage: usage(25, 15, 40, 8), events: 3 })));
  });
});
