import { Duration, Size } from 'cdk8s';
import { type EffectiveConfig, parseEndpointPickerConfig } from 'llm-d-epp-config';
import { checkRendered } from '../../lib/routing/check-rendered';
import { Filter } from '../../lib/routing/filter';
import { type RouterSchemaVersion, renderConfig } from '../../lib/routing/render-config';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { SaturationDetector } from '../../lib/routing/saturation-detector';
import { Scorer } from '../../lib/routing/scorer';
import type { ServersPlan } from '../../lib/values/plan';
import { AGGREGATED, EVENTS, SPLIT, WIDE } from './servers';

const V9 = { version: 'v0.9.0' } as const;
const V10 = { version: 'v0.10.0' } as const;
const HEAD = { apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig' };

/** What the router does with a configuration: every default filled in, so that two spellings of one meaning are equal. */
function effective(config: unknown, version: RouterSchemaVersion): EffectiveConfig {
  return parseEndpointPickerConfig(config, { version, allowExperimental: true }).effective;
}

describe('the guides of llm-d, on router v0.9.0', () => {
  const disaggregated = [
    { type: 'disagg-headers-handler' },
    { type: 'always-disagg-pd-decider' },
    { type: 'disagg-profile-handler', parameters: { deciderPluginName: 'always-disagg-pd-decider' } },
    { type: 'prefill-filter' },
    { type: 'decode-filter' },
  ];

  test('optimized baseline', () => {
    expect(renderConfig(RoutingStrategy.defaultFor(AGGREGATED), AGGREGATED, V9)).toEqual({
      ...HEAD,
      plugins: [
        { type: 'queue-scorer' },
        { type: 'kv-cache-utilization-scorer' },
        { type: 'prefix-cache-scorer' },
        { type: 'no-hit-lru-scorer' },
      ],
      schedulingProfiles: [
        {
          name: 'default',
          plugins: [
            { pluginRef: 'queue-scorer', weight: 2 },
            { pluginRef: 'kv-cache-utilization-scorer', weight: 2 },
            { pluginRef: 'prefix-cache-scorer', weight: 3 },
            { pluginRef: 'no-hit-lru-scorer', weight: 2 },
          ],
        },
      ],
    });
  });

  test('prefill/decode disaggregation', () => {
    expect(renderConfig(RoutingStrategy.defaultFor(SPLIT), SPLIT, V9)).toEqual({
      ...HEAD,
      plugins: [
        ...disaggregated,
        { type: 'prefix-cache-scorer' },
        { type: 'queue-scorer' },
        { type: 'kv-cache-utilization-scorer' },
        { type: 'active-request-scorer' },
      ],
      schedulingProfiles: [
        {
          name: 'prefill',
          plugins: [
            { pluginRef: 'prefill-filter' },
            { pluginRef: 'prefix-cache-scorer', weight: 3 },
            { pluginRef: 'queue-scorer', weight: 2 },
            { pluginRef: 'kv-cache-utilization-scorer', weight: 2 },
          ],
        },
        {
          name: 'decode',
          plugins: [
            { pluginRef: 'decode-filter' },
            { pluginRef: 'active-request-scorer', weight: 2 },
            { pluginRef: 'prefix-cache-scorer', weight: 3 },
          ],
        },
      ],
    });
  });

  test('wide expert parallelism, whose guide leaves the weight of 1 out', () => {
    const guide = {
      ...HEAD,
      plugins: [...disaggregated, { type: 'prefix-cache-scorer' }, { type: 'queue-scorer' }, { type: 'active-request-scorer' }],
      schedulingProfiles: [
        {
          name: 'prefill',
          plugins: [
            { pluginRef: 'prefill-filter' },
            { pluginRef: 'prefix-cache-scorer', weight: 3 },
            { pluginRef: 'queue-scorer', weight: 2 },
            { pluginRef: 'active-request-scorer', weight: 2 },
          ],
        },
        { name: 'decode', plugins: [{ pluginRef: 'decode-filter' }, { pluginRef: 'active-request-scorer' }] },
      ],
    };
    const ours = renderConfig(RoutingStrategy.defaultFor(WIDE), WIDE, V9);
    expect(ours.plugins).toEqual(guide.plugins);
    expect(effective(ours, 'v0.9.0')).toEqual(effective(guide, 'v0.9.0'));
  });

  test('precise prefix cache: parameters of the index, wiring and weights', () => {
    const config = renderConfig(RoutingStrategy.precisePrefix({ renderUrl: 'http://render:8000' }), EVENTS, V9);
    expect(config.plugins).toEqual([
      { type: 'token-producer', parameters: { modelName: 'Qwen/Qwen3-32B', vllm: { url: 'http://render:8000' } } },
      { type: 'endpoint-notification-source' },
      {
        type: 'precise-prefix-cache-producer',
        parameters: {
          tokenProcessorConfig: { blockSizeTokens: 64 },
          speculativeIndexing: true,
          indexerConfig: { kvBlockIndexConfig: { enableMetrics: true } },
          kvEventsConfig: { topicFilter: 'kv@', concurrency: 8, discoverPods: true, podDiscoveryConfig: { socketPort: 5556 } },
        },
      },
      { type: 'kv-cache-utilization-scorer' },
      { type: 'queue-scorer' },
      { type: 'prefix-cache-scorer', parameters: { prefixMatchInfoProducerName: 'precise-prefix-cache-producer' } },
      { type: 'no-hit-lru-scorer', parameters: { prefixMatchInfoProducerName: 'precise-prefix-cache-producer' } },
    ]);
    expect(config.dataLayer).toEqual({
      sources: [{ pluginRef: 'endpoint-notification-source', extractors: [{ pluginRef: 'precise-prefix-cache-producer' }] }],
    });
    expect(config.schedulingProfiles?.[0]?.plugins?.map(({ weight }) => weight)).toEqual([2, 2, 3, 2]);
  });

  test('predicted latency with objectives', () => {
    const config = renderConfig(RoutingStrategy.predictedLatency({ slo: true }), AGGREGATED, V9);
    expect(config.plugins).toEqual([
      { type: 'approx-prefix-cache-producer', parameters: { maxPrefixTokensToMatch: 262144 } },
      { type: 'predicted-latency-producer', parameters: { streamingMode: true } },
      { type: 'prefix-cache-affinity-filter', name: 'strict-affinity-filter', parameters: { affinityThreshold: 0.99 } },
      { type: 'slo-headroom-tier-filter' },
      { type: 'prefix-cache-affinity-filter', name: 'loose-affinity-filter', parameters: { affinityThreshold: 0.8 } },
      { type: 'latency-scorer' },
      { type: 'weighted-random-picker' },
      { type: 'latency-slo-admitter' },
    ]);
    expect(config.schedulingProfiles?.[0]?.plugins?.map(({ pluginRef }) => pluginRef)).toEqual([
      'strict-affinity-filter',
      'slo-headroom-tier-filter',
      'loose-affinity-filter',
      'latency-scorer',
      'weighted-random-picker',
    ]);
  });

  test('flow control', () => {
    const band = { fairness: 'round-robin', ordering: 'fcfs' } as const;
    const strategy = RoutingStrategy.loadAware().withFlowControl({
      maxBytes: Size.gibibytes(10),
      maxRequests: 1000,
      requestTtl: Duration.seconds(60),
      detector: SaturationDetector.concurrency({ maxConcurrency: 132 }),
      priorityBands: [
        { priority: 100, maxRequests: 500, ...band },
        { priority: -10, maxBytes: Size.mebibytes(5), ...band },
      ],
    });
    const config = renderConfig(strategy, AGGREGATED, V9);
    expect(config.featureGates).toEqual(['flowControl']);
    expect(config.plugins.slice(2)).toEqual([
      { type: 'round-robin-fairness-policy' },
      { type: 'fcfs-ordering-policy' },
      { type: 'concurrency-detector', parameters: { maxConcurrency: 132 } },
    ]);
    const policies = { fairnessPolicyRef: 'round-robin-fairness-policy', orderingPolicyRef: 'fcfs-ordering-policy' };
    expect(config.flowControl).toEqual({
      maxBytes: '10Gi',
      maxRequests: '1000',
      defaultRequestTTL: '60s',
      saturationDetector: { pluginRef: 'concurrency-detector' },
      priorityBands: [
        { priority: 100, maxRequests: '500', ...policies },
        { priority: -10, maxBytes: '5Mi', ...policies },
      ],
    });
  });
});

describe('every strategy passes the check of the router', () => {
  const url = { tokenizerUrl: 'http://localhost:8000' };
  const flow = {
    requestTtl: Duration.millis(1500),
    usageLimit: 0.9,
    defaultBand: { fairness: 'program-aware' },
    defaultNegativeBand: {},
  } as const;
  const cases: readonly [string, RoutingStrategy, ServersPlan, readonly RouterSchemaVersion[]][] = [
    ['loadAware', RoutingStrategy.loadAware(), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['prefixAware', RoutingStrategy.prefixAware(), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['prefixAware tuned', RoutingStrategy.prefixAware({ autoTune: false, blockSizeTokens: 64 }), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['precisePrefix', RoutingStrategy.precisePrefix(), EVENTS, ['v0.9.0', 'v0.10.0']],
    [
      'precisePrefix redis',
      RoutingStrategy.precisePrefix({ redisAddress: 'redis://v:6379', hashSeed: '1' }),
      EVENTS,
      ['v0.9.0', 'v0.10.0'],
    ],
    ['prefillDecode', RoutingStrategy.prefillDecode(), SPLIT, ['v0.9.0', 'v0.10.0']],
    ['prefillDecode 512', RoutingStrategy.prefillDecode({ minUncachedTokens: 512 }), SPLIT, ['v0.9.0', 'v0.10.0']],
    ['prefillDecode 512/1024', RoutingStrategy.prefillDecode({ minUncachedTokens: 512, minPromptTokens: 1024 }), SPLIT, ['v0.10.0']],
    ['wideEp', RoutingStrategy.wideEp(), WIDE, ['v0.9.0', 'v0.10.0']],
    ['wideEp unsplit', RoutingStrategy.wideEp({ prefillDecode: false }), WIDE, ['v0.9.0', 'v0.10.0']],
    ['predictedLatency', RoutingStrategy.predictedLatency(), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['predictedLatency slo', RoutingStrategy.predictedLatency({ slo: true }), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['loraAffinity', RoutingStrategy.loraAffinity(), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['sessionAffinity', RoutingStrategy.sessionAffinity({ header: 'x-s' }), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['sessionAffinity strict', RoutingStrategy.sessionAffinity({ strict: true }), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['sessionAffinity by id', RoutingStrategy.sessionAffinity({ sessionIdHeaders: ['x-id'] }), AGGREGATED, ['v0.10.0']],
    ['token load', RoutingStrategy.loadAware().withScorer(Scorer.tokenLoad(2)), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['flow control', RoutingStrategy.prefixAware().withFlowControl(), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['flow control tuned', RoutingStrategy.prefixAware().withFlowControl(flow), AGGREGATED, ['v0.9.0', 'v0.10.0']],
    ['flow control evicting', RoutingStrategy.prefixAware().withFlowControl({ evict: true }), AGGREGATED, ['v0.10.0']],
    ['match length', RoutingStrategy.loadAware().withScorer(Scorer.prefixCache(3, { matchLengthWeight: 0.5 })), AGGREGATED, ['v0.10.0']],
    [
      'utilization filter',
      RoutingStrategy.loadAware().withFilter(Filter.utilization([{ metric: 'waiting-queue', maxValue: 9 }])),
      AGGREGATED,
      ['v0.10.0'],
    ],
    ['sglang', RoutingStrategy.precisePrefix(), { ...EVENTS, engineType: 'sglang' }, ['v0.9.0', 'v0.10.0']],
  ];

  test.each(cases.flatMap(([name, ...rest]) => (['v0.9.0', 'v0.10.0'] as const).map((version) => [name, version, ...rest] as const)))(
    '%s on %s',
    (_, version, strategy, servers, versions) => {
      const findings = checkRendered(renderConfig(strategy, servers, { version, ...url }), version);
      if (versions.includes(version)) {
        expect(findings).toEqual([]);
      } else {
        expect(findings.map(({ code }) => code)).toContain('LLMD501');
      }
    },
  );
});

test('another hash of the precise index passes on v0.10.0', () => {
  const config = renderConfig(RoutingStrategy.precisePrefix({ hashAlgorithm: 'xxh64', renderUrl: 'http://r' }), EVENTS, V10);
  expect(config.plugins[2]?.parameters).toMatchObject({ tokenProcessorConfig: { hashAlgorithm: 'xxh64', blockSizeTokens: 64 } });
  expect(checkRendered(config, 'v0.10.0')).toEqual([]);
});
