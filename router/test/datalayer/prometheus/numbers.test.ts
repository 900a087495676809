import fc from 'fast-check';
import { readNumber } from '../../../src/datalayer/prometheus/numbers';

const read = (text: string): number | undefined => {
  const bytes = Buffer.from(`9${text}9`);
  return readNumber(bytes, 1, bytes.length - 1);
};

test.each([
  ['0', 0],
  ['0.0', 0],
  ['12.0', 12],
  ['007', 7],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['.0', 0],
  ['5.', 5],
  ['-3', -3],
  ['+3', 3],
  ['1e3', 1000],
  ['1.2345e+09', 1.2345e9],
  ['2E-2', 0.02],
  ['123456789012345.0', 123456789012345],
  ['1180591620717411303424', 2 ** 70],
  ['+Inf', Infinity],
  ['inf', Infinity],
  ['-Inf', -Infinity],
  ['Infinity', Infinity],
  ['-infinity', -Infinity],
])('%s is %d', (text, value) => {
  expect(read(text)).toBe(value);
});

test('NaN is a number that is none', () => {
  expect(read('NaN')).toBeNaN();
});

test.each(['', '-', '+', '.', 'e5', '1e', '0x10', '1_000', '1,5', 'None', '1 2', '--1', '1.2.3', 'infinit', '٣'])(
  '%p is no number',
  (text) => {
    expect(read(text)).toBeUndefined();
  },
);

test('every double survives being printed', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      expect(read(Object.is(value, -0) ? '-0' : String(value))).toBe(value);
    }),
  );
  fc.assert(
    fc.property(fc.integer(), (value) => {
      expect(read(`${value}.0`)).toBe(value);
    }),
  );
});
