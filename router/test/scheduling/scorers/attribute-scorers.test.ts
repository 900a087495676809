import fc from 'fast-check';
import type { Scorer } from '../../../src/plugin';
import { scorerPlugins } from '../../../src/scheduling/scorers/plugins';
import { TestContext } from '../../support/context';
import { scoresOf } from '../../support/scorers';

function score(type: string, column: string | undefined, values: readonly number[], parameters = {}): number[] {
  const context = new TestContext();
  const scorer = context.make<Scorer>(scorerPlugins[type]!, type, parameters);
  context.pods(values.length).forEach((endpoint, i) => {
    if (column !== undefined) context.set(column, endpoint, values[i]!, Number.NaN);
  });
  return scoresOf(context, scorer);
}

describe('endpoint-attribute-scorer', () => {
  const TYPE = 'endpoint-attribute-scorer';
  const COLUMN = 'GPUUtilization/dcgm-extractor';
  const parameters = (type: string, normalization?: object): object => ({
    attributeKey: 'GPUUtilization',
    producer: 'dcgm-extractor',
    algorithm: { type, ...(normalization === undefined ? {} : { normalization }) },
  });
  const lower = 'linear_lower_is_better';
  const higher = 'linear_higher_is_better';

  test('takes the range among the candidates', () => {
    expect(score(TYPE, COLUMN, [2, 4, 6], parameters(higher))).toEqual([0, 0.5, 1]);
    expect(score(TYPE, COLUMN, [2, 4, 6], parameters(lower, { adaptiveRange: {} }))).toEqual([1, 0.5, 0]);
  });

  test('takes a fixed range and clamps', () => {
    const range = { fixedRange: { min: 10, max: 20 } };
    expect(score(TYPE, COLUMN, [5, 10, 15, 30], parameters(higher, range))).toEqual([0, 0, 0.5, 1]);
    expect(score(TYPE, COLUMN, [5, 10, 15, 30], parameters(lower, range))).toEqual([1, 1, 0.5, 0]);
    expect(score(TYPE, COLUMN, [0.25], parameters(lower, { fixedRange: { max: 1 } }))).toEqual([0.75]);
  });

  test('all equal is 1, missing is 0 and outside the range', () => {
    expect(score(TYPE, COLUMN, [3, Number.NaN, 3], parameters(lower))).toEqual([1, 0, 1]);
    expect(score(TYPE, COLUMN, [3, Number.NaN, 9], parameters(lower))).toEqual([1, 0, 0]);
    expect(score(TYPE, COLUMN, [Number.NaN], parameters(higher))).toEqual([0]);
  });

  test('is 0 when nobody writes the attribute', () => {
    expect(score(TYPE, undefined, [1, 2], parameters(lower))).toEqual([0, 0]);
  });

  test('reads core-metrics-extractor by default and no producer at ""', () => {
    const algorithm = { type: higher };
    expect(score(TYPE, 'X/core-metrics-extractor', [1, 2], { attributeKey: 'X', algorithm })).toEqual([0, 1]);
    expect(score(TYPE, 'X/', [1, 2], { attributeKey: 'X', producer: '', algorithm })).toEqual([0, 1]);
  });

  test('is within 0 and 1', () => {
    const number = fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(lower, higher),
        fc.boolean(),
        (values, type, fixed) => {
          const scores = score(TYPE, COLUMN, values, parameters(type, fixed ? { fixedRange: { min: -5, max: 7 } } : undefined));
          expect(scores.every((value) => value >= 0 && value <= 1)).toBe(true);
        },
      ),
    );
  });
});

describe('scorers over whole pools', () => {
  test('multicluster-queue-scorer', () => {
    const column = 'llm-d.ai/multicluster-queue-size/';
    expect(score('multicluster-queue-scorer', column, [4, 0, Number.NaN, 1])).toEqual([0, 1, 0, 0.75]);
    expect(score('multicluster-queue-scorer', column, [4, 4])).toEqual([1, 1]);
    expect(score('multicluster-queue-scorer', undefined, [4, 4])).toEqual([0, 0]);
  });

  test('multicluster-kv-cache-utilization-scorer', () => {
    const column = 'llm-d.ai/multicluster-kv-cache-utilization/';
    expect(score('multicluster-kv-cache-utilization-scorer', column, [0, 0.75, Number.NaN])).toEqual([1, 0.25, 0]);
    expect(score('multicluster-kv-cache-utilization-scorer', undefined, [0])).toEqual([0]);
  });
});
