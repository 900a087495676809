import { EppConfigError, parseEndpointPickerConfig } from 'llm-d-epp-config';
import { accepted, document, errorsOf, expectIssue, issuesOf, profile, withPlugins } from './support';

const flowControlOn = { featureGates: ['flowControl'] };
const twoProfiles = [profile('decode', 'queue-scorer'), profile('prefill', 'queue-scorer')];

describe('the document', () => {
  test.each([
    ['a list', []],
    ['text', 'kind: EndpointPickerConfig'],
    ['a number', 1],
    ['true', true],
  ])('is not %s', (_, value) => {
    expectIssue(value, 'EPP001', '', ['expected an object']);
  });

  test('must not contain itself', () => {
    const value: Record<string, unknown> = document({});
    value.plugins = [value];
    expectIssue(value, 'EPP001', '', ['64 levels', 'contains itself']);
  });

  test('may throw when read without another error than ours', () => {
    const value = Object.defineProperty(document({}), 'dataLayer', {
      enumerable: true,
      get: () => {
        throw new Error('mine');
      },
    });
    expect(() => parseEndpointPickerConfig(value)).toThrow(EppConfigError);
  });

  test('needs apiVersion, kind and plugins', () => {
    expect(errorsOf({}).map((issue) => [issue.code, issue.path])).toEqual([
      ['EPP004', 'apiVersion'],
      ['EPP004', 'kind'],
      ['EPP004', 'plugins'],
    ]);
  });

  test('rejects another kind and version', () => {
    expectIssue({ ...document({}), kind: 'Pod' }, 'EPP005', 'kind', ['"Pod"', '"EndpointPickerConfig"']);
    expectIssue({ ...document({}), apiVersion: 'v1' }, 'EPP005', 'apiVersion', ['"v1"', 'llm-d.ai/v1alpha1']);
  });

  test('rejects unknown fields at every level with the nearest name', () => {
    expectIssue(document({ schedulingProfile: [] }), 'EPP002', 'schedulingProfile', ['did you mean "schedulingProfiles"?']);
    expectIssue(withPlugins([{ type: 'queue-scorer', params: {} }]), 'EPP002', 'plugins[0].params', ['"params"']);
    expectIssue(document({ flowControl: { maxByte: 1 } }), 'EPP002', 'flowControl.maxByte', ['did you mean "maxBytes"?']);
    expectIssue(document({ dataLayer: { sources: [{ pluginRef: 'a', extractor: [] }] } }), 'EPP002', 'dataLayer.sources[0].extractor', [
      'extractors',
    ]);
  });

  test('rejects wrong types', () => {
    expectIssue(document({ plugins: {} }), 'EPP003', 'plugins', ['expected a list, got an object']);
    expectIssue(document({ plugins: [null] }), 'EPP003', 'plugins[0]', ['expected an object, got nothing']);
    expectIssue(document({ schedulingProfiles: [{ name: 1 }] }), 'EPP003', 'schedulingProfiles[0].name', [
      'expected text, got a number (1)',
    ]);
    expectIssue(
      withPlugins(['queue-scorer'], { schedulingProfiles: [{ name: 'a', plugins: [{ pluginRef: 'queue-scorer', weight: '2' }] }] }),
      'EPP003',
      'schedulingProfiles[0].plugins[0].weight',
      ['expected a number'],
    );
  });

  test('takes __proto__ for an unknown field', () => {
    expectIssue(JSON.parse('{"__proto__": {"kind": "EndpointPickerConfig"}}'), 'EPP002', '__proto__', ['unknown field']);
  });
});

describe('feature gates', () => {
  test.each(['flowControl', 'flowControl=true', 'flowControl= T ', 'flowControl=0', 'haPopulateNonLeaderDatastore=false'])(
    '%s is accepted',
    (gate) => {
      accepted(document({ featureGates: [gate] }));
    },
  );

  test('an unknown one is an error', () => {
    expectIssue(document({ featureGates: ['flowcontrol'] }), 'EPP030', 'featureGates[0]', ['"flowcontrol"', 'did you mean "flowControl"?']);
  });

  test('a bad value is an error', () => {
    expectIssue(document({ featureGates: ['flowControl=maybe'] }), 'EPP031', 'featureGates[0]', ['"maybe"', 'write true or false']);
  });
});

