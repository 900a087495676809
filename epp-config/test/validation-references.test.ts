import { accepted, document, expectIssue, issuesOf, profile, withPlugins } from './support';

const flowControlOn = { featureGates: ['flowControl'] };

describe('references between plugins', () => {
  const handler = (prefill: string) => ({ type: 'disagg-profile-handler', parameters: { deciders: { prefill } } });
  const both = { schedulingProfiles: [profile('decode'), profile('prefill')] };

  test('to a plugin that is not declared', () => {
    expectIssue(withPlugins([handler('always-disagg-pd-decider')], both), 'EPP070', 'plugins[0].parameters.deciders.prefill', [
      '"always-disagg-pd-decider" is not declared',
    ]);
    expectIssue(withPlugins(['pd-profile-handler'], both), 'EPP070', 'plugins[0].parameters.deciderPluginName', [
      '"prefix-based-pd-decider"',
    ]);
  });

  test('to a plugin that is no decider', () => {
    expectIssue(withPlugins([handler('queue-scorer'), 'queue-scorer'], both), 'EPP071', 'plugins[0].parameters.deciders.prefill', [
      '"queue-scorer"',
      'no decider',
    ]);
  });

  test('in a cycle', () => {
    expectIssue(withPlugins([handler('disagg-profile-handler')], both), 'EPP072', 'plugins[0]', [
      'cycle',
      '"disagg-profile-handler" -> "disagg-profile-handler"',
    ]);
    const a = { name: 'a', ...handler('b') };
    const b = { name: 'b', ...handler('a') };
    expectIssue(withPlugins([a, b], both), 'EPP072', 'plugins[0]', ['"a" -> "b" -> "a"']);
  });

  test('order the instances', () => {
    const { effective } = accepted(withPlugins([handler('always-disagg-pd-decider'), 'queue-scorer', 'always-disagg-pd-decider'], both));
    expect(effective.plugins.slice(0, 3).map((plugin) => plugin.name)).toEqual([
      'always-disagg-pd-decider',
      'disagg-profile-handler',
      'queue-scorer',
    ]);
  });
});

describe('saturation detector', () => {
  const path = 'flowControl.saturationDetector.pluginRef';
  const detector = (pluginRef: string) => ({ flowControl: { saturationDetector: { pluginRef } } });

  test('undefined', () => {
    expectIssue(withPlugins([], detector('concurrency-detector')), 'EPP050', path, ['"concurrency-detector" is not declared']);
    accepted(withPlugins(['concurrency-detector'], detector('concurrency-detector')));
    expectIssue(withPlugins([], detector('utilisation-detector')), 'EPP050', path, ['did you mean "utilization-detector"?']);
    accepted(withPlugins([], detector('utilization-detector')));
  });

  test('not a detector', () => {
    expectIssue(withPlugins(['queue-scorer'], detector('queue-scorer')), 'EPP051', path, ['"queue-scorer"', 'no saturation detector']);
  });
});

describe('parsers', () => {
  const parsers = (pluginRef: string) => ({ requestHandler: { parsers: [{ pluginRef }] } });
  const path = 'requestHandler.parsers[0].pluginRef';

  test('undefined', () => {
    expectIssue(withPlugins([], parsers('my-parser')), 'EPP052', path, ['"my-parser" is not declared']);
    accepted(withPlugins([], parsers('vllmgrpc-parser')));
  });

  test('not a parser', () => {
    expectIssue(withPlugins(['queue-scorer'], parsers('queue-scorer')), 'EPP053', path, ['no parser']);
  });
});

