import { Admitter } from '../../lib/routing/admitter';
import { Decider } from '../../lib/routing/decider';
import { Filter } from '../../lib/routing/filter';
import { Picker } from '../../lib/routing/picker';
import { entryOf } from '../../lib/routing/plugin-ref';
import { Producer } from '../../lib/routing/producer';
import { SaturationDetector } from '../../lib/routing/saturation-detector';
import { Scorer } from '../../lib/routing/scorer';
import type { LlmdError } from '../../lib/validation/error';

function codeOf(build: () => unknown): string {
  try {
    build();
  } catch (error) {
    return (error as LlmdError).code;
  }
  return 'nothing thrown';
}

describe('scorers', () => {
  test.each([
    [Scorer.queueDepth(), { type: 'queue-scorer' }],
    [Scorer.kvCacheUtilization(), { type: 'kv-cache-utilization-scorer' }],
    [Scorer.runningRequests(), { type: 'running-requests-size-scorer' }],
    [Scorer.loadAware(1, { threshold: 64 }), { type: 'load-aware-scorer', parameters: { threshold: 64 } }],
    [Scorer.loraAffinity(), { type: 'lora-affinity-scorer' }],
    [
      Scorer.prefixCache(3, { producer: 'p', matchLengthWeight: 0.25, matchLengthScaleTokens: 100 }),
      {
        type: 'prefix-cache-scorer',
        parameters: { prefixMatchInfoProducerName: 'p', matchLengthWeight: 0.25, matchLengthScaleTokens: 100 },
      },
    ],
    [
      Scorer.noHitLru(1, { lruSize: 8, producer: 'p' }),
      { type: 'no-hit-lru-scorer', parameters: { lruSize: 8, prefixMatchInfoProducerName: 'p' } },
    ],
    [
      Scorer.activeRequests(1, { idleThreshold: 2, maxBusyScore: 0.5, producer: 'p' }),
      { type: 'active-request-scorer', parameters: { idleThreshold: 2, maxBusyScore: 0.5, inFlightLoadProducerName: 'p' } },
    ],
    [
      Scorer.tokenLoad(1, { queueThresholdTokens: 10, producer: 'p' }),
      { type: 'token-load-scorer', parameters: { queueThresholdTokens: 10, inFlightLoadProducerName: 'p' } },
    ],
    [Scorer.contextLengthAware(1, { label: 'l' }), { type: 'context-length-aware', parameters: { label: 'l' } }],
    [
      Scorer.headerLabelAffinity(1, { headerName: 'x-zone', labelKey: 'zone' }),
      { type: 'header-label-affinity-scorer', parameters: { headerName: 'x-zone', labelKey: 'zone' } },
    ],
    [Scorer.topologyAffinity(), { type: 'topology-affinity-scorer' }],
    [Scorer.multimodalCache(1, { producer: 'p' }), { type: 'mm-embeddings-cache-scorer', parameters: { producerName: 'p' } }],
    [
      Scorer.latency(1, { ttftWeight: 1, predictionProducer: 'a', prefixProducer: 'b' }),
      {
        type: 'latency-scorer',
        parameters: { ttftWeight: 1, latencyPredictionInfoProducerName: 'a', prefixMatchInfoProducerName: 'b' },
      },
    ],
    [
      Scorer.endpointAttribute(1, { attributeKey: 'GPUUtilization', prefer: 'lower', min: 0, max: 1 }),
      {
        type: 'endpoint-attribute-scorer',
        parameters: {
          attributeKey: 'GPUUtilization',
          algorithm: { type: 'linear_lower_is_better', normalization: { fixedRange: { min: 0, max: 1 } } },
        },
      },
    ],
    [
      Scorer.endpointAttribute(1, { attributeKey: 'a', prefer: 'higher' }),
      {
        type: 'endpoint-attribute-scorer',
        parameters: { attributeKey: 'a', algorithm: { type: 'linear_higher_is_better', normalization: { adaptiveRange: {} } } },
      },
    ],
    [
      Scorer.sessionAffinity(1, { sessionIdHeaders: ['x-a', 'x-b'], idleSeconds: 60, profileName: 'decode' }),
      {
        type: 'session-affinity-scorer',
        parameters: {
          strategy: 'session_id',
          sessionIdConfig: { sources: [{ header: 'x-a' }, { header: 'x-b' }], evictionTtlSeconds: 60 },
          profileName: 'decode',
        },
      },
    ],
    [
      Scorer.sessionAffinity(1, { header: 'x-s' }),
      { type: 'session-affinity-scorer', parameters: { encodedEndpointHeaderConfig: { header: 'x-s' } } },
    ],
    [Scorer.plugin('my-scorer', 2, { a: [1] }).named('mine'), { type: 'my-scorer', name: 'mine', parameters: { a: [1] } }],
  ])('%# are declared in the words of the router', (scorer, entry) => {
    expect(entryOf(scorer)).toEqual(entry);
  });

  test('weigh 1 unless told otherwise, and keep their name when weighed anew', () => {
    expect(Scorer.queueDepth().weight).toBe(1);
    expect(Scorer.queueDepth(2.5).weight).toBe(2.5);
    const scorer = Scorer.prefixCache(3, { producer: 'p' }).named('cpu');
    expect(scorer.weighted(0)).toMatchObject({ name: 'cpu', weight: 0, parameters: scorer.parameters });
    expect(scorer.weight).toBe(3);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuse the weight %p', (weight) => {
    expect(codeOf(() => Scorer.queueDepth(weight))).toBe('LLMD503');
    expect(codeOf(() => Scorer.queueDepth().weighted(weight))).toBe('LLMD503');
  });

  test('refuse numbers that the router would replace or refuse', () => {
    expect(codeOf(() => Scorer.prefixCache(1, { matchLengthWeight: 1.5 }))).toBe('LLMD104');
    expect(codeOf(() => Scorer.prefixCache(1, { matchLengthScaleTokens: 0 }))).toBe('LLMD104');
    expect(codeOf(() => Scorer.activeRequests(1, { maxBusyScore: 2 }))).toBe('LLMD104');
    expect(codeOf(() => Scorer.tokenLoad(1, { queueThresholdTokens: 0 }))).toBe('LLMD104');
    expect(codeOf(() => Scorer.loadAware(1, { threshold: 0 }))).toBe('LLMD104');
    expect(codeOf(() => Scorer.noHitLru(1, { lruSize: -1 }))).toBe('LLMD104');
    expect(codeOf(() => Scorer.sessionAffinity(1, { sessionIdHeaders: ['x'], idleSeconds: 0 }))).toBe('LLMD104');
    expect(codeOf(() => Scorer.endpointAttribute(1, { attributeKey: 'a', prefer: 'lower', min: 1 }))).toBe('LLMD105');
  });
});

