import { type EppConfigIssue, type ObjectSchema, type PluginSpec, pluginCatalog, type ValueSchema } from 'llm-d-epp-config';
import { samples } from './plugin-samples';
import { issuesOf, withPlugins } from './support';

const specs = [...pluginCatalog.values()];
const strict = specs.filter((spec) => spec.decoding === 'strict');
const ignoring = specs.filter((spec) => spec.decoding === 'ignored');

/** Issues of the parameters alone; what the rest of the configuration lacks does not matter here. */
function parameterIssues(type: string, parameters: unknown): readonly EppConfigIssue[] {
  const config = withPlugins([
    { name: 'it', type, parameters },
    'always-disagg-pd-decider',
    'always-disagg-multimodal-decider',
    'prefix-based-pd-decider',
  ]);
  return issuesOf(config, { allowExperimental: true }).filter(
    (issue) => issue.path.startsWith('plugins[0].parameters') && !/^EPP08/.test(issue.code),
  );
}

const errors = (issues: readonly EppConfigIssue[]) => issues.filter((issue) => issue.severity === 'error');
const named = (list: readonly PluginSpec[]) => list.map((spec) => [spec.type, spec] as const);
const live = (schema: ObjectSchema) => Object.entries(schema.fields).filter(([, field]) => field.removedIn === undefined);

test('every strict type has a sample', () => {
  expect(Object.keys(samples).sort()).toEqual(strict.map((spec) => spec.type).sort());
});

describe('a valid sample', () => {
  test.each(named(strict))('%s accepts it', (type) => {
    expect(errors(parameterIssues(type, samples[type]))).toEqual([]);
  });
});

describe('an unknown parameter', () => {
  test.each(named(strict))('%s rejects it', (type, spec) => {
    const [near] = live(spec.parameters)[0] ?? [];
    const given = `${near ?? 'anything'}s`;
    const issue = parameterIssues(type, { ...samples[type], [given]: 1 }).find((found) => found.code === 'EPP012');
    expect(issue).toMatchObject({ path: `plugins[0].parameters.${given}`, severity: 'error' });
    expect(issue!.message).toContain(near === undefined ? 'none is allowed here' : 'did you mean "');
  });

  test('is answered with the nearest name', () => {
    const [issue] = parameterIssues('approx-prefix-cache-producer', { blockSizeToken: 64 });
    expect(issue!.message).toBe('unknown parameter "blockSizeToken", did you mean "blockSizeTokens"?');
  });

  test('without a near name is answered with the allowed ones', () => {
    const [issue] = parameterIssues('file-discovery', { frequency: 1, path: '/x' });
    expect(issue!.message).toBe('unknown parameter "frequency", allowed are path, watchFile; remove it');
  });
});

describe('parameters of a type that reads none', () => {
  test.each(named(ignoring))('%s warns and accepts', (type) => {
    expect(parameterIssues(type, { anything: 1 })).toMatchObject([{ code: 'EPP013', path: 'plugins[0].parameters', severity: 'warning' }]);
    expect(parameterIssues(type, {})).toEqual([]);
  });
});

describe('a value of the wrong type', () => {
  const wrongValue: Readonly<Record<ValueSchema['kind'], unknown>> = {
    text: 5,
    number: 'five',
    boolean: 'true',
    quantity: true,
    list: { not: 'a list' },
    map: ['not a map'],
    object: ['not an object'],
    any: undefined,
  };
  const cases = strict.flatMap((spec) => live(spec.parameters).map(([name, field]) => [spec.type, name, field.kind] as const));

  test.each(cases)('%s rejects it for %s (%s)', (type, name, kind) => {
    const issue = parameterIssues(type, { ...samples[type], [name]: wrongValue[kind] }).find((found) => found.code === 'EPP003');
    expect(issue).toMatchObject({ path: `plugins[0].parameters.${name}`, severity: 'error' });
    expect(issue!.message).toMatch(/^expected .+, got /);
  });

  test.each(named(strict))('%s rejects parameters that are a list', (type) => {
    expect(parameterIssues(type, [])).toMatchObject([{ code: 'EPP003', path: 'plugins[0].parameters' }]);
  });
});

test('probabilistic-admitter with its defaults warns of the saturation from which it rejects everything sheddable', () => {
  expect(parameterIssues('probabilistic-admitter', {})).toMatchObject([
    { code: 'EPP026', severity: 'warning', message: expect.stringContaining('above about 32 % saturation') },
  ]);
  expect(parameterIssues('probabilistic-admitter', { k: 300 })).toEqual([]);
  expect(parameterIssues('probabilistic-admitter', { power: 2 })).toEqual([]);
});