describe('data layer', () => {
  const source = (pluginRef: string, ...extractors: readonly string[]) => ({
    dataLayer: { sources: [{ pluginRef, extractors: extractors.map((ref) => ({ pluginRef: ref })) }] },
  });

  test('source that is none', () => {
    expectIssue(withPlugins(['queue-scorer'], source('queue-scorer')), 'EPP054', 'dataLayer.sources[0].pluginRef', ['no data source']);
    expectIssue(withPlugins([], source('metrics')), 'EPP054', 'dataLayer.sources[0].pluginRef', ['"metrics" is not declared']);
  });

  test('extractor that is not declared', () => {
    expectIssue(
      withPlugins(['metrics-data-source'], source('metrics-data-source', 'x')),
      'EPP055',
      'dataLayer.sources[0].extractors[0].pluginRef',
      ['"x"'],
    );
  });

  test('extractor of another source', () => {
    const config = withPlugins(['models-data-source', 'core-metrics-extractor'], source('models-data-source', 'core-metrics-extractor'));
    expectIssue(config, 'EPP056', 'dataLayer.sources[0].extractors[0].pluginRef', ['reads metrics', 'emits models']);
    accepted(withPlugins(['models-data-source', 'models-data-extractor'], source('models-data-source', 'models-data-extractor')));
  });

  test('two extractors of one type', () => {
    const config = withPlugins(
      ['metrics-data-source', 'core-metrics-extractor', { name: 'b', type: 'core-metrics-extractor' }],
      source('metrics-data-source', 'core-metrics-extractor', 'b'),
    );
    expectIssue(config, 'EPP056', 'dataLayer.sources[0].extractors[1].pluginRef', ['second']);
  });

  test('discovery, peer discovery and syncer of another kind', () => {
    expectIssue(
      withPlugins(['queue-scorer'], { dataLayer: { discovery: { pluginRef: 'queue-scorer' } } }),
      'EPP057',
      'dataLayer.discovery.pluginRef',
      ['file-discovery'],
    );
    expectIssue(document({ dataLayer: { peerDiscovery: { pluginRef: 'x' } } }), 'EPP057', 'dataLayer.peerDiscovery.pluginRef', [
      '"x" is not declared',
    ]);
    expectIssue(
      withPlugins(['queue-scorer'], { dataLayer: { crossReplicaSyncerPluginRef: 'queue-scorer' } }),
      'EPP057',
      'dataLayer.crossReplicaSyncerPluginRef',
      ['custom plugin'],
    );
    accepted(withPlugins(['my-syncer'], { dataLayer: { crossReplicaSyncerPluginRef: 'my-syncer' } }), {
      customPlugins: [{ type: 'my-syncer', roles: ['cross-replica-syncer'] }],
    });
    accepted(
      withPlugins([{ type: 'file-discovery', parameters: { path: '/x' } }], { dataLayer: { discovery: { pluginRef: 'file-discovery' } } }),
    );
  });
});

describe('flow control', () => {
  test.each([
    [{ maxBytes: '-1' }, 'flowControl.maxBytes'],
    [{ maxRequests: -5 }, 'flowControl.maxRequests'],
    [{ priorityBands: [{ maxBytes: '-1Gi' }] }, 'flowControl.priorityBands[0].maxBytes'],
  ])('negative quantity %j', (flowControl, path) => {
    expectIssue(document({ flowControl }), 'EPP063', path, ['negative']);
  });

  test('malformed quantity and duration', () => {
    expectIssue(document({ flowControl: { maxBytes: '10GB' } }), 'EPP008', 'flowControl.maxBytes', ['"10GB"', '"10Gi"']);
    expectIssue(document({ flowControl: { defaultRequestTTL: '60' } }), 'EPP007', 'flowControl.defaultRequestTTL', ['"60"', '"5s"']);
    expectIssue(document({ flowControl: { defaultRequestTTL: '-1s' } }), 'EPP006', 'flowControl.defaultRequestTTL', ['negative']);
  });

  test('policies', () => {
    const bands = (band: object) => ({ ...flowControlOn, flowControl: { priorityBands: [band] } });
    expectIssue(withPlugins([], bands({ fairnessPolicyRef: 'fair' })), 'EPP060', 'flowControl.priorityBands[0].fairnessPolicyRef', [
      '"fair" is not declared',
    ]);
    expectIssue(
      withPlugins([], bands({ fairnessPolicyRef: 'fcfs-ordering-policy' })),
      'EPP061',
      'flowControl.priorityBands[0].fairnessPolicyRef',
      ['no fairness-policy'],
    );
    expectIssue(
      withPlugins([], { ...flowControlOn, flowControl: { usageLimitPolicyPluginRef: 'x' } }),
      'EPP060',
      'flowControl.usageLimitPolicyPluginRef',
      ['"x"'],
    );
    accepted(withPlugins(['round-robin-fairness-policy'], bands({ fairnessPolicyRef: 'round-robin-fairness-policy' })));
  });

  test('two bands of one priority', () => {
    const config = document({ ...flowControlOn, flowControl: { priorityBands: [{ priority: 1 }, { priority: 1 }] } });
    expectIssue(config, 'EPP062', 'flowControl.priorityBands[1].priority', ['priority 1', 'priorityBands[0]']);
  });

  test('settings without the gate only warn, the detector does not', () => {
    const config = withPlugins(['concurrency-detector'], {
      flowControl: {
        maxRequests: '1k',
        priorityBands: [{ fairnessPolicyRef: 'none' }],
        saturationDetector: { pluginRef: 'concurrency-detector' },
      },
    });
    expectIssue(config, 'EPP064', 'flowControl', ['maxRequests, priorityBands', '"flowControl" to featureGates']);
    accepted(config);
    expect(
      issuesOf(
        withPlugins(['concurrency-detector'], { flowControl: { saturationDetector: { pluginRef: 'concurrency-detector' } } }),
      ).filter((issue) => issue.code === 'EPP064'),
    ).toEqual([]);
  });
});
