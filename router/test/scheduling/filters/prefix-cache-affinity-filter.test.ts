import type { JsonObject } from 'llm-d-epp-config';
import { inFlightTokens } from '../../../src/plugin';
import { request, TestContext } from '../../support/context';
import { builtIn, filtered } from '../../support/scheduling';

interface Pod {
  readonly match?: number;
  readonly tokens?: number;
  readonly ttft?: number;
}

interface Given {
  readonly totalBlocks?: number;
  readonly parameters?: JsonObject;
  readonly random?: () => number;
  readonly matchProducer?: string;
  readonly loadProducer?: string;
}

/** Names of the pods that are left. Peak throughput is 1 token a millisecond unless stated, so tokens are milliseconds. */
function left(pods: readonly Pod[], { totalBlocks = 10, parameters = {}, random, matchProducer, loadProducer }: Given = {}): string[] {
  const context = new TestContext(random === undefined ? {} : { random });
  const made = request();
  const endpoints = context.pods(pods.length);
  const matchBlocks = new Int32Array(pods.length).fill(-1);
  const ttftMs = new Float64Array(pods.length).fill(Number.NaN);
  endpoints.forEach(({ slot }, index) => {
    const { match, tokens, ttft } = pods[index]!;
    if (match !== undefined) matchBlocks[slot] = match;
    if (ttft !== undefined) ttftMs[slot] = ttft;
    if (tokens !== undefined) context.set(inFlightTokens(loadProducer ?? 'inflight-load-producer'), endpoints[index]!, tokens);
  });
  const info = { matchBlocks, cachedBlocks: matchBlocks, totalBlocks, blockSizeTokens: 64 };
  made.put('PrefixCacheMatchInfo', matchProducer ?? 'approx-prefix-cache-producer', info);
  const nothing = new Float64Array(pods.length);
  made.put('LatencyPredictionInfo', 'predicted-latency-producer', {
    ttftMs,
    tpotMs: nothing,
    ttftHeadroomMs: nothing,
    tpotHeadroomMs: nothing,
    dispatched: nothing,
  });
  const filter = builtIn<never>(context, 'prefix-cache-affinity-filter', { peakPrefillThroughput: 1000, ...parameters });
  return filtered(context, filter, { request: made });
}

const names = (...numbers: number[]) => numbers.map((number) => `pod-${number}`);

it('keeps the endpoints at or above the threshold', () => {
  expect(left([{ match: 8 }, { match: 7 }, { match: 10 }, {}])).toEqual(names(0, 2));
  expect(left([{ match: 5 }, { match: 4 }], { parameters: { affinityThreshold: 0.5 } })).toEqual(names(0));
});

it('keeps all when none is sticky, and when nothing is known', () => {
  expect(left([{ match: 7 }, { match: 0 }])).toEqual(names(0, 1));
  expect(left([{}, {}])).toEqual(names(0, 1));
  expect(left([{ match: 0 }, { match: 0 }], { totalBlocks: 0 })).toEqual(names(0, 1));
  const context = new TestContext();
  context.pods(2);
  expect(filtered(context, builtIn(context, 'prefix-cache-affinity-filter'))).toEqual(names(0, 1));
});

it('leaves one endpoint alone, and nothing too', () => {
  expect(left([{ match: 0 }])).toEqual(names(0));
  expect(left([])).toEqual([]);
});

test.each([0, -1])('a threshold of %d switches it off', (affinityThreshold) => {
  expect(left([{ match: 10 }, { match: 0 }], { parameters: { affinityThreshold } })).toEqual(names(0, 1));
});

test('it explores with the given probability', () => {
  const explore = (draw: number) =>
    left([{ match: 10 }, { match: 0 }], { parameters: { explorationProbability: 0.25 }, random: () => draw });
  expect(explore(0.2499)).toEqual(names(0, 1));
  expect(explore(0.25)).toEqual(names(0));
  expect(left([{ match: 10 }, { match: 0 }], { random: () => 0 })).toEqual(names(0));
});

describe('the penalty from tokens in flight', () => {
  const sticky = { match: 10 };

  it('breaks the affinity only above the limit', () => {
    expect(left([{ ...sticky, tokens: 18100 }, { tokens: 100 }])).toEqual(names(0));
    expect(left([{ ...sticky, tokens: 18101 }, { tokens: 100 }])).toEqual(names(0, 1));
  });

  it('compares the best of both sides', () => {
    const pods = [{ ...sticky, tokens: 90000 }, { ...sticky, tokens: 20000 }, { tokens: 2000 }, { tokens: 50000 }];
    expect(left(pods)).toEqual(names(0, 1));
    expect(left([...pods, { tokens: 1000 }])).toEqual(names(0, 1, 2, 3, 4));
  });

  it('takes endpoints without a count for idle', () => {
    expect(left([{ ...sticky, tokens: 18001 }, {}])).toEqual(names(0, 1));
    expect(left([sticky, { tokens: 0 }])).toEqual(names(0));
  });

  it('does not count when the limit is 0, nor when all are sticky', () => {
    expect(left([{ ...sticky, tokens: 1e9 }, {}], { parameters: { maxTTFTPenaltyMs: 0 } })).toEqual(names(0));
    expect(left([{ ...sticky, tokens: 1e9 }, sticky])).toEqual(names(0, 1));
  });

  it('uses the default throughput of 15928 tokens a second', () => {
    const tokensOf18Seconds = 18 * 15928;
    const parameters = { peakPrefillThroughput: 15928 };
    expect(left([{ ...sticky, tokens: tokensOf18Seconds - 1 }, {}], { parameters })).toEqual(names(0));
    expect(left([{ ...sticky, tokens: tokensOf18Seconds + 1 }, {}], { parameters })).toEqual(names(0, 1));
  });
});

describe('the penalty from predictions', () => {
  const predictor = { parameters: { ttftSource: 'latencyPredictor', maxTTFTPenaltyMs: 100 } };

  it('reads predictions instead of tokens', () => {
    expect(left([{ match: 10, ttft: 150, tokens: 1e9 }, { ttft: 50 }], predictor)).toEqual(names(0));
    expect(left([{ match: 10, ttft: 151, tokens: 0 }, { ttft: 50 }], predictor)).toEqual(names(0, 1));
  });

  it('takes a missing prediction for infinitely slow', () => {
    expect(left([{ match: 10 }, { ttft: 50 }], predictor)).toEqual(names(0, 1));
    expect(left([{ match: 10, ttft: 1e6 }, {}], predictor)).toEqual(names(0));
    expect(left([{ match: 10 }, {}], predictor)).toEqual(names(0));
  });
});

test('producers can be named', () => {
  const pods = [{ match: 10, tokens: 18001 }, {}];
  const parameters = { prefixMatchInfoProducerName: 'mine', inFlightLoadProducerName: 'load' };
  expect(left(pods, { parameters, matchProducer: 'mine' })).toEqual(names(0));
  expect(left(pods, { parameters, matchProducer: 'mine', loadProducer: 'load' })).toEqual(names(0, 1));
  expect(left(pods, { parameters: { ...parameters, maxTTFTPenaltyMs: 0 } })).toEqual(names(0, 1));
});

test('a thousand endpoints, half of them sticky', () => {
  expect(left(Array.from({ length: 1000 }, (_, index) => ({ match: index % 2 === 0 ? 10 : 0 })))).toHaveLength(500);
});
