import * as fc from 'fast-check';
import { prefixScore } from '../../src/prefix-cache/prefix-score';

test.each([
  [0, 10, 64, 0, 0, 0],
  [5, 10, 64, 0, 0, 0.5],
  [-1, 10, 64, 0.5, 8192, 0],
  [3, 0, 64, 0, 0, 0],
  [64, 128, 64, 1, 8192, 0.25],
  [64, 128, 64, 0.5, 8192, 0.375],
  [500, 500, 64, 1, 8192, 1],
])('%d of %d blocks of %d tokens, weight %d over %d: %d', (matched, total, size, weight, scale, expected) => {
  expect(prefixScore(matched, total, size, weight, scale)).toBeCloseTo(expected, 12);
});

test('lies between 0 and 1', () => {
  fc.assert(
    fc.property(
      fc.nat(5000),
      fc.nat(5000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 1e6 }),
      (a, b, weight, scale) => {
        const score = prefixScore(Math.min(a, b), Math.max(a, b), 64, weight, scale);
        expect(score >= 0 && score <= 1).toBe(true);
      },
    ),
  );
});
