import { anthropicChat } from '../../src/request/anthropic-chat';

const messagesOf = (...messages: object[]): unknown => anthropicChat({ messages }).messages;
const assistant = (...content: object[]): unknown => messagesOf({ role: 'assistant', content });
const user = (...content: object[]): unknown => messagesOf({ role: 'user', content });
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } };
const imagePart = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } };

test('plain messages stay as they are, the system prompt comes first', () => {
  const body = { system: 'be brief', messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 };
  expect(anthropicChat(body)).toEqual({
    messages: [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'hi' },
    ],
  });
});

test('a system prompt of blocks is their text without the billing header, an empty one is left out', () => {
  const billing = { type: 'text', text: 'x-anthropic-billing-header: cch=1' };
  const system = [billing, { type: 'text', text: 'a' }, { type: 'other', text: 'x' }, { type: 'text', text: 'b' }];
  expect(anthropicChat({ system, messages: [] }).messages).toEqual([{ role: 'system', content: 'ab' }]);
  expect(anthropicChat({ system: [billing], messages: [] }).messages).toEqual([]);
  expect(messagesOf({ role: 'system', content: [{ type: 'text', text: 'late' }] }, { role: 'system', content: '' })).toEqual([
    { role: 'system', content: 'late' },
  ]);
});

test('one text block becomes text, more a list, with images as URLs', () => {
  const text = { type: 'text', text: 'hi' };
  expect(user(text)).toEqual([{ role: 'user', content: 'hi' }]);
  expect(user(text, { type: 'text', text: '' }, image)).toEqual([{ role: 'user', content: [text, imagePart] }]);
  expect(user(image)).toEqual([{ role: 'user', content: [imagePart] }]);
  expect(user({ type: 'image', source: { type: 'url', url: 'https://e/a' } })).toEqual([
    { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://e/a' } }] },
  ]);
  expect(user({ type: 'image', source: {} }, { type: 'image' })).toEqual([]);
  expect(user({ type: 'image', source: { data: 'AA' } })).toMatchObject([
    { content: [{ image_url: { url: 'data:image/jpeg;base64,AA' } }] },
  ]);
});

test('an assistant has its thinking and its calls, with arguments as Python writes them', () => {
  const call = (id: string, args: string) => ({ id, type: 'function', function: { name: 'f', arguments: args } });
  expect(
    assistant(
      { type: 'thinking', thinking: 'h' },
      { type: 'thinking', thinking: 'm' },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'tool_use', id: 'id1', name: 'f', input: { city: 'Köln', n: [1, 2] } },
      { type: 'tool_use', name: 'f', input: null },
      { type: 'tool_use', id: 'id3', name: 'f' },
    ),
  ).toEqual([
    {
      role: 'assistant',
      tool_calls: [call('id1', '{"city": "K\\u00f6ln", "n": [1, 2]}'), call('call_0000000000', '{}'), call('id3', '{}')],
      reasoning: 'hm',
    },
  ]);
  expect(assistant()).toEqual([{ role: 'assistant' }]);
});

test('results of tools become messages of their own before the rest of the message', () => {
  const result = { type: 'tool_result', tool_use_id: 'id1', content: [{ type: 'text', text: 'a' }, image, { type: 'text', text: 'b' }] };
  expect(user({ type: 'text', text: 'go on' }, result)).toEqual([
    { role: 'tool', tool_call_id: 'id1', content: 'a\nb' },
    { role: 'user', content: [imagePart] },
    { role: 'user', content: 'go on' },
  ]);
  expect(user({ type: 'tool_result', content: 'plain' })).toEqual([{ role: 'tool', content: 'plain' }]);
  expect(assistant({ type: 'tool_result', content: 'plain' })).toEqual([{ role: 'assistant', content: 'Tool result: plain' }]);
});

test('tools become functions', () => {
  const tools = [
    { name: 'f', description: 'd', input_schema: { type: 'object', z: 1, a: 2 }, strict: true, defer_loading: false, type: 'custom' },
    { name: 'g', input_schema: null },
  ];
  expect(anthropicChat({ messages: [], tools }).tools).toEqual([
    {
      type: 'function',
      function: { name: 'f', description: 'd', parameters: { type: 'object', z: 1, a: 2 }, strict: true, defer_loading: false },
    },
    { type: 'function', function: { name: 'g', parameters: { type: 'object' } } },
  ]);
  expect(anthropicChat({ messages: [], tools: [] })).toEqual({ messages: [] });
});
