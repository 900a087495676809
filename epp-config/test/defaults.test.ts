import { builtInConfig, checkEndpointPickerConfig, parseEndpointPickerConfig, parseGoDuration, parseQuantity } from 'llm-d-epp-config';
import { accepted, document, issuesOf, profile, withPlugins } from './support';

const effectiveOf = (value: unknown) => accepted(value).effective;
const namesOf = (value: unknown) => effectiveOf(value).plugins.map((plugin) => plugin.name);

describe('the document', () => {
  test.each([undefined, null])('%s stands for the built-in configuration', (nothing) => {
    const { config, effective } = parseEndpointPickerConfig(nothing);
    expect(config).toEqual(parseEndpointPickerConfig(builtInConfig).config);
    expect(effective.schedulingProfiles).toEqual([
      {
        name: 'default',
        filters: [],
        scorers: [
          { pluginRef: 'queue-scorer', weight: 2 },
          { pluginRef: 'kv-cache-utilization-scorer', weight: 2 },
          { pluginRef: 'prefix-cache-scorer', weight: 3 },
        ],
        picker: 'max-score-picker',
        others: [],
      },
    ]);
    expect(effective.producerOrder).toEqual(['token-producer', 'approx-prefix-cache-producer']);
  });

  test('names default to types', () => {
    expect(accepted(withPlugins(['queue-scorer', { name: 'b', type: 'queue-scorer' }])).config.plugins).toEqual([
      { name: 'queue-scorer', type: 'queue-scorer' },
      { name: 'b', type: 'queue-scorer' },
    ]);
  });

  test('deprecated fields move, with a warning, unless the new place is taken', () => {
    const old = { saturationDetector: { pluginRef: 'utilization-detector' }, parser: { pluginRef: 'openai-parser' } };
    const given = { ...document(old), apiVersion: 'inference.networking.x-k8s.io/v1alpha1' };
    const { config, warnings } = accepted(given);
    expect(config).toEqual({
      apiVersion: 'llm-d.ai/v1alpha1',
      kind: 'EndpointPickerConfig',
      plugins: [],
      flowControl: { saturationDetector: { pluginRef: 'utilization-detector' } },
      requestHandler: { parsers: [{ pluginRef: 'openai-parser' }] },
    });
    expect(warnings.map((warning) => [warning.code, warning.path])).toEqual([
      ['EPP011', 'saturationDetector'],
      ['EPP011', 'parser'],
      ['EPP011', 'apiVersion'],
    ]);
    const both = document({ ...old, requestHandler: { parsers: [{ pluginRef: 'passthrough-parser' }] } });
    expect(effectiveOf(both).parsers).toEqual(['passthrough-parser']);
  });

  test('gates have their defaults', () => {
    expect(effectiveOf(document({})).featureGates).toEqual({ flowControl: false, haPopulateNonLeaderDatastore: true });
    expect(effectiveOf(document({ featureGates: ['flowControl'] })).featureGates).toMatchObject({ flowControl: true });
  });
});