describe('plugins', () => {
  test('without a type', () => {
    expectIssue(withPlugins([{ name: 'a' }]), 'EPP021', 'plugins[0].type', ['"a" has no type']);
  });

  test('with the name of another', () => {
    expectIssue(withPlugins(['queue-scorer', 'queue-scorer']), 'EPP022', 'plugins[1].name', ['"queue-scorer"', 'plugins[0]']);
    accepted(withPlugins(['queue-scorer', { name: 'second', type: 'queue-scorer' }]));
  });

  test('of an unknown type', () => {
    expectIssue(withPlugins(['que-scorer']), 'EPP020', 'plugins[0].type', ['"que-scorer"', 'did you mean "queue-scorer"?']);
    expect(errorsOf(withPlugins(['que-scorer'], { schedulingProfiles: [profile('default', 'que-scorer')] }))).toHaveLength(1);
  });

  test('of a declared custom type', () => {
    const config = withPlugins([{ type: 'my-scorer', parameters: { anything: 1 } }], {
      schedulingProfiles: [profile('default', 'my-scorer')],
    });
    const { effective } = accepted(config, { customPlugins: ['my-scorer'] });
    expect(effective.schedulingProfiles[0]).toMatchObject({ scorers: [], others: [{ pluginRef: 'my-scorer', weight: 1 }] });
    expect(accepted(config, { customPlugins: [{ type: 'my-scorer', roles: ['scorer'] }] }).effective.schedulingProfiles[0]).toMatchObject({
      scorers: [{ pluginRef: 'my-scorer', weight: 1 }],
      others: [],
    });
  });

  test('of Alpha stability', () => {
    expectIssue(withPlugins(['session-affinity-scorer']), 'EPP023', 'plugins[0].type', ['experimental', '--allow-experimental-plugins']);
    accepted(withPlugins(['session-affinity-scorer']), { allowExperimental: true });
    accepted(withPlugins(['session-affinity-scorer']), { version: 'v0.9.0' });
  });

  test('of a deprecated type', () => {
    const config = withPlugins(['tokenizer']);
    expectIssue(config, 'EPP024', 'plugins[0].type', ['removed in v0.11.0', 'use token-producer instead']);
    accepted(config);
  });

  test('of type module need a path, others have none', () => {
    expectIssue(withPlugins(['module']), 'EPP004', 'plugins[0].path', ['TypeScript or JavaScript module']);
    expectIssue(withPlugins([{ type: 'queue-scorer', path: './x.js' }]), 'EPP002', 'plugins[0].path', ['only plugins of type "module"']);
    const { effective } = accepted(withPlugins([{ name: 'mine', type: 'module', path: './mine.ts', parameters: { free: [1] } }]));
    expect(effective.plugins[0]).toMatchObject({ path: './mine.ts', parameters: { free: [1] } });
    expect(effective.schedulingProfiles[0]!.scorers).toEqual([{ pluginRef: 'mine', weight: 1 }]);
    expectIssue(withPlugins([{ type: 'module', path: './x' }]), 'EPP014', 'plugins[0].type', ['our own router only'], {
      version: 'v0.10.0',
    });
  });

  test('whose name a default plugin needs', () => {
    expectIssue(withPlugins([{ name: 'max-score-picker', type: 'queue-scorer' }]), 'EPP025', 'plugins[0].name', [
      '"queue-scorer"',
      'rename',
    ]);
  });
});

