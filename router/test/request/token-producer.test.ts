import type { JsonObject } from 'llm-d-epp-config';
import { parserPlugins } from '../../src/parsers/plugins';
import { Candidates, type DataProducer, type Parser } from '../../src/plugin';
import { tokenPlugins } from '../../src/request/plugins';
import { request, TestContext } from '../support/context';
import { FakeVllm } from '../support/fake-render-server';

const none = new Candidates();
const factory = (table: typeof tokenPlugins, type: string) => table[type]!;
const make = (parameters: JsonObject, context = new TestContext(), name = 'token-producer'): DataProducer =>
  context.make<DataProducer>(factory(tokenPlugins, 'token-producer'), 'token-producer', parameters, name);

describe('the mode', () => {
  test.each<[JsonObject, number | undefined]>([
    [{}, undefined],
    [{ estimate: {} }, undefined],
    [{ estimate: { image: { mode: 'static', static: { staticToken: 3 } } } }, undefined],
    [{ udsTokenizerConfig: { useTCP: true } }, undefined],
    [{ modelName: 'm' }, 30_000],
    [{ modelName: 'm', vllm: {} }, 30_000],
    [{ modelName: 'm', vllm: { url: 'https://tokens:8443/base', timeout: '1m', mmTimeout: '500ms' } }, 60_000],
  ])('of %j gives a producer that may take %s ms', (parameters, timeoutMs) => {
    expect(make(parameters).timeoutMs).toBe(timeoutMs);
  });

  test.each<[JsonObject, string]>([
    [{ vllm: {} }, 'modelName is missing'],
    [{ modelName: 'm', vllm: { url: 'nowhere' } }, '"nowhere" is no URL'],
    [{ modelName: 'm', vllm: { timeout: '0s' } }, 'vllm.timeout is "0s"'],
    [{ modelName: 'm', udsTokenizerConfig: { socketFile: '/tmp/t.sock' } }, 'udsTokenizerConfig is not supported'],
  ])('of %j does not start: %s', (parameters, message) => {
    expect(() => make(parameters)).toThrow(message);
  });

  test('of the older type name is the same, with a warning', () => {
    const context = new TestContext();
    const made = request();
    context.make<DataProducer>(factory(tokenPlugins, 'tokenizer'), 'tokenizer').produce(made, none);
    expect(made.get('TokenizedPrompt', 'token-producer')?.prompts).toHaveLength(1);
    expect(context.log.messages('warn')).toEqual(['plugin type "tokenizer" is deprecated, write "token-producer"']);
  });
});

describe('with a vLLM server', () => {
  let server: FakeVllm;
  let context: TestContext;
  let producer: DataProducer;
  beforeEach(async () => {
    server = await new FakeVllm(({ path }) => [200, path.includes('chat') ? { token_ids: [1, 2] } : [{ token_ids: [3] }]]).listen();
    context = new TestContext();
    producer = make({ modelName: 'base', vllm: { url: server.url } }, context, 'exact');
  });
  afterEach(async () => {
    await producer.stop?.();
    await server.close();
  });

  test.each([
    ['completions', { prompt: 'a' }, [3]],
    ['chat', { messages: [{ role: 'user', content: 'a' }] }, [1, 2]],
    ['messages', { system: 's', messages: [{ role: 'user', content: 'a' }] }, [1, 2]],
  ] as const)('tokens of %s are asked for and handed on', async (api, body, ids) => {
    const made = request({ api, body });
    await producer.produce(made, none);
    const expected = { prompts: [{ ids: Uint32Array.from(ids), features: [] }], estimated: false };
    expect(made.get('TokenizedPrompt', 'exact')).toEqual(expected);
    expect(made.get('TokenizedPrompt', 'token-producer')).toEqual(expected);
  });

  test('an Anthropic request is asked for as a chat', async () => {
    await producer.produce(request({ api: 'messages', body: { system: 's', messages: [{ role: 'user', content: 'a' }] } }), none);
    expect(server.received[0]?.body).toEqual({
      model: 'base',
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'a' },
      ],
    });
  });

  test('token ids of the body need no call and nothing is waited for', () => {
    const made = request({ api: 'generate', tokenIds: [Uint32Array.of(5)] });
    expect(producer.produce(made, none)).toBeUndefined();
    expect(made.get('TokenizedPrompt', 'exact')?.prompts[0]?.ids).toEqual(Uint32Array.of(5));
    expect(server.received).toEqual([]);
  });

  test.each(['responses', 'conversations', 'embeddings', 'images', 'raw'] as const)('%s has no tokens', (api) => {
    expect(producer.produce(request({ api }), none)).toBeUndefined();
    expect(server.received).toEqual([]);
  });

  test('estimated tokens are replaced, exact ones stay', async () => {
    const made = request();
    make({}, context).produce(made, none);
    await producer.produce(made, none);
    expect(made.get('TokenizedPrompt', 'token-producer')?.estimated).toBe(false);
    expect(producer.produce(made, none)).toBeUndefined();
    expect(server.received).toHaveLength(1);
  });

  test('a failure leaves the request without tokens and is logged once in ten seconds', async () => {
    server.answer = () => [500, 'broken'];
    const made = request();
    for (let i = 0; i < 3; i++) await producer.produce(made, none);
    context.clock.advance(10_000);
    await producer.produce(made, none);
    expect(made.get('TokenizedPrompt', 'exact')).toBeUndefined();
    const lines = context.log.lines.filter(({ level }) => level === 'warn');
    expect(lines.map(({ fields }) => fields.failures)).toEqual([1, 3]);
    expect(lines[0]?.fields.error).toContain('status 500: broken');
  });

  test('is warmed up without waiting, by a text and an image', async () => {
    expect(producer.start?.()).toBeUndefined();
    while (server.received.length < 2) await new Promise(setImmediate);
    expect(server.received.map(({ body }) => JSON.stringify(body).includes('image_url'))).toEqual([false, true]);
  });
});

test('what the gRPC and Vertex parsers read gets tokens too', () => {
  const message = Buffer.from([0, 0, 0, 0, 7, 0x1a, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f]);
  const parser = new TestContext().make<Parser>(factory(parserPlugins, 'vllmgrpc-parser'), 'vllmgrpc-parser');
  const body = parser.parse({ path: '/vllm.grpc.engine.VllmEngine/Generate', body: message });
  const made = request({ ...body });
  make({}).produce(made, none);
  expect(made.get('TokenizedPrompt', 'token-producer')?.prompts[0]?.ids).toEqual(Uint32Array.of(1819043176, 111));
});

test('all seven parsers can be made', () => {
  const context = new TestContext();
  for (const [type, parser] of Object.entries(parserPlugins)) expect(context.make(parser, type)).toHaveProperty('parse');
  expect(Object.keys(parserPlugins)).toHaveLength(7);
});
