import fc from 'fast-check';
import { openAiReader } from '../../src/parsers/openai-usage';
import { cuts, readAll, usage } from '../support/parsers';

const json = (answer: string) => readAll(openAiReader(false), answer).usage;
const sse = (answer: string) => readAll(openAiReader(true), answer);

describe('usage of a JSON answer', () => {
  test.each([
    ['chat', { prompt_tokens: 7, completion_tokens: 10, total_tokens: 17 }, usage(7, 10, 17)],
    [
      'responses',
      { input_tokens: 7, output_tokens: 10, total_tokens: 17, input_tokens_details: { cached_tokens: 4 } },
      usage(7, 10, 17, 4),
    ],
    [
      'nothing cached',
      { prompt_tokens: 7, completion_tokens: 1, total_tokens: 9, prompt_tokens_details: { cached_tokens: 0 } },
      usage(7, 1, 9, 0),
    ],
    ['cached', { prompt_tokens: 7, completion_tokens: 1, total_tokens: 9, prompt_tokens_details: { cached_tokens: 5 } }, usage(7, 1, 9, 5)],
    ['without details', { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8, prompt_tokens_details: null }, usage(7, 1, 8)],
    ['embeddings', { prompt_tokens: 8, total_tokens: 8 }, usage(8, 0, 8)],
    ['without total', { prompt_tokens: 7, completion_tokens: 10 }, usage(7, 10, 17)],
    ['text and fractions', { prompt_tokens: '7', completion_tokens: 10.9, total_tokens: '17.0' }, usage(7, 10, 17)],
    ['no numbers', { prompt_tokens: 'x', completion_tokens: [], total_tokens: -1 }, usage(0, 0, 0)],
  ])('%s', (_name, counts, expected) => {
    expect(json(JSON.stringify({ id: 'x', choices: [{ text: 'a "usage": b' }], usage: counts, tail: [1, { a: '}' }] }))).toEqual(expected);
  });

  test.each([
    ['none', '{"id":"x"}'],
    ['null', '{"usage":null}'],
    ['no object', '{"usage":5}'],
    ['only within a choice', '{"choices":[{"usage":{"prompt_tokens":7}}]}'],
    ['only in a text', JSON.stringify({ text: '"usage":{"prompt_tokens":7}' })],
    ['in a list', '[{"usage":{"prompt_tokens":7}}]'],
    ['a cut document', '{"usage":{"prompt_tokens":7},"x":'],
    ['no JSON', 'no healthy upstream'],
    ['empty', ''],
  ])('is undefined: %s', (_name, answer) => {
    expect(json(answer)).toBeUndefined();
  });

  test('is found before and behind nested objects of the same name', () => {
    const counts = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    expect(json(JSON.stringify({ usage: counts, x: { usage: { prompt_tokens: 9 } } }))).toEqual(usage(3, 4, 7));
    expect(json(JSON.stringify({ x: { usage: { prompt_tokens: 9 } }, usage: counts }))).toEqual(usage(3, 4, 7));
    expect(json(JSON.stringify({ x: 'usage', usage: counts, y: ['usage'] }, null, 2) + '\n')).toEqual(usage(3, 4, 7));
  });

  test('of megabytes is found at the end, and what is kept is little', () => {
    const reader = openAiReader(false);
    const row = Buffer.from(`{"embedding":[${'0.123456789,'.repeat(4000)}1],"text":"\\"usage\\":{"},`);
    reader.push(Buffer.from('{"data":['));
    for (let i = 0; i < 100; i++) reader.push(row);
    reader.push(Buffer.from('null],"usage":{"prompt_tokens":12,"total_tokens":12}}'));
    expect(reader.usage).toEqual(usage(12, 0, 12));
    const kept = (reader as unknown as { chunks: Buffer[] }).chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    expect(kept).toBeLessThan(200_000);
  });

  test('does not depend on how the answer is cut, nor on when it is read', () => {
    const answer = fc.record({
      a: fc.jsonValue(),
      usage: fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat() }),
      z: fc.jsonValue(),
    });
    fc.assert(
      fc.property(answer, cuts(), (body, places) => {
        const { prompt_tokens: prompt, completion_tokens: completion } = body.usage;
        const text = JSON.stringify(body);
        const expected = { usage: usage(prompt, completion, prompt + completion), events: 0 };
        expect(readAll(openAiReader(false), text, places)).toEqual(expected);
        const early = openAiReader(false);
        early.push(Buffer.from(text.slice(0, text.length / 2)));
        expect(() => early.usage).not.toThrow();
      }),
    );
  });
});

