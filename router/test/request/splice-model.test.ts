import * as fc from 'fast-check';
import { spliceModel } from '../../src/request/splice-model';

const splice = (text: string, model = 'new'): string | undefined => spliceModel(Buffer.from(text), model)?.toString('utf8');

describe('spliceModel', () => {
  test.each([
    ['{"model":"old","prompt":"x"}', '{"model":"new","prompt":"x"}'],
    ['{"prompt":"x","model":"old"}', '{"prompt":"x","model":"new"}'],
    [' \n{ "model" : "old" , "n" : 1 } \n', ' \n{ "model" : "new" , "n" : 1 } \n'],
    ['{"seed":12345678901234567890,"t":1.0,"model":"old"}', '{"seed":12345678901234567890,"t":1.0,"model":"new"}'],
    ['{"a":{"model":"inner"},"model":"old","b":[{"model":"inner"}]}', '{"a":{"model":"inner"},"model":"new","b":[{"model":"inner"}]}'],
    ['{"prompt":"\\"model\\":\\"old\\"","model":"old"}', '{"prompt":"\\"model\\":\\"old\\"","model":"new"}'],
    ['{"model":"a\\"b\\\\","x":1}', '{"model":"new","x":1}'],
    ['{"mod\\u0065l":"old"}', '{"mod\\u0065l":"new"}'],
    ['{"models":"old","model":"old"}', '{"models":"old","model":"new"}'],
    ['{"model":null}', '{"model":"new"}'],
    ['{"model":{"a":[1,2]},"x":true}', '{"model":"new","x":true}'],
    ['{"model":12}', '{"model":"new"}'],
    ['{"prompt":"x"}', '{"model":"new","prompt":"x"}'],
    ['{}', '{"model":"new"}'],
    ['{ }', '{"model":"new" }'],
  ])('turns %s into %s', (before, after) => {
    expect(splice(before)).toBe(after);
    expect(JSON.parse(splice(before) as string).model).toBe('new');
  });

  test('replaces every one of equal keys, so that no reader sees the old name', () => {
    expect(splice('{"model":"a","x":1,"model":"b"}')).toBe('{"model":"new","x":1,"model":"new"}');
  });

  test('writes names of any letters', () => {
    expect(JSON.parse(splice('{"model":"ö"}', '模型 "x" \n 🚀') as string)).toEqual({ model: '模型 "x" \n 🚀' });
  });

  test.each(['', '[1]', '"model"', '12', '{"model"', '{"model":', '{"model":"a"', '{"a" 1}', '{,}'])('refuses %s', (text) => {
    expect(splice(text)).toBeUndefined();
  });

  const members = fc.dictionary(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('model')), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 6,
  });

  test('changes nothing but the model, whatever the object and its layout', () => {
    fc.assert(
      fc.property(members, fc.string({ unit: 'grapheme' }), fc.constantFrom(undefined, 1, '\t'), (object, model, indent) => {
        const text = JSON.stringify(object, null, indent);
        const result = splice(text, model) as string;
        expect(JSON.parse(result)).toEqual(JSON.parse(JSON.stringify({ ...JSON.parse(text), model })));
        if ('model' in object && indent === undefined) expect(result).toBe(JSON.stringify({ ...JSON.parse(text), model }));
      }),
      { numRuns: 500 },
    );
  });

  test('never fails on what is no JSON', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const result = spliceModel(Buffer.concat([Buffer.from('{"'), bytes]), 'x');
        expect(result === undefined || Buffer.isBuffer(result)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
