import fc from 'fast-check';
import { goJson, goRawJson, goStruct } from '../../src/request/go-json';
import { pythonJson } from '../../src/request/python-json';

describe('JSON as Go writes it', () => {
  // Both sides were run through encoding/json of Go 1.26.
  test.each([
    [
      String.raw`[{"type":"function","function":{"name":"f","description":"a<b>&c\u2028 \u2029 é 😀 \u0001\b\f\n\r\t\u007f\" \\ \/"}}]`,
      String.raw`[{"function":{"description":"a\u003cb\u003e\u0026c\u2028 \u2029 é 😀 \u0001\b\f\n\r\t` +
        '\x7f' +
        String.raw`\" \\ /","name":"f"},"type":"function"}]`,
    ],
    [
      '{"z":1,"a":1.50,"B":-0,"é":1e21,"e2":1e-7,"e3":123456789012345678,"e4":0.000001,"e5":1e300,"arr":[null,true,false,{}],"empty":[]}',
      '{"B":-0,"a":1.5,"arr":[null,true,false,{}],"e2":1e-7,"e3":123456789012345680,"e4":0.000001,"e5":1e+300,"empty":[],"z":1,"é":1e+21}',
    ],
    [
      String.raw`{"\ud800":"x\udc00y","\ue000":1,"\ud83d\ude00":2,"10":1,"9":2,"2":3}`,
      '{"10":1,"2":3,"9":2,"\ue000":1,"\ufffd":"x\ufffdy","😀":2}',
    ],
    ['{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}'],
  ])('%s', (json, expected) => {
    expect(goJson(JSON.parse(json))).toBe(expected);
  });

  test('is the same value', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(JSON.parse(goJson(value))).toEqual(value)));
  });

  test('kept undecoded has its keys in the order in which they came', () => {
    expect(goRawJson({ b: 1, a: 'x>y' })).toBe('{"b":1,"a":"x\\u003ey"}');
  });

  test('of a struct leaves out what is undefined', () => {
    expect(goStruct({ b: '1', c: undefined, a: 'null' })).toBe('{"b":1,"a":null}');
    expect(goStruct({})).toBe('{}');
  });
});

test.each([
  [{ city: 'Zürich', n: [1, 2.5, null, true], o: {} }, '{"city": "Z\\u00fcrich", "n": [1, 2.5, null, true], "o": {}}'],
  ['😀\u0001\x7f/"\\\b\f\n\r\t', '"\\ud83d\\ude00\\u0001\\u007f/\\"\\\\\\b\\f\\n\\r\\t"'],
  [[], '[]'],
  [[[]], '[[]]'],
])('JSON as Python writes it: %j', (value, expected) => {
  expect(pythonJson(value)).toBe(expected);
});