describe('an SSE answer', () => {
  const last = 'data: {"choices":[],"usage":{"prompt_tokens":7,"total_tokens":17,"completion_tokens":10}}';

  test('has usage and events, [DONE] not counted', () => {
    expect(sse(`data: {"choices":[{"text":"a"}]}\n\n${last}\n\ndata: [DONE]\n\n`)).toEqual({ usage: usage(7, 10, 17), events: 2 });
  });

  test('may have CRLF, no space after the colon, other lines, and no line end at its end', () => {
    const text = `: ping\r\nevent: x\r\ndata:{"usage":null}\r\nid: 1\r\ndata: [DONE]\r\ndata:[DONE]\r\n${last}`;
    expect(sse(text)).toEqual({ usage: usage(7, 10, 17), events: 2 });
  });

  test('of the responses API has usage in the event of the end', () => {
    const answer = { usage: { input_tokens: 31, output_tokens: 3, total_tokens: 34, input_tokens_details: { cached_tokens: 16 } } };
    const event = (type: string, response: unknown) => `event: ${type}\ndata: ${JSON.stringify({ type, response })}\n\n`;
    const text = event('response.created', { usage: { input_tokens: 99 } }) + event('response.completed', answer);
    expect(sse(text)).toEqual({ usage: usage(31, 3, 34, 16), events: 2 });
  });

  test('may report usage again and again: the last counts', () => {
    const counts = [1, 2, 3].map((n) => `data: {"usage":{"prompt_tokens":7,"completion_tokens":${n},"total_tokens":${7 + n}}}\n\n`);
    expect(sse(counts.join(''))).toEqual({ usage: usage(7, 3, 10), events: 3 });
  });

  test.each([
    ['broken JSON', 'data: {"usage":{"prompt_tokens":7\n'],
    ['usage null with every event', 'data: {"id":"a","usage":null}\n'],
    ['the word in a text', 'data: {"text":"my usage"}\n'],
    ['a list', 'data: ["usage"]\n'],
  ])('without usage: %s', (_name, text) => {
    expect(sse(text)).toEqual({ usage: undefined, events: 1 });
  });

  test('usage null in one place does not hide usage in another', () => {
    const answer = 'data: {"usage":null,"type":"response.completed","response":{"usage":{"input_tokens":1,"output_tokens":1}}}\n';
    expect(sse(answer).usage).toEqual(usage(1, 1, 2));
  });

  test('events never go back while a line is on its way', () => {
    const reader = openAiReader(true);
    let before = 0;
    for (const byte of Buffer.from(`data: {"a":1}\n\n${last}\n\ndata: [DONE]\n\n`)) {
      reader.push(Buffer.from([byte]));
      expect(reader.events).toBeGreaterThanOrEqual(before);
      before = reader.events;
    }
    expect(before).toBe(2);
    expect(reader.usage).toEqual(usage(7, 10, 17));
  });

  test('with a line of many megabytes does not keep it, and goes on behind it', () => {
    const reader = openAiReader(true);
    reader.push(Buffer.from('data: {"usage":'));
    const piece = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < 6; i++) reader.push(piece);
    expect((reader as unknown as { rest: string }).rest.length).toBeLessThan(100);
    reader.push(Buffer.from(`\n\n${last}\n`));
    expect({ usage: reader.usage, events: reader.events }).toEqual({ usage: usage(7, 10, 17), events: 2 });
  });

  test('comes to the same however it is cut', () => {
    const line = fc.oneof(
      fc.record({ prompt: fc.nat(9999), completion: fc.nat(9999) }).map(({ prompt, completion }) => {
        const counts = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
        return `data: ${JSON.stringify({ text: 'ü😀', usage: counts })}`;
      }),
      fc.jsonValue().map((value) => `data: ${JSON.stringify({ value })}`),
      fc.constantFrom('', 'data: [DONE]', 'data:[DONE]', 'event: message', ': ping', 'data: ', 'data', 'data: {"usage":null}'),
    );
    const answer = fc.tuple(fc.array(line), fc.constantFrom('\n', '\r\n')).map(([lines, end]) => lines.map((text) => text + end).join(''));
    fc.assert(
      fc.property(answer, cuts(), (text, places) => {
        expect(readAll(openAiReader(true), text, places)).toEqual(readAll(openAiReader(true), text));
        const events = text.split(/\r?\n/).filter((part) => part.startsWith('data:') && !/^data: ?\[DONE\]$/.test(part));
        expect(sse(text).events).toBe(events.length);
      }),
    );
  });
});
