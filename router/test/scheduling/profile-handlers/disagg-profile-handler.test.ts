import type { Decider, Endpoint, PreRequest, ProfileHandler, ProfileResult } from '../../../src/plugin';
import { request, TestContext } from '../../support/context';
import { builtIn, resultOf } from '../../support/scheduling';

type Stage = 'decode' | 'prefill' | 'encode';
const stages: readonly Stage[] = ['decode', 'prefill', 'encode'];

interface Given {
  /** What the deciders say; a stage without an entry has none. */
  readonly deciders?: Partial<Record<'prefill' | 'encode', boolean>>;
  readonly failing?: readonly Stage[];
  readonly profiles?: readonly Stage[];
  readonly parameters?: object;
  readonly model?: string;
}

/** Runs the handler over profiles that pick one pod each, named after the profile. */
function handle({ deciders = {}, failing = [], profiles = stages, parameters = {}, model = 'm' }: Given = {}) {
  const context = new TestContext();
  const pods = Object.fromEntries(stages.map((stage) => [stage, context.endpoint(stage)])) as Record<Stage, Endpoint>;
  const asked: (string | undefined)[][] = [];
  for (const [stage, decision] of Object.entries(deciders)) {
    const decider: Decider = {
      decide: (_, endpoint) => {
        asked.push([stage, endpoint?.metadata.name]);
        return decision;
      },
    };
    context.plugins.set(stage, decider);
  }
  const names = Object.fromEntries(Object.keys(deciders).map((stage) => [stage, stage]));
  const handler = builtIn<ProfileHandler & PreRequest>(context, 'disagg-profile-handler', { deciders: names, ...parameters });
  const ran: (string | undefined)[][] = [];
  const made = request({ body: { model } });
  const run = (profile: string, peer?: Endpoint): ProfileResult | undefined => {
    ran.push([profile, peer?.metadata.name]);
    return failing.includes(profile as Stage) ? undefined : { targets: [pods[profile as Stage]] };
  };
  let failure: string | undefined;
  let results: string[] = [];
  let primary: string | undefined;
  try {
    const result = handler.schedule(made, profiles, run);
    results = [...result.profiles.keys()];
    primary = result.primary;
    handler.preRequest(made, result);
  } catch (error) {
    failure = (error as Error).message;
  }
  const decisions = context.metrics
    .text()
    .split('\n')
    .filter((line) => line.includes('_decision_total{'));
  return { ran, asked, results, primary, failure, decisions, headers: made.headers };
}

const decision = (type: string, model = 'm') => [
  `llm_d_epp_disagg_decision_total{plugin_name="disagg-profile-handler",plugin_type="disagg-profile-handler",model_name="${model}",decision_type="${type}"} 1`,
  `llm_d_inference_scheduler_disagg_decision_total{model_name="${model}",decision_type="${type}"} 1`,
];

describe('decode first', () => {
  test.each([
    [{}, ['decode'], 'decode-only'],
    [{ prefill: false }, ['decode'], 'decode-only'],
    [{ encode: false, prefill: false }, ['decode'], 'decode-only'],
    [{ prefill: true }, ['decode', 'prefill'], 'prefill-decode'],
    [{ encode: false, prefill: true }, ['decode', 'prefill'], 'prefill-decode'],
    [{ encode: true }, ['decode', 'encode'], 'encode-decode'],
    [{ encode: true, prefill: false }, ['decode', 'encode'], 'encode-decode'],
    [{ encode: true, prefill: true }, ['decode', 'encode', 'prefill'], 'encode-prefill-decode'],
  ])('with deciders %j runs %j', (deciders, expected, type) => {
    const { ran, results, primary, decisions } = handle({ deciders });
    expect(ran.map(([profile]) => profile)).toEqual(expected);
    expect([...results].sort()).toEqual([...expected].sort());
    expect(primary).toBe('decode');
    expect(decisions).toEqual(decision(type));
  });

  it('asks about the decode pick and tells it to prefill only', () => {
    const { ran, asked } = handle({ deciders: { encode: true, prefill: true } });
    expect(asked).toEqual([
      ['encode', 'decode'],
      ['prefill', 'decode'],
    ]);
    expect(ran).toEqual([
      ['decode', undefined],
      ['encode', undefined],
      ['prefill', 'decode'],
    ]);
  });

  it('stops when decode fails', () => {
    const { ran, failure, decisions } = handle({ deciders: { encode: true, prefill: true }, failing: ['decode'] });
    expect([ran.length, failure, decisions]).toEqual([1, 'failed to find available decode workers', []]);
  });

  test.each([
    [['prefill'], 'encode-decode'],
    [['encode'], 'prefill-decode'],
    [['prefill', 'encode'], 'decode-only'],
  ] satisfies [Stage[], string][])('goes on without %j when these fail', (failing, type) => {
    const { results, failure, decisions } = handle({ deciders: { encode: true, prefill: true }, failing });
    expect(failure).toBeUndefined();
    expect(results).not.toEqual(expect.arrayContaining([failing[0]]));
    expect(decisions).toEqual(decision(type));
  });

  it('asks no decider for a profile that is not configured', () => {
    const { ran, asked } = handle({ deciders: { encode: true, prefill: true }, profiles: ['decode'] });
    expect([ran.length, asked]).toEqual([1, []]);
  });

  it('counts requests without a model as unknown', () => {
    expect(handle({ model: '' }).decisions).toEqual(decision('decode-only', 'unknown'));
  });
});

