import fc from 'fast-check';
import type { Api, InferenceRequest, PromptTokens, TokenizedPrompt } from '../../src/plugin';
import { EstimateProducer } from '../../src/request/estimate-producer';
import { hex64, xxh64 } from '../../src/request/xxh64';
import { RecordingLog, type RequestOptions, request } from '../support/context';
import { dataUrl, images } from '../support/images';

const log = new RecordingLog();

function produce(options: RequestOptions, estimate = {}): TokenizedPrompt | undefined {
  const made = request(options);
  const done: unknown = new EstimateProducer('token-producer', estimate, log).produce(made);
  expect(done).toBeUndefined();
  return made.get('TokenizedPrompt', 'token-producer');
}

const first = (tokens: TokenizedPrompt | undefined): PromptTokens => tokens?.prompts[0] as PromptTokens;
const bytesOf = ({ ids }: PromptTokens): Buffer => {
  const bytes = Buffer.alloc(ids.length * 4);
  for (const [i, id] of ids.entries()) bytes.writeUInt32LE(id, i * 4);
  return bytes;
};
/** The text that tokens were made of. */
const textOf = (prompt: PromptTokens): string => bytesOf(prompt).toString().replace(/\0+$/, '');
const estimate = (api: Api, body: object): string => textOf(first(produce({ api, body: body as Record<string, unknown> })));

test('four bytes make a token, the lowest first, the last filled up with zeros', () => {
  expect(first(produce({ body: { prompt: 'hello' } })).ids).toEqual(Uint32Array.of(1819043176, 111));
  expect(first(produce({ body: { prompt: 'é😀' } })).ids).toEqual(Uint32Array.of(0x9ff0a9c3, 0x8098));
  expect(produce({ body: { prompt: 'x' } })).toMatchObject({ estimated: true });
});

test('any text comes to its bytes, in a completion as in a chat', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      const chat = { messages: [{ role: 'u', content: a }, { content: [{ type: 'text', text: b }] }] };
      const expected = Buffer.from(`u${a}${b}`);
      const padded = Buffer.concat([expected, Buffer.alloc((4 - (expected.length % 4)) % 4)]);
      expect(bytesOf(first(produce({ api: 'chat', body: chat })))).toEqual(padded);
      expect(bytesOf(first(produce({ body: { prompt: `u${a}${b}` } })))).toEqual(padded);
    }),
  );
});

test('prompts of a list stand for themselves', () => {
  const tokens = produce({ body: { prompt: ['one', 'two!', ''] } });
  expect(tokens?.prompts.map(textOf)).toEqual(['one', 'two!', '']);
});

describe('the text of a', () => {
  test('chat is tools, then role and text of each message', () => {
    const messages = [
      { role: 'system', content: 'be <brief>' },
      { role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'unknown', text: 'x' }, { type: 'text', text: 'b' }, 'c'] },
      { role: 'assistant', content: null },
      { content: 'no role' },
    ];
    const tools = [{ type: 'function', function: { name: 'f', description: 'a<b' } }];
    const text = 'systembe <brief>userabassistantno role';
    expect(estimate('chat', { messages })).toBe(text);
    expect(estimate('chat', { messages, tools: [] })).toBe(text);
    expect(estimate('chat', { messages, tools })).toBe(`[{"function":{"description":"a\\u003cb","name":"f"},"type":"function"}]${text}`);
  });

  test('messages request is tools, system, then role and blocks of each message', () => {
    const body = {
      tools: [
        { type: 'custom', name: 'n<', description: '', input_schema: { b: 1, a: 'x>y' }, strict: false, cache_control: { a: 1 } },
        { name: 'm', input_schema: null, defer_loading: true, strict: null },
        { name: 'k', description: 'd' },
      ],
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: 1' },
        { type: 'text', text: 'be ' },
        { type: 'text', text: 'brief' },
      ],
      messages: [
        { role: 'user', content: 'hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm' },
            { type: 'text', text: 'ok' },
            { type: 'redacted_thinking', data: 'x' },
            { type: 'tool_use', id: 'id1', name: 'f', input: { city: 'Ulm' } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'id1',
              content: [
                { type: 'text', text: 'a' },
                { type: 'text', text: 'b' },
              ],
            },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'id2', content: 'plain' }] },
      ],
    };
    // The tools were run through encoding/json of Go 1.26 with the fields of upstream's type.
    const tools =
      '[{"name":"n\\u003c","input_schema":{"b":1,"a":"x\\u003ey"},"strict":false},{"name":"m","input_schema":null,"defer_loading":true},{"name":"k","description":"d"}]';
    expect(estimate('messages', body)).toBe(`${tools}be briefuserhiassistanthmokid1f{"city":"Ulm"}usera\nbuserplain`);
    expect(estimate('messages', { system: 'be brief', messages: [{ role: 'user', content: 'hi' }] })).toBe('be briefuserhi');
  });

  test.each<[Api, object, string]>([
    ['responses', { input: 'hi' }, '[{"input":"hi"}]'],
    [
      'responses',
      { instructions: 'be', tools: [], input: [{ b: 1, a: 2 }] },
      '[{"instructions":"be"},{"tools":[]},{"input":[{"a":2,"b":1}]}]',
    ],
    [
      'conversations',
      { items: [{ type: 'message', role: 'user', content: [{ text: 'hi', type: 'input_text' }], id: '7' }, { content: 'x' }, {}, null] },
      '[{"type":"message","role":"user","content":[{"text":"hi","type":"input_text"}]},{"content":"x"},{},{}]',
    ],
    ['embeddings', { input: 'a<b' }, '{"Raw":"a\\u003cb","Strings":null,"TokenIDs":null}'],
    ['embeddings', { input: ['x', 'y&'] }, '{"Raw":"","Strings":["x","y\\u0026"],"TokenIDs":null}'],
  ])('%s request %j', (api, body, text) => {
    expect(estimate(api, body)).toBe(text);
  });
});

