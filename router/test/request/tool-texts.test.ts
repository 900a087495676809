import fc from 'fast-check';
import { ToolTexts } from '../../src/request/tool-texts';

const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value));

function counting() {
  const made: unknown[] = [];
  const texts = new ToolTexts((tools) => {
    made.push(tools);
    return JSON.stringify(tools);
  });
  return { made, texts };
}

test('equal tools are written once', () => {
  const { made, texts } = counting();
  const tools = [{ type: 'function', function: { name: 'f', parameters: { a: [1, null, 'ü'] } } }];
  expect(texts.of(clone(tools)).toString()).toBe(JSON.stringify(tools));
  expect(texts.of(clone(tools)).toString()).toBe(JSON.stringify(tools));
  expect(made).toHaveLength(1);
});

test.each<[unknown, unknown]>([
  [{ a: 1 }, { a: 2 }],
  [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  [{ a: 1 }, { a: 1, b: 1 }],
  [{ a: [1] }, { a: [1, 2] }],
  [{ a: [] }, { a: {} }],
  [{ a: null }, { a: {} }],
  [{ a: {} }, { a: null }],
  [{ a: 0 }, { a: -0 }],
])('%j and %j are not the same', (a, b) => {
  const { made, texts } = counting();
  texts.of([{ name: 'f', x: a }]);
  texts.of([{ name: 'f', x: b }]);
  expect(made).toHaveLength(2);
});

test('any tools have their own text, whatever came before', () => {
  const { texts } = counting();
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (tools) => {
      expect(texts.of(clone(tools)).toString()).toBe(JSON.stringify(clone(tools)));
    }),
  );
});

test('the 32 lists used last are remembered, huge ones never', () => {
  const { made, texts } = counting();
  for (let i = 0; i < 33; i++) {
    texts.of([{ name: 'always' }]);
    texts.of([{ name: `f${i}` }]);
  }
  expect(made).toHaveLength(34);
  texts.of([{ name: 'always' }]);
  texts.of([{ name: 'f32' }]);
  expect(made).toHaveLength(34);
  texts.of([{ name: 'f0' }]);
  expect(made).toHaveLength(35);
  const huge = [{ name: 'huge', text: 'x'.repeat(1 << 20) }];
  texts.of(huge);
  texts.of(huge);
  expect(made).toHaveLength(37);
});