describe('filters, pickers and the rest', () => {
  test.each([
    [Filter.decodeRole(), { type: 'decode-filter' }],
    [Filter.prefillRole(), { type: 'prefill-filter' }],
    [Filter.encodeRole(), { type: 'encode-filter' }],
    [Filter.labelSelector({ tier: 'a' }), { type: 'label-selector-filter', parameters: { matchLabels: { tier: 'a' } } }],
    [Filter.sessionAffinity(), { type: 'session-affinity-filter' }],
    [
      Filter.prefixCacheAffinity({ affinityThreshold: 0.9, prefixProducer: 'p' }),
      { type: 'prefix-cache-affinity-filter', parameters: { affinityThreshold: 0.9, prefixMatchInfoProducerName: 'p' } },
    ],
    [Filter.sloHeadroomTier({ epsilonExploreNeg: 0.1 }), { type: 'slo-headroom-tier-filter', parameters: { epsilonExploreNeg: 0.1 } }],
    [
      Filter.utilization([{ metric: 'waiting-queue', maxValue: 5 }], { fallbackOnEmpty: true }),
      { type: 'utilization-filter', parameters: { conditions: [{ metric: 'waiting-queue', maxValue: 5 }], fallbackOnEmpty: true } },
    ],
    [
      Filter.endpointAttribute({ attribute: 'a', operator: 'LessThan', value: 1, onMissing: 'Fail' }),
      {
        type: 'endpoint-attribute-filter',
        parameters: { attribute: 'a', onMissing: 'Fail', algorithm: { type: 'threshold', threshold: { operator: 'LessThan', value: 1 } } },
      },
    ],
    [Filter.topologyAffinity({ minAffinity: 'zone' }), { type: 'topology-affinity-filter', parameters: { minAffinity: 'zone' } }],
    [Filter.contextLengthAware(), { type: 'context-length-aware', parameters: { enableFiltering: true } }],
    [Filter.plugin('my-filter'), { type: 'my-filter' }],
    [Picker.maxScore({ maxNumOfEndpoints: 2 }), { type: 'max-score-picker', parameters: { maxNumOfEndpoints: 2 } }],
    [Picker.random(), { type: 'random-picker' }],
    [Picker.weightedRandom(), { type: 'weighted-random-picker' }],
    [Picker.plugin('my-picker'), { type: 'my-picker' }],
    [Decider.alwaysPrefill(), { type: 'always-disagg-pd-decider' }],
    [
      Decider.prefixBased(512, { promptTokens: 1024 }),
      { type: 'prefix-based-pd-decider', parameters: { nonCachedTokens: 512, promptTokens: 1024 } },
    ],
    [Decider.plugin('my-decider'), { type: 'my-decider' }],
    [Admitter.latencySlo(), { type: 'latency-slo-admitter' }],
    [Admitter.plugin('probabilistic-admitter', { power: 3 }), { type: 'probabilistic-admitter', parameters: { power: 3 } }],
    [
      Producer.approxPrefixCache({ autoTune: false, lruCapacityPerServer: 82_000 }),
      { type: 'approx-prefix-cache-producer', parameters: { autoTune: false, lruCapacityPerServer: 82_000 } },
    ],
    [
      Producer.precisePrefixCache({ hashAlgorithm: 'xxh64', speculativeTtlMs: 500, redisAddress: 'redis://r:6379' }),
      {
        type: 'precise-prefix-cache-producer',
        parameters: {
          tokenProcessorConfig: { hashAlgorithm: 'xxh64' },
          speculativeTTL: '500ms',
          indexerConfig: { kvBlockIndexConfig: { redisConfig: { address: 'redis://r:6379' } } },
        },
      },
    ],
    [
      Producer.tokens({ url: 'http://render:8000', timeoutMs: 250 }),
      { type: 'token-producer', parameters: { vllm: { url: 'http://render:8000', timeout: '250ms' } } },
    ],
    [Producer.estimatedTokens(), { type: 'token-producer', parameters: { estimate: {} } }],
    [Producer.inflightLoad({ outputRatio: 2 }), { type: 'inflight-load-producer', parameters: { outputRatio: 2 } }],
    [Producer.predictedLatency({ streamingMode: true }), { type: 'predicted-latency-producer', parameters: { streamingMode: true } }],
    [
      SaturationDetector.utilization({ metricsStalenessThresholdMs: 500 }),
      { type: 'utilization-detector', parameters: { metricsStalenessThreshold: '500ms' } },
    ],
    [SaturationDetector.concurrency({ maxConcurrency: 132 }), { type: 'concurrency-detector', parameters: { maxConcurrency: 132 } }],
    [SaturationDetector.plugin('my-detector'), { type: 'my-detector' }],
  ])('%# are declared in the words of the router', (plugin, entry) => {
    expect(entryOf(plugin)).toEqual(entry);
  });

  test('refuse numbers that make no sense', () => {
    expect(codeOf(() => Filter.prefixCacheAffinity({ affinityThreshold: 1.1 }))).toBe('LLMD104');
    expect(codeOf(() => Filter.prefixCacheAffinity({ explorationProbability: -0.1 }))).toBe('LLMD104');
    expect(codeOf(() => Filter.sloHeadroomTier({ epsilonExploreNeg: 2 }))).toBe('LLMD104');
    expect(codeOf(() => Picker.random({ maxNumOfEndpoints: 0 }))).toBe('LLMD104');
    expect(codeOf(() => Decider.prefixBased(-1))).toBe('LLMD104');
    expect(codeOf(() => Decider.prefixBased(16, { promptTokens: -1 }))).toBe('LLMD104');
    expect(codeOf(() => Producer.approxPrefixCache({ blockSizeTokens: 0 }))).toBe('LLMD104');
    expect(codeOf(() => Producer.tokens({ timeoutMs: 0 }))).toBe('LLMD104');
    expect(codeOf(() => SaturationDetector.concurrency({ maxConcurrency: 0 }))).toBe('LLMD104');
    expect(codeOf(() => SaturationDetector.concurrency({ maxTokenConcurrency: 0 }))).toBe('LLMD104');
    expect(codeOf(() => SaturationDetector.utilization({ kvCacheUtilThreshold: 0 }))).toBe('LLMD104');
    expect(codeOf(() => SaturationDetector.utilization({ queueDepthThreshold: 0.5 }))).toBe('LLMD104');
  });

  test('a decider that the router would read as "never" is refused with its own words', () => {
    expect(codeOf(() => Decider.prefixBased(0))).toBe('LLMD506');
  });

  test('0 prefix tokens means no limit and is legal', () => {
    expect(Producer.approxPrefixCache({ maxPrefixTokensToMatch: 0 }).parameters).toEqual({ maxPrefixTokensToMatch: 0 });
  });
});

