import fc from 'fast-check';
import { coreColumns, type Scorer } from '../../../src/plugin';
import { scorerPlugins } from '../../../src/scheduling/scorers/plugins';
import { TestContext } from '../../support/context';
import { scoresOf } from '../../support/scorers';

function setUp(type: string, column: string, values: readonly number[], parameters = {}): { context: TestContext; scorer: Scorer } {
  const context = new TestContext();
  const scorer = context.make<Scorer>(scorerPlugins[type]!, type, parameters);
  context.pods(values.length).forEach((endpoint, i) => {
    context.set(column, endpoint, values[i]!);
  });
  return { context, scorer };
}

const score = (type: string, column: string, values: readonly number[], parameters = {}): number[] => {
  const { context, scorer } = setUp(type, column, values, parameters);
  return scoresOf(context, scorer);
};

describe.each([
  ['queue-scorer', coreColumns.waiting],
  ['running-requests-size-scorer', coreColumns.running],
])('%s', (type, column) => {
  test('is (max - value) / (max - min)', () => {
    expect(score(type, column, [10, 0, 5, 4])).toEqual([0, 1, 0.5, 0.6]);
  });

  test('is 1 for one endpoint and for equal ones', () => {
    expect(score(type, column, [7])).toEqual([1]);
    expect(score(type, column, [7, 7, 7])).toEqual([1, 1, 1]);
  });

  test('does nothing without candidates', () => {
    expect(score(type, column, [])).toEqual([]);
  });

  test('looks at the candidates only', () => {
    const { context, scorer } = setUp(type, column, [100, 4, 2]);
    const [, second, third] = context.endpoints.all();
    expect(scoresOf(context, scorer, { candidates: context.candidates([third!, second!]) })).toEqual([1, 0]);
  });

  test('takes 1,000 endpoints', () => {
    const scores = score(
      type,
      column,
      Array.from({ length: 1000 }, (_, i) => i),
    );
    expect(scores[0]).toBe(1);
    expect(scores[999]).toBe(0);
    expect(scores.every((value, i) => i === 0 || value < scores[i - 1]!)).toBe(true);
  });

  test('is within 0 and 1, best for the fewest', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 40 }), (values) => {
        const scores = score(type, column, values);
        expect(scores.every((value) => value >= 0 && value <= 1)).toBe(true);
        expect(scores[values.indexOf(Math.min(...values))]).toBe(1);
      }),
    );
  });
});

test('kv-cache-utilization-scorer is the free share', () => {
  expect(score('kv-cache-utilization-scorer', coreColumns.kvUsage, [0, 0.25, 1])).toEqual([1, 0.75, 0]);
});

describe('load-aware-scorer', () => {
  test('falls from 0.5 to 0 at the threshold', () => {
    expect(score('load-aware-scorer', coreColumns.waiting, [0, 5, 10, 99], { threshold: 10 })).toEqual([0.5, 0.25, 0, 0]);
  });

  test.each([{}, { threshold: 0 }, { threshold: -3 }])('has threshold 128 with %j', (parameters) => {
    expect(score('load-aware-scorer', coreColumns.waiting, [64, 128], parameters)).toEqual([0.25, 0]);
  });
});

test.each(['queue-scorer', 'running-requests-size-scorer', 'kv-cache-utilization-scorer', 'load-aware-scorer'])(
  '%s takes endpoints that were never scraped for idle',
  (type) => {
    const context = new TestContext();
    const scorer = context.make<Scorer>(scorerPlugins[type]!, type);
    context.pods(2);
    expect(scoresOf(context, scorer)).toEqual(Array(2).fill(type === 'load-aware-scorer' ? 0.5 : 1));
  },
);
