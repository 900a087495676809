import type { Parser } from '../../src/plugin';
import { ParserRegistry, requestPath, trimmedPath } from '../../src/request-control/parser-registry';
import { pipelineOf } from '../../src/request-control/pipeline';
import { RecordingLog, TestHeaders } from '../support/context';
import { rawParser } from '../support/ext-proc';

const parser = (type: string, claims: string[], name = type) => ({ name, type, plugin: { ...rawParser, claims } as Parser });

describe('the path', () => {
  test.each([
    [{ ':path': '/v1/messages?beta=true' }, '/v1/messages'],
    [{ ':path': '', 'x-original-path': '/a', 'x-forwarded-path': '/b' }, '/a'],
    [{ 'x-forwarded-path': '/b?c' }, '/b'],
    [{}, '/v1/completions'],
  ])('of %j is %s', (headers, path) => {
    expect(requestPath(new TestHeaders(headers as Record<string, string>))).toBe(path);
  });

  test('is trimmed for parsers', () => {
    expect(trimmedPath(' /v1/models/ ')).toBe('/v1/models');
    expect(trimmedPath('/')).toBe('');
  });
});

describe('the parser for a path', () => {
  const openai = parser('openai', ['chat/completions', '/completions/', 'completions/render']);
  const anthropic = parser('anthropic', ['messages', 'messages/count_tokens']);
  const generate = parser('sglang', ['generate']);
  const vllm = parser('vllm', ['inference/v1/generate']);
  const raw = parser('raw', []);
  const registry = new ParserRegistry([openai, anthropic, generate, vllm, raw], new RecordingLog());

  test.each([
    ['/v1/completions', openai],
    ['/v1/chat/completions/', openai],
    ['/v1/xcompletions', openai],
    ['/v1/completions/render', openai],
    ['/v1/messages/count_tokens', anthropic],
    ['/inference/v1/generate', vllm],
    ['/generate', generate],
    ['/v1/models', raw],
    ['', raw],
  ])('%s is found by the longest suffix', (path, expected) => {
    expect(registry.resolve(path)).toBe(expected.plugin);
  });

  test('is the first listed of those with equal claims', () => {
    const [first, second] = [parser('a', ['x']), parser('b', ['x'])];
    expect(new ParserRegistry([first, second], new RecordingLog()).resolve('/x')).toBe(first.plugin);
  });

  test('is none without a fallback', () => {
    const strict = new ParserRegistry([openai], new RecordingLog());
    expect(() => strict.resolve('/v1/models')).toThrow('no parser registered matching path suffix for: /v1/models');
    expect(strict.find('/v1/models')).toBeUndefined();
  });

  test('is never one listed after the fallback, or a second one of its type', () => {
    const log = new RecordingLog();
    const late = parser('late', ['models']);
    const again = parser('openai', ['models'], 'second');
    const used = new ParserRegistry([openai, again, raw, late], log);
    expect(used.resolve('/v1/models')).toBe(raw.plugin);
    expect(used.parsers).toEqual([openai, raw]);
    expect(log.messages('warn')).toHaveLength(2);
  });
});

describe('the pipeline of a configuration', () => {
  const both = { screen: () => {}, preRequest: () => {} };
  const producers = { a: { produce: () => {} }, b: { produce: () => {}, responseEnd: () => {} } };
  const plugins = new Map<string, object>([
    ['both', both],
    ['a', producers.a],
    ['b', producers.b],
    ['raw', rawParser],
    ['scorer', { score: () => {} }],
  ]);
  const order = {
    plugins: [...plugins.keys()].map((name) => ({ name, type: `${name}-type` })),
    parsers: ['raw'],
    producerOrder: ['b', 'a'],
  };

  test('has each plugin wherever it has a method, in order', () => {
    const pipeline = pipelineOf(order, plugins as never);
    const names = Object.fromEntries(
      Object.entries(pipeline).map(([step, list]) => [step, list.map(({ name }: { name: string }) => name)]),
    );
    expect(names).toEqual({
      parsers: ['raw'],
      headerProcessors: [],
      screeners: ['both'],
      producers: ['b', 'a'],
      admitters: [],
      preRequest: ['both'],
      responseHeader: [],
      responseBody: ['b'],
    });
    expect(pipeline.screeners[0]).toEqual({ name: 'both', type: 'both-type', plugin: both });
  });

  test('is refused when a name stands for something else', () => {
    expect(() => pipelineOf({ ...order, parsers: ['scorer'] }, plugins as never)).toThrow(
      'plugin "scorer" is used for "parse", which it can not do',
    );
    expect(() => pipelineOf({ ...order, producerOrder: ['nobody'] }, plugins as never)).toThrow('plugin "nobody" is used for "produce"');
  });
});