describe('values that do not fit', () => {
  const cases: readonly (readonly [type: string, parameters: unknown, code: string, at: string])[] = [
    ['prefix-cache-scorer', { matchLengthWeight: 1.5 }, 'EPP006', 'matchLengthWeight'],
    ['prefix-cache-scorer', { matchLengthWeight: 0.5, matchLengthScaleTokens: 0 }, 'EPP010', 'matchLengthScaleTokens'],
    ['multicluster-prefix-cache-scorer', { matchLengthWeight: -1 }, 'EPP006', 'matchLengthWeight'],
    ['active-request-scorer', { maxBusyScore: 2 }, 'EPP015', 'maxBusyScore'],
    ['active-request-scorer', { requestTimeout: '1m' }, 'EPP011', 'requestTimeout'],
    ['probabilistic-admitter', {}, 'EPP026', ''],
    ['load-aware-scorer', { threshold: 0 }, 'EPP015', 'threshold'],
    ['load-aware-scorer', { threshold: 1.5 }, 'EPP003', 'threshold'],
    ['token-load-scorer', { queueThresholdTokens: -1 }, 'EPP015', 'queueThresholdTokens'],
    ['no-hit-lru-scorer', { lruSize: -1 }, 'EPP015', 'lruSize'],
    ['header-label-affinity-scorer', { headerName: 'x' }, 'EPP004', 'labelKey'],
    ['header-label-affinity-scorer', { headerName: '', labelKey: 'x' }, 'EPP004', 'headerName'],
    ['endpoint-attribute-scorer', { attributeKey: 'a', algorithm: { type: 'linear' } }, 'EPP005', 'algorithm.type'],
    ['endpoint-attribute-scorer', { attributeKey: 'a/b', algorithm: { type: 'linear_lower_is_better' } }, 'EPP010', 'attributeKey'],
    [
      'endpoint-attribute-scorer',
      { attributeKey: 'a', algorithm: { type: 'linear_lower_is_better', normalization: { fixedRange: { min: 2, max: 1 } } } },
      'EPP010',
      'algorithm.normalization.fixedRange',
    ],
    [
      'endpoint-attribute-scorer',
      { attributeKey: 'a', algorithm: { type: 'linear_lower_is_better', normalization: { fixedRange: { max: 1 }, adaptiveRange: {} } } },
      'EPP010',
      'algorithm.normalization',
    ],
    ['endpoint-attribute-filter', { attribute: 'a', algorithm: { type: 'threshold' } }, 'EPP004', 'algorithm.threshold'],
    ['endpoint-attribute-filter', { attribute: 'a', onMissing: 'pass' }, 'EPP005', 'onMissing'],
    ['latency-scorer', { headroomSelectionStrategy: 'best' }, 'EPP005', 'headroomSelectionStrategy'],
    ['session-affinity-scorer', { strategy: 'cookie' }, 'EPP005', 'strategy'],
    ['session-affinity-scorer', { sessionIdConfig: {} }, 'EPP015', 'sessionIdConfig'],
    ['session-affinity-filter', { strategy: 'session_id', sessionIdConfig: { sources: [{}] } }, 'EPP010', 'sessionIdConfig.sources[0]'],
    ['session-affinity-filter', { headerName: 'x' }, 'EPP014', 'headerName'],
    ['by-label', { label: 'a' }, 'EPP010', 'validValues'],
    ['label-selector-filter', { matchExpressions: [{ key: 'a', operator: 'In' }] }, 'EPP010', 'matchExpressions[0].values'],
    [
      'label-selector-filter',
      { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
      'EPP010',
      'matchExpressions[0].values',
    ],
    ['topology-affinity-filter', { minAffinity: 'node' }, 'EPP005', 'minAffinity'],
    ['utilization-filter', {}, 'EPP004', 'conditions'],
    ['utilization-filter', { conditions: [] }, 'EPP004', 'conditions'],
    ['utilization-filter', { conditions: [{ metric: 'kv-cache-utilization', maxValue: 90 }] }, 'EPP006', 'conditions[0].maxValue'],
    ['utilization-filter', { conditions: [{ metric: 'waiting-queue' }] }, 'EPP004', 'conditions[0].maxValue'],
    ['prefix-cache-affinity-filter', { affinityThreshold: 1.1 }, 'EPP006', 'affinityThreshold'],
    ['prefix-cache-affinity-filter', { ttftSource: 'predictor' }, 'EPP005', 'ttftSource'],
    ['prefix-cache-affinity-filter', { peakPrefillThroughput: 0 }, 'EPP010', 'peakPrefillThroughput'],
    ['slo-headroom-tier-filter', { epsilonExploreNeg: 2 }, 'EPP006', 'epsilonExploreNeg'],
    ['disagg-profile-handler', { profiles: {}, deciderPluginName: 'always-disagg-pd-decider' }, 'EPP010', 'deciderPluginName'],
    ['disagg-profile-handler', { stageOrder: 'encode-first' }, 'EPP005', 'stageOrder'],
    [
      'disagg-profile-handler',
      { stageOrder: 'prefill-first', deciders: { prefill: 'always-disagg-pd-decider' } },
      'EPP010',
      'deciders.prefill',
    ],
    ['disagg-profile-handler', { decodeProfile: 'd' }, 'EPP011', 'decodeProfile'],
    ['data-parallel-profile-handler', { primaryPort: 70000 }, 'EPP006', 'primaryPort'],
    ['prefix-based-pd-decider', { nonCachedTokens: -1 }, 'EPP006', 'nonCachedTokens'],
    ['max-score-picker', { maxNumOfEndpoints: 0 }, 'EPP015', 'maxNumOfEndpoints'],
    ['probabilistic-admitter', { k: 0 }, 'EPP006', 'k'],
    [
      'disaggregatedset-rollout-screener',
      { scope: { labelSelector: 'a' }, revisionGating: { mode: 'sum' } },
      'EPP010',
      'revisionGating.requireRoles',
    ],
    [
      'disaggregatedset-rollout-screener',
      { scope: { labelSelector: 'a' }, revisionGating: { mode: 'sum', requireRoles: { values: ['a', 'a'] } } },
      'EPP010',
      'revisionGating.requireRoles.values[1]',
    ],
    [
      'disaggregatedset-rollout-screener',
      {
        headerSelectors: [
          { name: 'a', headerName: 'X', labelKey: 'l', mode: 'strict' },
          { name: 'b', headerName: 'x', labelKey: 'l', mode: 'strict' },
        ],
      },
      'EPP010',
      'headerSelectors[1].headerName',
    ],
    ['disaggregatedset-rollout-screener', {}, 'EPP004', 'scope'],
    ['request-attribute-reporter', { attributes: [] }, 'EPP004', 'attributes'],
    [
      'request-attribute-reporter',
      {
        attributes: [
          { key: { name: 'a' }, expression: '1' },
          { key: { name: 'b' }, expression: '1' },
        ],
      },
      'EPP006',
      'attributes',
    ],
    ['token-producer', { estimate: {}, vllm: {} }, 'EPP010', ''],
    ['token-producer', { vllm: {} }, 'EPP004', 'modelName'],
    ['token-producer', { udsTokenizerConfig: { socketFile: '/s' }, modelName: 'm' }, 'EPP010', 'udsTokenizerConfig'],
    ['token-producer', { modelName: 'm', vllm: { timeout: '5' } }, 'EPP007', 'vllm.timeout'],
    ['token-producer', { estimate: { image: { mode: 'fixed' } } }, 'EPP005', 'estimate.image.mode'],
    ['approx-prefix-cache-producer', { autoTune: false, blockSizeTokens: 0 }, 'EPP010', 'blockSizeTokens'],
    ['approx-prefix-cache-producer', { blockSizeTokens: 16 }, 'EPP015', 'blockSizeTokens'],
    ['approx-prefix-cache-producer', { maxPrefixTokensToMatch: -1 }, 'EPP006', 'maxPrefixTokensToMatch'],
    ['precise-prefix-cache-producer', { indexerConfig: { tokenizersPoolConfig: {} } }, 'EPP012', 'indexerConfig.tokenizersPoolConfig'],
    [
      'precise-prefix-cache-producer',
      { tokenProcessorConfig: { hashAlgorithm: 'sha256' } },
      'EPP005',
      'tokenProcessorConfig.hashAlgorithm',
    ],
    ['precise-prefix-cache-producer', { kvEventsConfig: { engineType: 'trtllm' } }, 'EPP005', 'kvEventsConfig.engineType'],
    ['precise-prefix-cache-producer', { speculativeTTL: '2s' }, 'EPP015', 'speculativeTTL'],
    [
      'precise-prefix-cache-producer',
      { indexerConfig: { kvBlockIndexConfig: { costAwareMemoryConfig: { size: 'large' } } } },
      'EPP009',
      'indexerConfig.kvBlockIndexConfig.costAwareMemoryConfig.size',
    ],
    ['burst-prefix-cache-producer', { windowDurationMs: 20000 }, 'EPP006', 'windowDurationMs'],
    ['burst-prefix-cache-producer', { maxPerReplica: 0 }, 'EPP006', 'maxPerReplica'],
    ['burst-prefix-cache-producer', { maxPrefixTokensToMatch: 10 }, 'EPP010', 'maxPrefixTokensToMatch'],
    ['p2p-source-producer', { minCachedTokenDelta: 0 }, 'EPP006', 'minCachedTokenDelta'],
    ['inflight-load-producer', { outputRatio: -1 }, 'EPP006', 'outputRatio'],
    ['predicted-latency-producer', { sloBufferFactor: 0 }, 'EPP006', 'sloBufferFactor'],
    ['predicted-latency-producer', { contextTTL: '5m' }, 'EPP003', 'contextTTL'],
    ['session-id-producer', {}, 'EPP010', ''],
    ['session-id-producer', { headerName: 'a', cookieName: 'b' }, 'EPP010', ''],
    ['metrics-data-source', { scheme: 'ftp' }, 'EPP005', 'scheme'],
    ['metrics-data-source', { port: 0 }, 'EPP006', 'port'],
    ['metrics-data-source', { interval: '-1s' }, 'EPP006', 'interval'],
    ['core-metrics-extractor', { defaultEngine: 'mine' }, 'EPP005', 'defaultEngine'],
    ['core-metrics-extractor', { engineConfigs: [{ name: 'default' }] }, 'EPP010', 'engineConfigs[0].name'],
    ['core-metrics-extractor', { engineConfigs: [{ name: 'a' }, { name: 'a' }] }, 'EPP010', 'engineConfigs[1].name'],
    ['core-metrics-extractor', { engineConfigs: [{ name: 'a', kvUsageSpec: 'not a metric' }] }, 'EPP009', 'engineConfigs[0].kvUsageSpec'],
    ['core-metrics-extractor', { engineConfigs: [{ name: 'a', kvUsageSpec: 'm{a}' }] }, 'EPP009', 'engineConfigs[0].kvUsageSpec'],
    [
      'core-metrics-extractor',
      {
        engineConfigs: [
          {
            name: 'a',
            customMetrics: [
              { attributeKey: 'x', metricSpec: 'm' },
              { attributeKey: 'x', metricSpec: 'n' },
            ],
          },
        ],
      },
      'EPP010',
      'engineConfigs[0].customMetrics[1].attributeKey',
    ],
    ['dcgm-data-source', { useNodeAddress: true, port: 0 }, 'EPP010', 'port'],
    ['multicluster-metrics-data-source', { port: 1 }, 'EPP015', 'port'],
    ['k8s-notification-source', { version: 'v1' }, 'EPP004', 'kind'],
    ['file-discovery', {}, 'EPP004', 'path'],
    ['program-aware-fairness', { evictionSweepSeconds: 0 }, 'EPP006', 'evictionSweepSeconds'],
    ['program-aware-fairness', { strategy: 'fifo' }, 'EPP005', 'strategy'],
    ['program-aware-fairness', { lasDecayFactor: 0.5 }, 'EPP014', 'lasDecayFactor'],
    ['priority-holdback-policy', {}, 'EPP004', 'minCeiling'],
    ['priority-holdback-policy', { minCeiling: 1 }, 'EPP006', 'minCeiling'],
    ['priority-holdback-policy', { minCeiling: 0.5, maxCeiling: 0.5 }, 'EPP010', 'minCeiling'],
    ['utilization-detector', { queueDepthThreshold: 0 }, 'EPP006', 'queueDepthThreshold'],
    ['utilization-detector', { kvCacheUtilThreshold: 0 }, 'EPP006', 'kvCacheUtilThreshold'],
    ['utilization-detector', { metricsStalenessThreshold: '0s' }, 'EPP006', 'metricsStalenessThreshold'],
    ['utilization-detector', { headroom: 20 }, 'EPP015', 'headroom'],
    ['concurrency-detector', { maxConcurrency: 0 }, 'EPP006', 'maxConcurrency'],
    ['concurrency-detector', { headroom: -0.1 }, 'EPP006', 'headroom'],
    ['concurrency-detector', { concurrencyMode: 'token' }, 'EPP005', 'concurrencyMode'],
  ];

  test.each(cases)('%s %j gives %s at %s', (type, parameters, code, at) => {
    const path = `plugins[0].parameters${at === '' ? '' : `.${at}`}`;
    const found = parameterIssues(type, parameters);
    expect(found.map((issue) => [issue.code, issue.path])).toContainEqual([code, path]);
  });
});
