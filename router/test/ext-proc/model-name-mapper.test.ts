import * as fc from 'fast-check';
import { ModelNameMapper } from '../../src/ext-proc/model-name-mapper';

function mapped(mapper: ModelNameMapper | undefined, chunks: readonly Buffer[]): string {
  const out = chunks.map((chunk, i) => mapper?.map(chunk, i === chunks.length - 1) ?? chunk);
  return Buffer.concat(out).toString('utf8');
}

function cut(text: string, places: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const borders = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((border, i) => bytes.subarray(borders[i], border));
}

describe('ModelNameMapper', () => {
  test('is not needed when there is nothing to put back', () => {
    expect(ModelNameMapper.for('a', 'a')).toBeUndefined();
    expect(ModelNameMapper.for('', 'a')).toBeUndefined();
    expect(ModelNameMapper.for('a', '')).toBeUndefined();
  });

  const text =
    'data: {"id":"1","model":"base-m","text":"héllo"}\n\ndata: {"model": "base-m","m":"\\"model\\":\\"base-m\\""}\n\n{"model":"base-mx","model":"base-m"}"model":';
  const expected =
    'data: {"id":"1","model":"adapter ü","text":"héllo"}\n\ndata: {"model": "adapter ü","m":"\\"model\\":\\"base-m\\""}\n\n{"model":"base-mx","model":"adapter ü"}"model":';

  test('puts names back, with and without a space, and nothing else', () => {
    expect(mapped(ModelNameMapper.for('base-m', 'adapter ü'), [Buffer.from(text)])).toBe(expected);
  });

  test('finds names that are split between chunks, wherever the cuts are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 12 }), (places) => {
        expect(mapped(ModelNameMapper.for('base-m', 'adapter ü'), cut(text, places))).toBe(expected);
      }),
      { numRuns: 500 },
    );
    const bytes = cut(
      text,
      Array.from({ length: Buffer.byteLength(text) }, (_, i) => i),
    );
    expect(mapped(ModelNameMapper.for('base-m', 'adapter ü'), bytes)).toBe(expected);
  });

  test('passes a chunk without a name on as it is, without a copy', () => {
    const chunk = Buffer.from('data: {"choices":[]}\n\n');
    expect(ModelNameMapper.for('a', 'b')?.map(chunk, false)).toBe(chunk);
  });

  test('holds back no more than may be a name', () => {
    const mapper = ModelNameMapper.for('abc', 'x') as ModelNameMapper;
    expect(mapper.map(Buffer.from('{"model":"ab'), false).toString()).toBe('{');
    expect(mapper.map(Buffer.from('d"}'), false).toString()).toBe('"model":"abd"}');
  });
});
