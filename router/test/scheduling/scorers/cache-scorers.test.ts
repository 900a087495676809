import fc from 'fast-check';
import type { InferenceRequest, Scorer } from '../../../src/plugin';
import { scorerPlugins } from '../../../src/scheduling/scorers/plugins';
import { request, TestContext } from '../../support/context';
import { scoresOf } from '../../support/scorers';

const matched = (blocks: readonly number[], totalBlocks: number, blockSizeTokens = 64, producer = 'approx-prefix-cache-producer') => {
  const asked = request();
  const matchBlocks = Int32Array.from(blocks);
  asked.put('PrefixCacheMatchInfo', producer, { matchBlocks, cachedBlocks: matchBlocks, totalBlocks, blockSizeTokens });
  return asked;
};

function score(type: string, pods: number, asked: InferenceRequest, parameters = {}): number[] {
  const context = new TestContext();
  const scorer = context.make<Scorer>(scorerPlugins[type]!, type, parameters);
  context.pods(pods);
  return scoresOf(context, scorer, { request: asked });
}

describe.each(['prefix-cache-scorer', 'multicluster-prefix-cache-scorer'])('%s', (type) => {
  test('is the matched share', () => {
    expect(score(type, 4, matched([0, 5, 10, -1], 10))).toEqual([0, 0.5, 1, 0]);
  });

  test('adds the squared length of the match by its weight', () => {
    const parameters = { matchLengthWeight: 0.5, matchLengthScaleTokens: 640 };
    expect(score(type, 3, matched([5, 10, 20], 20), parameters)).toEqual([0.5 * 0.25 + 0.5 * 0.25, 0.5 + 0.25, 0.5 + 0.5]);
  });

  test('counts no length while the block size is not known', () => {
    expect(score(type, 1, matched([10], 20, 0), { matchLengthWeight: 0.5, matchLengthScaleTokens: 640 })).toEqual([0.25]);
  });

  test('is 0 without info, without blocks, and for endpoints the info does not know', () => {
    expect(score(type, 2, request())).toEqual([0, 0]);
    expect(score(type, 2, matched([0, 0], 0))).toEqual([0, 0]);
    expect(score(type, 3, matched([1], 1))).toEqual([1, 0, 0]);
  });

  test('reads the producer it is told', () => {
    const asked = matched([3], 4, 64, 'präzise');
    expect(score(type, 1, asked)).toEqual([0]);
    expect(score(type, 1, asked, { prefixMatchInfoProducerName: 'präzise' })).toEqual([0.75]);
  });

  test('is within 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1, max: 500 }), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (blocks, weight) => {
          const scores = score(type, blocks.length, matched(blocks, 500), { matchLengthWeight: weight });
          expect(scores.every((value) => value >= 0 && value <= 1 + 1e-12)).toBe(true);
        },
      ),
    );
  });
});

describe('mm-embeddings-cache-scorer', () => {
  test('is the matched share by size', () => {
    const asked = request();
    asked.put('EncoderCacheMatchInfo', 'mm-embeddings-cache-producer', { matchedSize: Float64Array.of(0, 30, 120), requestSize: 120 });
    expect(score('mm-embeddings-cache-scorer', 4, asked)).toEqual([0, 0.25, 1, 0]);
  });

  test('is 0 without media', () => {
    const asked = request();
    asked.put('EncoderCacheMatchInfo', 'mm-embeddings-cache-producer', { matchedSize: Float64Array.of(0), requestSize: 0 });
    expect(score('mm-embeddings-cache-scorer', 2, asked)).toEqual([0, 0]);
    expect(score('mm-embeddings-cache-scorer', 2, request())).toEqual([0, 0]);
  });
});
