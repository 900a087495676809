import fc from 'fast-check';
import { latencyPlugins } from '../../src/latency/plugins';
import { coreColumns, type InferenceRequest, type Scorer } from '../../src/plugin';
import { request, TestContext } from '../support/context';
import { type PredictionValues, predictions } from '../support/latency';
import { scoresOf } from '../support/scorers';

const TYPE = 'latency-scorer';
const PRODUCER = 'predicted-latency-producer';

function score(values: readonly PredictionValues[], parameters = {}): number[] {
  const context = new TestContext();
  const scorer = context.make<Scorer>(latencyPlugins[TYPE]!, TYPE, parameters);
  context.pods(values.length);
  const asked = request();
  asked.put('LatencyPredictionInfo', PRODUCER, predictions(values));
  return scoresOf(context, scorer, { request: asked });
}

const both = (ttftHeadroom: number, tpotHeadroom: number, dispatched = 1): PredictionValues => ({ ttftHeadroom, tpotHeadroom, dispatched });

describe('endpoints that meet the objectives', () => {
  test('are filled up: the least headroom is best', () => {
    // c = 0.8 x nTTFT + 0.2 x nTPOT: 0, 0.5, 1
    expect(score([both(10, 1), both(55, 2), both(100, 3)])).toEqual([1, 0.51, 0.01]);
  });

  test('are spared with strategy most', () => {
    expect(score([both(10, 1), both(55, 2), both(100, 3)], { headroomSelectionStrategy: 'most' })).toEqual([0.01, 0.51, 1]);
  });

  test('are weighed by TTFT and TPOT', () => {
    expect(score([both(0, 10), both(10, 0)], { ttftWeight: 1, tpotWeight: 3 })).toEqual([0.26, 0.76]);
    expect(score([both(0, 10), both(10, 0)], { ttftWeight: 0, tpotWeight: 0 })).toEqual([1, 0.01]);
  });

  test('leave the weight to the dimension that differs', () => {
    expect(score([both(5, 0), both(5, 10)])).toEqual([1, 0.01]);
    expect(score([both(5, 7), both(9, 7)])).toEqual([1, 0.01]);
    expect(score([both(5, 7), both(5, 7)])).toEqual([0.51, 0.51]);
    expect(score([both(5, 7)])).toEqual([0.51]);
  });

  test('alone score, endpoints without a prediction among them', () => {
    expect(score([both(10, 1), both(-1, 5), both(5, -1)])).toEqual([0.51, 0, 0]);
    expect(score([both(10, 1), both(-1, 5), {}])).toEqual([0.01, 0, 1]);
    expect(score([{}, both(-1, -1)])).toEqual([0.51, 0]);
  });
});

describe('endpoints that all miss', () => {
  test('leave it to idle ones', () => {
    expect(score([both(-1, -1), both(-100, -9, 0), both(-50, -9, 0)])).toEqual([0, 0.01, 1]);
  });

  test('then to those that miss the TPOT only, the TTFT only, both', () => {
    expect(score([both(-1, -1), both(-1, 5), both(5, -1)])).toEqual([0, 0, 0.51]);
    expect(score([both(-1, -1), both(-1, 5)])).toEqual([0, 0.51]);
    expect(score([both(-10, -1), both(-20, -1)])).toEqual([1, 0.01]);
  });

  test('are best when they miss by least, whatever the strategy', () => {
    expect(score([both(-10, -1), both(-20, -1)], { headroomSelectionStrategy: 'most' })).toEqual([1, 0.01]);
  });
});

describe('without predictions', () => {
  function composite(parameters = {}, asked: InferenceRequest = request()): number[] {
    const context = new TestContext();
    const scorer = context.make<Scorer>(latencyPlugins[TYPE]!, TYPE, parameters);
    for (const [i, [kv, waiting]] of [
      [0.1, 4],
      [0.5, 0],
    ].entries()) {
      const endpoint = context.endpoint(`pod-${i}`);
      context.set(coreColumns.kvUsage, endpoint, kv!);
      context.set(coreColumns.waiting, endpoint, waiting!);
    }
    return scoresOf(context, scorer, { request: asked });
  }

  test('is by free cache, queue and cached prefix', () => {
    const asked = request();
    const matchBlocks = Int32Array.of(3, -1);
    asked.put('PrefixCacheMatchInfo', 'approx-prefix-cache-producer', {
      matchBlocks,
      cachedBlocks: matchBlocks,
      totalBlocks: 4,
      blockSizeTokens: 64,
    });
    // (0.9 + 0 + 0.75) / 3 and (0.5 + 1 + 0) / 3
    expect(composite({}, asked)).toEqual([0.55, 0.5]);
    expect(composite({}, request())).toEqual([0.3, 0.5]);
  });

  test('knows weights, and the cache alone without any', () => {
    expect(composite({ compositeKVWeight: 1, compositeQueueWeight: 3, compositePrefixWeight: 0 })).toEqual([0.23, 0.88]);
    expect(composite({ compositeKVWeight: 0, compositeQueueWeight: 0, compositePrefixWeight: 0 })).toEqual([0.9, 0.5]);
  });

  test('the same when the info knows none of the candidates', () => {
    const asked = request();
    asked.put('LatencyPredictionInfo', PRODUCER, predictions([]));
    expect(composite({}, asked)).toEqual([0.3, 0.5]);
  });
});

test('takes 1,000 endpoints', () => {
  const scores = score(Array.from({ length: 1000 }, (_, i) => both(i, i)));
  expect([scores[0], scores[999]]).toEqual([1, 0.01]);
});

test('is within 0 and 1, somebody above 0', () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const value = fc.oneof(fc.constant({}), fc.record({ ttftHeadroom: number, tpotHeadroom: number, dispatched: fc.nat(3) }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), fc.constantFrom('least', 'most'), (values, headroomSelectionStrategy) => {
      const scores = score(values, { headroomSelectionStrategy });
      expect(scores.every((one) => one >= 0 && one <= 1)).toBe(true);
      expect(Math.max(...scores)).toBeGreaterThan(0);
    }),
  );
});
