import { Duration } from 'cdk8s';
import fc from 'fast-check';
import { Admitter } from '../../lib/routing/admitter';
import { Filter } from '../../lib/routing/filter';
import { Picker } from '../../lib/routing/picker';
import { Producer } from '../../lib/routing/producer';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { SaturationDetector } from '../../lib/routing/saturation-detector';
import { Scorer } from '../../lib/routing/scorer';
import { AGGREGATED, SPLIT, serversPlan, WIDE } from './servers';

const profile = (strategy: RoutingStrategy, name = 'default') => strategy.parts.profiles.find((candidate) => candidate.name === name);
const weights = (strategy: RoutingStrategy, name?: string) => profile(strategy, name)?.scorers.map(({ type, weight }) => [type, weight]);

describe('the default', () => {
  test('follows the shape of the servers', () => {
    expect(RoutingStrategy.defaultFor(AGGREGATED).parts.kind).toBe('prefix-aware');
    expect(RoutingStrategy.defaultFor(SPLIT).parts.kind).toBe('prefill-decode');
    expect(RoutingStrategy.defaultFor(WIDE).needsRoles).toEqual(['prefill', 'decode']);
    expect(RoutingStrategy.defaultFor(serversPlan('wide-ep', ['decode'])).needsRoles).toEqual([]);
  });
});

describe('deriving a strategy', () => {
  test('replaces a scorer of the same name where it is and appends it elsewhere', () => {
    const strategy = RoutingStrategy.prefillDecode().withScorer(Scorer.queueDepth(1));
    expect(weights(strategy, 'prefill')).toEqual([
      ['prefix-cache-scorer', 3],
      ['queue-scorer', 1],
      ['kv-cache-utilization-scorer', 2],
    ]);
    expect(weights(strategy, 'decode')).toEqual([
      ['active-request-scorer', 2],
      ['prefix-cache-scorer', 3],
      ['queue-scorer', 1],
    ]);
  });

  test('acts on the named profile alone', () => {
    const strategy = RoutingStrategy.prefillDecode()
      .withScorer(Scorer.queueDepth(9), { profile: 'decode' })
      .withFilter(Filter.labelSelector({ a: 'b' }), { profile: 'prefill' })
      .withPicker(Picker.random(), { profile: 'prefill' });
    expect(weights(strategy, 'prefill')?.[1]).toEqual(['queue-scorer', 2]);
    expect(weights(strategy, 'decode')?.at(-1)).toEqual(['queue-scorer', 9]);
    expect(profile(strategy, 'prefill')?.filters.map(({ type }) => type)).toEqual(['prefill-filter', 'label-selector-filter']);
    expect(profile(strategy, 'decode')?.filters.map(({ type }) => type)).toEqual(['decode-filter']);
    expect(profile(strategy, 'prefill')?.picker?.type).toBe('random-picker');
    expect(profile(strategy, 'decode')?.picker).toBeUndefined();
  });

  test('replaces a producer and an admitter of the same name', () => {
    const strategy = RoutingStrategy.prefixAware({ blockSizeTokens: 16 })
      .withProducer(Producer.approxPrefixCache({ blockSizeTokens: 128 }))
      .withProducer(Producer.inflightLoad())
      .withAdmitter(Admitter.plugin('probabilistic-admitter', { power: 1 }))
      .withAdmitter(Admitter.plugin('probabilistic-admitter', { power: 2 }));
    expect(strategy.parts.producers.map(({ type, parameters }) => [type, parameters])).toEqual([
      ['approx-prefix-cache-producer', { blockSizeTokens: 128 }],
      ['inflight-load-producer', {}],
    ]);
    expect(strategy.parts.others.map(({ parameters }) => parameters)).toEqual([{ power: 2 }]);
  });

  test('never changes the original, and everything is frozen', () => {
    const original = RoutingStrategy.prefillDecode();
    const before = JSON.stringify(original);
    const derived = [
      original.withScorer(Scorer.queueDepth(7)),
      original.withFilter(Filter.encodeRole()),
      original.withPicker(Picker.random()),
      original.withProducer(Producer.inflightLoad()),
      original.withFlowControl(),
      original.withParameters('active-request-scorer', { idleThreshold: 1 }),
      original.withCustomPlugins('mine'),
    ];
    expect(JSON.stringify(original)).toBe(before);
    for (const strategy of [original, ...derived]) {
      expect(Object.isFrozen(strategy)).toBe(true);
      expect(Object.isFrozen(strategy.parts.profiles)).toBe(true);
    }
    expect(new Set([original, ...derived].map((strategy) => JSON.stringify(strategy))).size).toBe(derived.length + 1);
  });

  test('parameters by type add up, the later winning', () => {
    const strategy = RoutingStrategy.prefillDecode()
      .withParameters('active-request-scorer', { idleThreshold: 1, maxBusyScore: 0.5 })
      .withParameters('active-request-scorer', { idleThreshold: 2 });
    expect(strategy.parts.parameters).toEqual({ 'active-request-scorer': { idleThreshold: 2, maxBusyScore: 0.5 } });
  });

  test('a replaced weight is the one that counts, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 }), (given) => {
        const strategy = given.reduce((current, weight) => current.withScorer(Scorer.queueDepth(weight)), RoutingStrategy.prefixAware());
        expect(weights(strategy)?.filter(([type]) => type === 'queue-scorer')).toEqual([['queue-scorer', given.at(-1)]]);
        expect(weights(strategy)).toHaveLength(4);
      }),
    );
  });
});