describe('scheduling profiles', () => {
  test('without a name', () => {
    expectIssue(withPlugins(['queue-scorer'], { schedulingProfiles: [{ plugins: [] }] }), 'EPP040', 'schedulingProfiles[0].name', [
      'no name',
    ]);
  });

  test('of the same name', () => {
    const schedulingProfiles = [profile('decode'), profile('decode')];
    expectIssue(withPlugins(['disagg-profile-handler'], { schedulingProfiles }), 'EPP041', 'schedulingProfiles[1].name', [
      '"decode"',
      'schedulingProfiles[0]',
    ]);
  });

  test('with an entry without pluginRef', () => {
    expectIssue(
      withPlugins([], { schedulingProfiles: [{ name: 'a', plugins: [{ weight: 1 }] }] }),
      'EPP042',
      'schedulingProfiles[0].plugins[0].pluginRef',
      ['no pluginRef'],
    );
  });

  test('with an undefined plugin', () => {
    const config = withPlugins(['queue-scorer'], { schedulingProfiles: [profile('default', 'queue-score')] });
    expectIssue(config, 'EPP043', 'schedulingProfiles[0].plugins[0].pluginRef', [
      '"queue-score" is not declared',
      'did you mean "queue-scorer"?',
    ]);
  });

  test('with two pickers', () => {
    const pickers = ['max-score-picker', 'random-picker'];
    expectIssue(
      withPlugins(pickers, { schedulingProfiles: [profile('default', ...pickers)] }),
      'EPP044',
      'schedulingProfiles[0].plugins[1].pluginRef',
      ['"random-picker"', 'second'],
    );
    accepted(withPlugins(pickers, { schedulingProfiles: [profile('default', 'random-picker')] }));
  });

  test('with a weight on what is no scorer, or without effect', () => {
    const config = withPlugins(['decode-filter', 'token-producer'], {
      schedulingProfiles: [{ name: 'a', plugins: [{ pluginRef: 'decode-filter', weight: 2 }, { pluginRef: 'token-producer' }] }],
    });
    expectIssue(config, 'EPP049', 'schedulingProfiles[0].plugins[0].weight', ['only scorers']);
    expectIssue(config, 'EPP049', 'schedulingProfiles[0].plugins[1].pluginRef', ['neither filter, scorer nor picker']);
    accepted(config);
  });
});

describe('profile handlers', () => {
  test('none for two profiles', () => {
    expectIssue(withPlugins(['queue-scorer'], { schedulingProfiles: twoProfiles }), 'EPP045', 'plugins', [
      'no profile handler',
      'disagg-profile-handler',
    ]);
  });

  test('two', () => {
    expectIssue(withPlugins(['single-profile-handler', 'disagg-profile-handler']), 'EPP046', 'plugins[1]', [
      'second profile handler',
      '"single-profile-handler"',
    ]);
  });

  test('single-profile-handler with two profiles', () => {
    const config = withPlugins(['queue-scorer', 'single-profile-handler'], { schedulingProfiles: twoProfiles });
    expectIssue(config, 'EPP047', 'schedulingProfiles', ['single-profile-handler runs one profile', '2 are configured']);
    accepted(withPlugins(['queue-scorer', 'single-profile-handler'], { schedulingProfiles: [twoProfiles[0]] }));
  });

  test('disagg-profile-handler without its profiles', () => {
    expectIssue(withPlugins(['disagg-profile-handler']), 'EPP048', 'plugins[0]', ['"decode"', 'configured are "default"']);
    const decider = { type: 'disagg-profile-handler', parameters: { deciders: { prefill: 'always-disagg-pd-decider' } } };
    const config = withPlugins([decider, 'always-disagg-pd-decider', 'queue-scorer'], { schedulingProfiles: [twoProfiles[0]] });
    expectIssue(config, 'EPP048', 'plugins[0]', ['"prefill"', 'prefill stage']);
    accepted({ ...config, schedulingProfiles: twoProfiles });
    accepted(withPlugins(['disagg-profile-handler', 'queue-scorer'], { schedulingProfiles: [twoProfiles[0]] }));
  });

  test('disagg-profile-handler with a profile that never runs', () => {
    const config = withPlugins(['disagg-profile-handler', 'queue-scorer'], { schedulingProfiles: twoProfiles });
    expectIssue(config, 'EPP049', 'schedulingProfiles[1]', ['"prefill" never runs']);
  });

  test('header-profile-handler needs its default profile among several', () => {
    const config = withPlugins(['header-profile-handler', 'queue-scorer'], {
      schedulingProfiles: [profile('a', 'queue-scorer'), profile('b', 'queue-scorer')],
    });
    expectIssue(config, 'EPP048', 'plugins[0]', ['"decode"', 'without the header'], { allowExperimental: true });
    accepted({ ...config, schedulingProfiles: [profile('a', 'queue-scorer')] }, { allowExperimental: true });
  });
});

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
