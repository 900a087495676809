import type { JsonObject } from 'llm-d-epp-config';
import { VllmRenderer } from '../../src/request/vllm-renderer';
import { FakeClock, RecordingLog } from '../support/context';
import { type Answer, FakeVllm, type Received } from '../support/fake-render-server';

const RENDER = '/v1/completions/render';
const RENDER_CHAT = '/v1/chat/completions/render';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function setUp(answer: (request: Received) => Answer, timeouts = { timeoutMs: 1000, mediaTimeoutMs: 2000 }) {
  const server = await new FakeVllm(answer).listen();
  const clock = new FakeClock();
  const log = new RecordingLog();
  const renderer = new VllmRenderer({ url: `${server.url}/`, modelName: 'base', ...timeouts }, clock, log);
  opened.push(renderer, server);
  return { server, clock, log, renderer };
}

const chat = (content: unknown, more: JsonObject = {}): JsonObject => ({ model: 'lora', messages: [{ role: 'user', content }], ...more });
const missing: Answer = [404, { detail: 'Not Found' }];

describe('render endpoints', () => {
  test('get the whole body with the name of the served model', async () => {
    const { server, renderer } = await setUp(() => [200, [{ token_ids: [1, 2] }, { token_ids: [] }]]);
    const prompts = await renderer.completions({ model: 'lora', prompt: ['a', 'b'], own_field: { kept: true } });
    expect(prompts).toEqual([
      { ids: Uint32Array.of(1, 2), features: [] },
      { ids: new Uint32Array(0), features: [] },
    ]);
    expect(server.received).toEqual([{ path: RENDER, body: { model: 'base', prompt: ['a', 'b'], own_field: { kept: true } } }]);
  });

  test('say where media stand', async () => {
    const features = { mm_hashes: { image: ['abc'] }, mm_placeholders: { image: [{ offset: 2, length: 3 }] } };
    const { server, renderer } = await setUp(() => [200, { token_ids: [1, 2, 3, 4, 5], features }]);
    const [prompt] = await renderer.chat(chat([{ type: 'image_url', image_url: { url: 'x' } }]));
    expect(prompt).toEqual({ ids: Uint32Array.of(1, 2, 3, 4, 5), features: [{ modality: 'image', hash: 'abc', offset: 2, length: 3 }] });
    expect(server.paths).toEqual([RENDER_CHAT]);
  });

  test('are reached over one connection, again and again', async () => {
    const { server, renderer } = await setUp(() => [200, { token_ids: [1] }]);
    for (let i = 0; i < 3; i++) await renderer.chat(chat('hi'));
    expect(server.received).toHaveLength(3);
    expect(server.connections).toBe(1);
  });

  test('are asked a second time when the kept connection was closed', async () => {
    let count = 0;
    const { server, renderer } = await setUp(() => (++count === 2 ? 'reset' : [200, { token_ids: [count] }]));
    await renderer.chat(chat('hi'));
    expect(await renderer.chat(chat('hi'))).toMatchObject([{ ids: Uint32Array.of(3) }]);
    expect(server.received).toHaveLength(3);
  });

  test.each<[string, Answer, RegExp]>([
    ['fails', [500, 'x'.repeat(5000)], /^\/v1\/chat\/completions\/render answered with status 500: x{1024}$/],
    ['answers no JSON', [200, '<html>'], /is no JSON/],
    ['answers a list', [200, []], /is no object/],
    ['answers without tokens', [200, {}], /has no list of token ids/],
    ['answers no token ids', [200, { token_ids: ['a'] }], /has no list of token ids/],
    ['drops the first connection', 'reset', /socket hang up|ECONNRESET/],
  ])('that %s are an error', async (_name, answer, message) => {
    const { renderer } = await setUp(() => answer);
    await expect(renderer.chat(chat('hi'))).rejects.toThrow(message);
  });

  test('that answer no prompt are an error', async () => {
    const { renderer } = await setUp(() => [200, []]);
    await expect(renderer.completions({ prompt: 'a' })).rejects.toThrow('the answer of /v1/completions/render is empty');
  });

  test.each([
    ['hi', 20],
    [[{ type: 'text', text: 'hi' }], 40],
    [[], 20],
  ])('have their time: content %j waits %i ms', async (content, time) => {
    const { renderer } = await setUp(() => undefined, { timeoutMs: 20, mediaTimeoutMs: 40 });
    await expect(renderer.chat(chat(content))).rejects.toThrow(`no answer of ${RENDER_CHAT} within ${time} ms`);
  });
});

describe('a server without render endpoints', () => {
  const tokenize = ({ path, body }: Received): Answer =>
    path === '/tokenize' ? [200, { count: 1, tokens: [String(body.prompt ?? 'chat').length] }] : missing;

  test('is asked to tokenise each text, and the rest of the body is left out', async () => {
    const { server, log, renderer } = await setUp(tokenize);
    expect(await renderer.completions({ prompt: ['a', 'bb'], temperature: 1 })).toMatchObject([
      { ids: Uint32Array.of(1) },
      { ids: Uint32Array.of(2) },
    ]);
    expect(server.paths).toEqual([RENDER, '/tokenize', '/tokenize']);
    expect(server.received[1]?.body).toEqual({ model: 'base', prompt: 'a' });
    expect(log.messages('info')).toHaveLength(1);
  });

  test('is asked to tokenise a chat by the fields that matter', async () => {
    const { server, renderer } = await setUp(tokenize);
    const content = [{ type: 'text', text: 'hi' }];
    await renderer.chat(chat(content, { tools: [{ a: 1 }], temperature: 1, chat_template_kwargs: { b: 2 }, chat_template: null }));
    const expected = { model: 'base', messages: [{ role: 'user', content }], tools: [{ a: 1 }], chat_template_kwargs: { b: 2 } };
    expect(server.received[1]).toEqual({ path: '/tokenize', body: expected });
  });

  test('is not asked to render again for five minutes', async () => {
    const { server, clock, renderer } = await setUp(tokenize);
    await renderer.chat(chat('hi'));
    clock.advance(299_999);
    await renderer.chat(chat('hi'));
    expect(server.paths).toEqual([RENDER_CHAT, '/tokenize', '/tokenize']);
    clock.advance(1);
    await renderer.chat(chat('hi'));
    expect(server.paths.slice(3)).toEqual([RENDER_CHAT, '/tokenize']);
  });

  test('can not tell media apart', async () => {
    const { server, renderer } = await setUp(tokenize);
    await expect(renderer.chat(chat([{ type: 'image_url' }]))).rejects.toThrow('/tokenize can not tell media apart');
    expect(server.paths).toEqual([RENDER_CHAT]);
  });

  test('and without the model is asked to render again next time', async () => {
    const { server, renderer } = await setUp(() => [404, { message: 'The model `base` does not exist.' }]);
    for (let i = 0; i < 2; i++) await expect(renderer.chat(chat('hi'))).rejects.toThrow('The model `base` does not exist.');
    expect(server.paths).toEqual([RENDER_CHAT, '/tokenize', RENDER_CHAT, '/tokenize']);
  });
});

test.each(['', 'localhost:8000', 'ftp://x', 'http://'])('%j is no URL', (url) => {
  expect(() => new VllmRenderer({ url, modelName: 'm', timeoutMs: 1, mediaTimeoutMs: 1 }, new FakeClock(), new RecordingLog())).toThrow(
    `"${url}" is no URL`,
  );
});

test('a server that is not there is an error', async () => {
  const { server, renderer } = await setUp(() => undefined);
  await server.close();
  await expect(renderer.chat(chat('hi'))).rejects.toThrow('ECONNREFUSED');
});