describe('what cannot be meant is refused', () => {
  test.each([
    ['LLMD504', () => RoutingStrategy.prefixAware().withScorer(Scorer.queueDepth(), { profile: 'decode' })],
    ['LLMD504', () => RoutingStrategy.prefillDecode().withPicker(Picker.random(), { profile: 'default' })],
    ['LLMD505', () => RoutingStrategy.loadAware().withParameters('prefix-cache-scorer', {})],
    ['LLMD506', () => RoutingStrategy.prefillDecode({ minUncachedTokens: 0 })],
    ['LLMD104', () => RoutingStrategy.prefillDecode({ minUncachedTokens: -1 })],
    ['LLMD104', () => RoutingStrategy.prefillDecode({ minUncachedTokens: 1.5 })],
    ['LLMD104', () => RoutingStrategy.prefillDecode({ minUncachedTokens: 16, minPromptTokens: -1 })],
    ['LLMD105', () => RoutingStrategy.prefillDecode({ minPromptTokens: 16 })],
    ['LLMD104', () => RoutingStrategy.precisePrefix({ blockTokens: 0 })],
    ['LLMD507', () => RoutingStrategy.loadAware().withFlowControl({ priorityBands: [{ priority: 1 }, { priority: 1 }] })],
    ['LLMD104', () => RoutingStrategy.loadAware().withFlowControl({ priorityBands: [{ priority: 0.5 }] })],
    ['LLMD104', () => RoutingStrategy.loadAware().withFlowControl({ maxRequests: 0 })],
    ['LLMD104', () => RoutingStrategy.loadAware().withFlowControl({ defaultBand: { maxRequests: -1 } })],
    ['LLMD104', () => RoutingStrategy.loadAware().withFlowControl({ usageLimit: 2 })],
    ['LLMD508', () => RoutingStrategy.custom({}).withScorer(Scorer.queueDepth())],
    ['LLMD508', () => RoutingStrategy.custom({}).withScorer(Scorer.queueDepth(), { profile: 'decode' })],
    ['LLMD508', () => RoutingStrategy.custom({}).withFlowControl()],
  ])('%s %#', (code, build) => {
    expect(build).toThrow(code);
  });

  test('with the profiles that there are', () => {
    expect(() => RoutingStrategy.prefillDecode().withScorer(Scorer.queueDepth(), { profile: 'decoed' })).toThrow(
      'LLMD504 the strategy has no profile "decoed": it has prefill, decode',
    );
  });
});

