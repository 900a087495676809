import { EppConfigError, parseEndpointPickerConfig } from 'llm-d-epp-config';
import { accepted, document, errorsOf, expectIssue, profile, withPlugins } from './support';

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
    accepted(withPlugins([{ type: 'module', path: './x' }]), { version: 'v0.10.0', extended: true });
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
