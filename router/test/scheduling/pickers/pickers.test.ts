import fc from 'fast-check';
import type { Picker } from '../../../src/plugin';
import { request, seededRandom, TestContext } from '../../support/context';
import { builtIn, chiSquare } from '../../support/scheduling';

const types = ['max-score-picker', 'random-picker', 'weighted-random-picker'] as const;
const cycle = { request: request(), profile: 'default' };

function picker(type: string, maxNumOfEndpoints = 1, random = seededRandom(3)): Picker {
  return builtIn(new TestContext({ random }), type, { maxNumOfEndpoints });
}

function draw(type: string, scores: readonly number[], count = 1): readonly number[] {
  return picker(type, count).pick(cycle, poolOf(scores.length), Float64Array.from(scores));
}

function poolOf(size: number) {
  const context = new TestContext();
  context.pods(size);
  return context.candidates();
}

/** How often each position was picked first. */
function counts(type: string, scores: readonly number[], rounds: number, count = 1): number[] {
  const made = picker(type, count);
  const pool = poolOf(scores.length);
  const result = scores.map(() => 0);
  for (let i = 0; i < rounds; i++) result[made.pick(cycle, pool, Float64Array.from(scores))[0]!]!++;
  return result;
}

// 99.9 % of draws that follow the distribution stay below. Source: tables of the chi-square distribution.
const limit = { 2: 13.82, 3: 16.27, 4: 18.47 } as const;

describe.each(types)('%s', (type) => {
  test.each([1, 2, 5, 2000])('picks different candidates only, at most %i', (wanted) => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 40 }), fc.integer(), (scores, seed) => {
        const positions = picker(type, wanted, seededRandom(seed)).pick(cycle, poolOf(scores.length), Float64Array.from(scores));
        expect(positions).toHaveLength(Math.min(wanted, scores.length));
        expect(new Set(positions).size).toBe(positions.length);
        for (const position of positions) expect(scores[position]).toBeDefined();
      }),
    );
  });

  it('returns nothing for nothing, and the only candidate whatever its score', () => {
    expect(draw(type, [])).toEqual([]);
    for (const score of [0, -1, Number.NaN, 1e-300, 1e300]) expect(draw(type, [score])).toEqual([0]);
  });

  test.each([0, -3])('takes 1 for a maximum of %i', (maximum) => {
    expect(draw(type, [1, 1, 1], maximum)).toHaveLength(1);
  });

  it('does not read scores beyond the candidates', () => {
    const scores = Float64Array.from([1, 1, 900, 900]);
    for (let seed = 0; seed < 50; seed++) {
      for (const count of [1, 4]) {
        for (const position of picker(type, count, seededRandom(seed)).pick(cycle, poolOf(2), scores)) expect(position).toBeLessThan(2);
      }
    }
  });

  it('treats equal scores alike', () => {
    expect(chiSquare(counts(type, [2, 2, 2, 2], 8000), [0.25, 0.25, 0.25, 0.25])).toBeLessThan(limit[3]);
    expect(chiSquare(counts(type, [0, 0, 0, 0], 8000, 2), [0.25, 0.25, 0.25, 0.25])).toBeLessThan(limit[3]);
  });
});

describe('max-score-picker', () => {
  it('takes the highest score among a thousand', () => {
    const scores = Array.from({ length: 1000 }, (_, index) => (index === 637 ? 2 : (index % 7) / 7));
    expect(draw('max-score-picker', scores)).toEqual([637]);
    expect(draw('max-score-picker', scores, 3)[0]).toBe(637);
  });

  it('orders by score', () => {
    expect(draw('max-score-picker', [0.1, 3, 0.5, 2], 3)).toEqual([1, 3, 2]);
  });

  it('breaks ties among the highest only', () => {
    const result = counts('max-score-picker', [1, 3, 3, 2, 3], 9000);
    expect(chiSquare(result, [0, 1 / 3, 1 / 3, 0, 1 / 3])).toBeLessThan(limit[2]);
  });

  it('breaks ties at random behind the first place too', () => {
    const made = picker('max-score-picker', 2);
    const second = [0, 0, 0, 0];
    for (let i = 0; i < 6000; i++) second[made.pick(cycle, poolOf(4), Float64Array.from([9, 1, 1, 1]))[1]!]!++;
    expect(chiSquare(second, [0, 1 / 3, 1 / 3, 1 / 3])).toBeLessThan(limit[2]);
  });
});

describe('random-picker', () => {
  it('ignores scores', () => {
    expect(chiSquare(counts('random-picker', [0, 100, 5, 1], 8000), [0.25, 0.25, 0.25, 0.25])).toBeLessThan(limit[3]);
  });
});

describe('weighted-random-picker', () => {
  it('picks in proportion to the scores', () => {
    expect(chiSquare(counts('weighted-random-picker', [1, 2, 3, 4, 0], 10000), [0.1, 0.2, 0.3, 0.4, 0])).toBeLessThan(limit[4]);
    expect(chiSquare(counts('weighted-random-picker', [1, 2, 3, 4, 0], 10000, 3), [0.1, 0.2, 0.3, 0.4, 0])).toBeLessThan(limit[4]);
  });

  it('keeps the proportion of scores so small that the powers of upstream round to 0', () => {
    expect(chiSquare(counts('weighted-random-picker', [1e-9, 3e-9], 6000), [0.25, 0.75])).toBeLessThan(limit[2]);
  });

  it('puts endpoints without a score last', () => {
    for (let seed = 0; seed < 50; seed++) {
      const positions = picker('weighted-random-picker', 3, seededRandom(seed)).pick(cycle, poolOf(3), Float64Array.from([0, 0.2, 0.1]));
      expect(positions[2]).toBe(0);
    }
  });

  it('survives a draw of exactly 0', () => {
    expect(picker('weighted-random-picker', 1, () => 0).pick(cycle, poolOf(2), Float64Array.from([0, 1]))).toEqual([1]);
  });
});