describe('what a strategy needs', () => {
  const facts = (strategy: RoutingStrategy) => ({
    roles: strategy.needsRoles.join(),
    needs: [
      strategy.needsKvEvents && 'events',
      strategy.needsTokenizer && 'tokenizer',
      strategy.needsLatencyPredictor && 'predictor',
      strategy.usesFlowControl && 'flow',
      strategy.experimental && 'experimental',
      strategy.stateful && 'stateful',
    ]
      .filter(Boolean)
      .join(),
  });

  test.each([
    ['loadAware', RoutingStrategy.loadAware(), '', ''],
    ['prefixAware', RoutingStrategy.prefixAware(), '', 'stateful'],
    ['precisePrefix', RoutingStrategy.precisePrefix(), '', 'events,tokenizer'],
    ['precisePrefix with its own tokenizer', RoutingStrategy.precisePrefix({ renderUrl: 'http://r' }), '', 'events'],
    ['prefillDecode', RoutingStrategy.prefillDecode(), 'prefill,decode', 'stateful'],
    ['wideEp', RoutingStrategy.wideEp(), 'prefill,decode', 'stateful'],
    ['predictedLatency', RoutingStrategy.predictedLatency(), '', 'predictor,stateful'],
    ['loraAffinity', RoutingStrategy.loraAffinity(), '', 'stateful'],
    ['sessionAffinity', RoutingStrategy.sessionAffinity(), '', 'experimental,stateful'],
    [
      'session filter alone: the client carries the session',
      RoutingStrategy.loadAware().withFilter(Filter.sessionAffinity()),
      '',
      'experimental',
    ],
    [
      'session id: the router remembers',
      RoutingStrategy.loadAware().withFilter(Filter.sessionAffinity({ sessionIdHeaders: ['x'] })),
      '',
      'experimental,stateful',
    ],
    ['flow control', RoutingStrategy.loadAware().withFlowControl(), '', 'flow,stateful'],
    ['encode', RoutingStrategy.loadAware().withFilter(Filter.encodeRole()), 'encode', ''],
    [
      'affinity by predictions',
      RoutingStrategy.loadAware().withFilter(Filter.prefixCacheAffinity({ ttftSource: 'latencyPredictor' })),
      '',
      'predictor,stateful',
    ],
    [
      'a precise index of another name',
      RoutingStrategy.loadAware()
        .withProducer(Producer.precisePrefixCache().named('index'))
        .withScorer(Scorer.prefixCache(1, { producer: 'index' })),
      '',
      'events',
    ],
    ['estimated tokens', RoutingStrategy.loadAware().withProducer(Producer.estimatedTokens()), '', ''],
    ['by parameters', RoutingStrategy.precisePrefix().withParameters('token-producer', { vllm: { url: 'http://r' } }), '', 'events'],
    [
      'custom',
      RoutingStrategy.custom({
        featureGates: ['flowControl=true'],
        plugins: [
          { type: 'prefill-filter' },
          { type: 'precise-prefix-cache-producer' },
          { type: 'token-producer', parameters: { modelName: 'm' } },
        ],
      }),
      'prefill',
      'events,tokenizer,flow,stateful',
    ],
    ['custom with the gate shut', RoutingStrategy.custom({ featureGates: ['flowControl=false'], plugins: [] }), '', ''],
  ])('%s', (_, strategy, roles, needs) => {
    expect(facts(strategy)).toEqual({ roles, needs });
  });

  test('custom plugins add up without repetition', () => {
    const strategy = RoutingStrategy.custom({ plugins: [] }, { plugins: ['a'] }).withCustomPlugins('b', 'a');
    expect(strategy.customPlugins).toEqual(['a', 'b']);
  });
});

test('durations and detectors given to flow control stay usable', () => {
  const requestTtl = Duration.seconds(5);
  const strategy = RoutingStrategy.loadAware().withFlowControl({ requestTtl, detector: SaturationDetector.utilization() });
  expect(strategy.parts.flowControl?.requestTtl?.toSeconds()).toBe(5);
  expect(strategy.withScorer(Scorer.loraAffinity()).parts.flowControl?.detector?.type).toBe('utilization-detector');
});