describe('plugin references', () => {
  test('are frozen and independent of the objects that they were made from', () => {
    const parameters = { nested: { list: [1] } };
    const scorer = Scorer.plugin('x', 1, parameters);
    parameters.nested.list.push(2);
    expect(scorer.parameters).toEqual({ nested: { list: [1] } });
    for (const value of [scorer, scorer.named('y'), scorer.withParameters({ a: {} }), Filter.decodeRole(), Picker.random()]) {
      expect(Object.isFrozen(value)).toBe(true);
      expect(Object.isFrozen(value.parameters)).toBe(true);
    }
  });

  test('copies keep their class and leave the original alone', () => {
    const original = Scorer.plugin('x', 2, { a: 1, b: 1 });
    const copy = original.named('y').withParameters({ b: 2 });
    expect(copy).toBeInstanceOf(Scorer);
    expect(copy).toMatchObject({ type: 'x', name: 'y', weight: 2, parameters: { a: 1, b: 2 } });
    expect(original).toMatchObject({ name: 'x', parameters: { a: 1, b: 1 } });
  });

  test('need a type and a name', () => {
    expect(codeOf(() => Filter.plugin(' '))).toBe('LLMD107');
    expect(codeOf(() => Filter.decodeRole().named(''))).toBe('LLMD107');
  });
});