describe('media', () => {
  const png = dataUrl(images.png(64, 32));
  const hashOf = (content: string) => xxh64(Buffer.from(content));
  const user = (...content: object[]): RequestOptions => ({ api: 'chat', body: { messages: [{ role: 'user', content }] } });

  test('stand at a whole token as equal tokens made of their hash', () => {
    const prompt = first(
      produce(user({ type: 'text', text: 'look' }, { type: 'image_url', image_url: { url: png } }, { type: 'text', text: 'ok' })),
    );
    expect(textOf({ ...prompt, ids: prompt.ids.slice(0, 2) })).toBe('userlook');
    expect(prompt.features).toEqual([{ modality: 'image', hash: hex64(hashOf(png)), offset: 2, length: 2 }]);
    expect(prompt.ids.slice(2)).toEqual(Uint32Array.of(hashOf(png).low, hashOf(png).low, Buffer.from('ok\0\0').readUInt32LE()));
  });

  test('behind a text of odd length begin at the next token', () => {
    const { ids, features } = first(
      produce(user({ type: 'text', text: 'x' }, { type: 'image_url', image_url: { url: 'https://e/a.png' } })),
    );
    expect(features).toMatchObject([{ offset: 2, length: 225 }]);
    expect(ids[1]).toBe(0x78);
    expect(ids).toHaveLength(227);
  });

  test('of each kind have their own counts', () => {
    const blocks = [
      { type: 'image_url', image_url: { url: 'https://e/a.png' } },
      { type: 'video_url', video_url: { url: 'https://e/a.mp4' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    ];
    const { features } = first(produce({ ...user(...blocks), headers: { 'x-llm-d-video-duration-seconds': '1' } }));
    expect(features).toEqual([
      { modality: 'image', hash: hex64(hashOf('https://e/a.png')), offset: 1, length: 225 },
      { modality: 'video', hash: hex64(hashOf('https://e/a.mp4')), offset: 226, length: 450 },
      { modality: 'audio', hash: hex64(hashOf('AAAAwav')), offset: 676, length: 2 },
    ]);
  });

  test('of Anthropic messages are hashed by URL or bare data', () => {
    const data = images.png(64, 64).toString('base64');
    const content = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
      { type: 'image', source: { type: 'url', url: 'https://e/a.png' } },
      { type: 'image', source: { type: 'base64' } },
      { type: 'image' },
      { type: 'tool_result', content: [{ type: 'image', source: { data } }] },
    ];
    const { features } = first(produce({ api: 'messages', body: { messages: [{ role: 'user', content }] } }));
    expect(features.map(({ hash, length }) => [hash, length])).toEqual([
      [hex64(hashOf(data)), 4],
      [hex64(hashOf('https://e/a.png')), 225],
      [hex64(hashOf(`data:image/jpeg;base64,${data}`)), 4],
    ]);
  });

  test('can be configured', () => {
    const image = { mode: 'static', static: { staticToken: 7 } };
    expect(first(produce(user({ type: 'image_url', image_url: { url: png } }), { image })).features[0]?.length).toBe(7);
  });

  test('that claim to be huge take up a bounded number of tokens', () => {
    const huge = { type: 'image_url', image_url: { url: dataUrl(images.png(2 ** 31, 2 ** 31)) } };
    const prompt = first(produce(user(huge, huge, huge)));
    expect(prompt.features.map(({ length }) => length)).toEqual([1 << 20, 1, 1]);
    expect(prompt.ids).toHaveLength((1 << 20) + 3);
    const video = { ...user({ type: 'video_url' }), headers: { 'x-llm-d-video-duration-seconds': '1e300' } };
    expect(first(produce(video)).features[0]?.length).toBe(1 << 20);
  });
});

describe('no estimate is made', () => {
  test('of token ids, which are real; media belong to the first prompt', () => {
    const tokenIds = [Uint32Array.of(7, 8), Uint32Array.of(9)];
    const media = [{ modality: 'image', hash: 'h', offset: 0, length: 1 }] as const;
    expect(produce({ api: 'generate', tokenIds, media })).toEqual({
      prompts: [
        { ids: tokenIds[0], features: media },
        { ids: tokenIds[1], features: [] },
      ],
      estimated: false,
    });
  });

  test.each<RequestOptions>([
    { api: 'raw', payload: undefined },
    { api: 'images', body: { prompt: 'a cat' } },
    { body: { prompt: [''] } },
    { body: {} },
    { api: 'chat', body: { messages: [] } },
  ])('where there is nothing: %j', (options) => {
    expect(produce(options)).toBeUndefined();
  });

  test('when tokens are there', () => {
    const made: InferenceRequest = request();
    const there: TokenizedPrompt = { prompts: [], estimated: false };
    made.put('TokenizedPrompt', 'token-producer', there);
    new EstimateProducer('other', {}, log).produce(made);
    expect(made.get('TokenizedPrompt', 'token-producer')).toBe(there);
  });

  test('of JSON that is nested too deeply: a line is logged, the request goes on', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(produce({ api: 'chat', payload: { tools: [deep], messages: [] } })).toBeUndefined();
    expect(log.messages('warn')).toEqual(['prompt has no estimated tokens']);
  });
});

test('a producer of another name hands its tokens on under both names', () => {
  const made = request();
  new EstimateProducer('mine', {}, log).produce(made);
  expect(made.get('TokenizedPrompt', 'mine')).toBe(made.get('TokenizedPrompt', 'token-producer'));
  expect(made.get('TokenizedPrompt', 'mine')).toBeDefined();
});