describe('scheduling', () => {
  test('without profiles, one holds every declared filter, scorer and picker as declared', () => {
    const plugins = ['token-producer', 'queue-scorer', 'decode-filter', 'context-length-aware', 'random-picker'];
    expect(effectiveOf(withPlugins(plugins)).schedulingProfiles).toEqual([
      {
        name: 'default',
        filters: ['decode-filter', 'context-length-aware'],
        scorers: [
          { pluginRef: 'queue-scorer', weight: 1 },
          { pluginRef: 'context-length-aware', weight: 1 },
        ],
        picker: 'random-picker',
        others: [],
      },
    ]);
  });

  test('one profile without a handler gets single-profile-handler', () => {
    expect(effectiveOf(withPlugins(['queue-scorer'])).profileHandler).toBe('single-profile-handler');
  });

  test('max-score-picker is created only when no picker is declared', () => {
    expect(namesOf(withPlugins(['queue-scorer']))).toContain('max-score-picker');
    expect(namesOf(withPlugins(['random-picker']))).not.toContain('max-score-picker');
  });

  test('a profile without a picker gets the first declared one', () => {
    const config = withPlugins(['disagg-profile-handler', 'weighted-random-picker', 'random-picker'], {
      schedulingProfiles: [profile('decode'), profile('prefill', 'random-picker')],
    });
    expect(effectiveOf(config).schedulingProfiles.map((entry) => entry.picker)).toEqual(['weighted-random-picker', 'random-picker']);
  });

  test('disaggregation is read from both parameter formats', () => {
    const deciders = ['always-disagg-pd-decider', 'always-disagg-multimodal-decider'];
    const schedulingProfiles = [profile('d'), profile('prefill'), profile('encode')];
    const nested = { profiles: { decode: 'd' }, deciders: { prefill: deciders[0], encode: deciders[1] } };
    const flat = { decodeProfile: 'd', deciderPluginName: deciders[0], encodeDeciderPluginName: deciders[1] };
    for (const parameters of [nested, flat]) {
      expect(
        effectiveOf(withPlugins([{ type: 'disagg-profile-handler', parameters }, ...deciders], { schedulingProfiles })).disaggregation,
      ).toEqual({
        stageOrder: 'decode-first',
        profiles: { decode: 'd', prefill: 'prefill', encode: 'encode' },
        deciders: { prefill: deciders[0], encode: deciders[1] },
      });
    }
  });
});

describe('instances that always exist', () => {
  test.each(['fcfs-ordering-policy', 'global-strict-fairness-policy', 'static-usage-limit-policy', 'utilization-detector'])(
    '%s',
    (type) => {
      expect(effectiveOf(document({})).plugins.find((plugin) => plugin.name === type)).toMatchObject({ type, origin: 'default' });
      expect(effectiveOf(withPlugins([type])).plugins.filter((plugin) => plugin.type === type)).toMatchObject([{ origin: 'declared' }]);
    },
  );

  test('parsers, in order', () => {
    expect(effectiveOf(document({})).parsers).toEqual(['openai-parser', 'anthropic-parser', 'vllmhttp-parser', 'passthrough-parser']);
    expect(accepted(document({}), { version: 'v0.10.0' }).effective.parsers).toEqual([
      'openai-parser',
      'anthropic-parser',
      'vllmhttp-parser',
    ]);
  });

  test('a listed parser is created from its type', () => {
    expect(namesOf(document({ requestHandler: { parsers: [{ pluginRef: 'vllmgrpc-parser' }] } }))).toContain('vllmgrpc-parser');
  });

  test('utilization-detector only when no other is named', () => {
    const config = withPlugins(['concurrency-detector'], { flowControl: { saturationDetector: { pluginRef: 'concurrency-detector' } } });
    expect(effectiveOf(config).saturationDetector).toBe('concurrency-detector');
    expect(namesOf(config)).not.toContain('utilization-detector');
    expect(effectiveOf(document({ flowControl: { saturationDetector: {} } })).saturationDetector).toBe('utilization-detector');
  });

  test('parameters have their defaults, inside given objects too', () => {
    const config = withPlugins([
      { type: 'precise-prefix-cache-producer', parameters: { kvEventsConfig: { concurrency: 8 } } },
      'approx-prefix-cache-producer',
    ]);
    const [precise, approx] = effectiveOf(config).plugins;
    expect(precise!.parameters).toMatchObject({
      speculativeTTL: '2s',
      kvEventsConfig: { concurrency: 8, topicFilter: 'kv@', discoverPods: true },
    });
    expect(approx!.parameters).toEqual({
      autoTune: true,
      blockSizeTokens: 16,
      maxPrefixTokensToMatch: 131072,
      maxPrefixBlocksToMatch: 2048,
      lruCapacityPerServer: 31250,
    });
  });
});