describe('prefill first', () => {
  const parameters = { stageOrder: 'Prefill_First' };

  it('runs prefill without a decider, then decode next to it', () => {
    const { ran, decisions } = handle({ parameters });
    expect(ran).toEqual([
      ['prefill', undefined],
      ['decode', 'prefill'],
    ]);
    expect(decisions).toEqual(decision('prefill-decode'));
  });

  it('asks about encoding without an endpoint', () => {
    const { ran, asked } = handle({ parameters, deciders: { encode: true } });
    expect(asked).toEqual([['encode', undefined]]);
    expect(ran.map(([profile]) => profile)).toEqual(['prefill', 'encode', 'decode']);
  });

  it('decodes anywhere when prefill fails or is not configured', () => {
    for (const given of [{ failing: ['prefill' as const] }, { profiles: ['decode' as const] }]) {
      const { ran, results, decisions } = handle({ parameters, ...given });
      expect(ran.at(-1)).toEqual(['decode', undefined]);
      expect([results, decisions]).toEqual([['decode'], decision('decode-only')]);
    }
  });

  it('fails when decode fails', () => {
    expect(handle({ parameters, failing: ['decode'] }).failure).toBe('failed to find available decode workers');
  });
});

describe('headers', () => {
  it('name the prefill endpoint and all encode endpoints', () => {
    const { headers } = handle({ deciders: { encode: true, prefill: true } });
    expect([headers.get('x-prefiller-host-port'), headers.get('x-encoder-hosts-ports')]).toEqual(['10.0.0.2:8000', '10.0.0.3:8000']);
  });

  describe.each([
    ['disagg-profile-handler', { profiles: { prefill: 'p', encode: 'e' } }],
    ['disagg-profile-handler', { prefillProfile: 'p', encodeProfile: 'e' }],
    ['disagg-headers-handler', { prefillProfile: 'p', encodeProfile: 'e' }],
    ['prefill-header-handler', { prefillProfile: 'p', encodeProfile: 'e' }],
  ])('of %s with %j', (type, parameters) => {
    const context = new TestContext();
    const [first, second] = [context.endpoint('a'), context.endpoint('b', { address: 'fd00::1', port: 9 })];
    const handler = builtIn<PreRequest>(context, type, parameters);
    const sent = { 'x-prefiller-host-port': 'evil:1', 'x-encoder-hosts-ports': 'evil:2' };

    it('replace what the client sent', () => {
      const made = request({ headers: sent });
      const result = resultOf({ decode: first, p: second });
      result.profiles.set('e', { targets: [first, second] });
      handler.preRequest(made, result);
      expect(made.headers.get('x-prefiller-host-port')).toBe('[fd00::1]:9');
      expect(made.headers.get('x-encoder-hosts-ports')).toBe('10.0.0.1:8000,[fd00::1]:9');
    });

    it('remove what the client sent where a stage did not run', () => {
      const made = request({ headers: sent });
      handler.preRequest(made, resultOf({ decode: first, prefill: second, e: undefined }));
      expect([...made.headers.names()]).toEqual([]);
    });
  });
});

test('a decider must be one', () => {
  const context = new TestContext();
  builtIn(context, 'max-score-picker', {}, 'p');
  expect(() => builtIn(context, 'disagg-profile-handler', { deciders: { prefill: 'p' } })).toThrow('plugin "p" is no decider');
  expect(() => builtIn(context, 'disagg-profile-handler', { deciders: { encode: 'q' } })).toThrow('q');
});