describe('data layer', () => {
  const metrics = { pluginRef: 'metrics-data-source', extractors: ['core-metrics-extractor'] };

  test('the metrics source is added beside others', () => {
    expect(effectiveOf(document({})).dataLayer).toEqual({ sources: [metrics], crossReplicaSyncIntervalMs: 200 });
    const models = { pluginRef: 'models-data-source', extractors: [] };
    expect(effectiveOf(withPlugins(['models-data-source'], { dataLayer: { sources: [models] } })).dataLayer.sources).toEqual([
      models,
      metrics,
    ]);
  });

  test('but not when it is listed or defaults are off', () => {
    const listed = { dataLayer: { sources: [{ pluginRef: 'metrics-data-source' }] } };
    expect(effectiveOf(withPlugins(['metrics-data-source'], listed)).dataLayer.sources).toEqual([
      { pluginRef: 'metrics-data-source', extractors: [] },
    ]);
    expect(effectiveOf(document({ dataLayer: { injectDefaults: false } })).dataLayer.sources).toEqual([]);
  });

  test('a renamed metrics source is joined by a second one, as upstream does', () => {
    const config = withPlugins([{ name: 'mine', type: 'metrics-data-source' }], { dataLayer: { sources: [{ pluginRef: 'mine' }] } });
    expect(effectiveOf(config).dataLayer.sources.map((source) => source.pluginRef)).toEqual(['mine', 'metrics-data-source']);
  });
});

describe('flow control', () => {
  const band = {
    maxBytes: 1e9,
    maxRequests: 5000,
    fairnessPolicy: 'global-strict-fairness-policy',
    orderingPolicy: 'fcfs-ordering-policy',
  };

  test('defaults', () => {
    expect(effectiveOf(document({})).flowControl).toEqual({
      enabled: false,
      maxBytes: 0,
      maxRequests: 0,
      defaultRequestTtlMs: 60000,
      noEndpointRequestTtlMs: 60000,
      defaultPriorityBand: { priority: 0, ...band },
      defaultNegativePriorityBand: { priority: 0, ...band },
      priorityBands: [{ priority: 0, ...band }],
      usageLimitPolicy: 'static-usage-limit-policy',
      enableEviction: false,
    });
  });

  test('given values', () => {
    const flowControl = {
      maxBytes: '10Gi',
      maxRequests: '1k',
      defaultRequestTTL: '0s',
      priorityBands: [{ priority: -10, maxRequests: '50' }, { priority: 100 }],
    };
    const effective = effectiveOf(document({ featureGates: ['flowControl'], flowControl })).flowControl;
    expect(effective).toMatchObject({
      enabled: true,
      maxBytes: 10 * 2 ** 30,
      maxRequests: 1000,
      defaultRequestTtlMs: 0,
      noEndpointRequestTtlMs: 0,
    });
    expect(effective.priorityBands.map(({ priority, maxRequests }) => [priority, maxRequests])).toEqual([
      [100, 5000],
      [0, 5000],
      [-10, 50],
    ]);
  });
});

describe('words of Go and Kubernetes', () => {
  test.each([
    ['0', 0],
    ['0s', 0],
    ['200ms', 200],
    ['1m30s', 90000],
    ['1.5h', 5400000],
    ['.5s', 500],
    ['-2s', -2000],
    ['+1us', 0.001],
  ])('duration %s', (text, milliseconds) => expect(parseGoDuration(text)).toBe(milliseconds));

  test.each(['', '5', 's', '1x', '1 s', '--1s', '1s ', '9999999999h', '1s1'])('no duration: %j', (text) =>
    expect(parseGoDuration(text)).toBeUndefined(),
  );

  test.each([
    ['1k', 1000],
    ['10Gi', 10737418240],
    ['500', 500],
    [500, 500],
    ['1.5', 2],
    ['100m', 1],
    ['2e3', 2000],
    ['-1', -1],
    ['1E', 1e18],
  ])('quantity %s', (text, units) => expect(parseQuantity(text)).toBe(units));

  test.each(['', 'k', '10GB', '1 k', '1ki', 'NaN', '1e', '0x1'])('no quantity: %j', (text) => expect(parseQuantity(text)).toBeUndefined());
});

test('checking does not throw and returns the same issues as parsing', () => {
  expect(checkEndpointPickerConfig(7).issues).toEqual(issuesOf(7));
});
