import type { Decider, Endpoint, ProfileHandler } from '../../../src/plugin';
import { request, TestContext } from '../../support/context';
import { builtIn } from '../../support/scheduling';

function setUp() {
  const context = new TestContext();
  const pods = context.pods(2) as [Endpoint, Endpoint];
  const ran: string[] = [];
  const run = (profile: string) => {
    ran.push(profile);
    return profile.startsWith('bad') ? undefined : { targets: pods };
  };
  return { context, pods, ran, run };
}

describe('single-profile-handler', () => {
  it('runs the profile', () => {
    const { context, pods, run } = setUp();
    const result = builtIn<ProfileHandler>(context, 'single-profile-handler').schedule(request(), ['any'], run);
    expect(result).toEqual({ primary: 'any', profiles: new Map([['any', { targets: pods }]]) });
  });

  it('fails with the profile, and without exactly one', () => {
    const { context, run } = setUp();
    const handler = builtIn<ProfileHandler>(context, 'single-profile-handler');
    expect(() => handler.schedule(request(), ['bad'], run)).toThrow("failed to run scheduler profile 'bad'");
    expect(() => handler.schedule(request(), ['a', 'b'], run)).toThrow('single-profile-handler runs one profile, 2 are configured');
    expect(() => handler.schedule(request(), [], run)).toThrow('0 are configured');
  });
});

describe('data-parallel-profile-handler', () => {
  const schedule = (parameters: object, profiles = ['any']) => {
    const { context, run } = setUp();
    const made = request();
    const result = builtIn<ProfileHandler>(context, 'data-parallel-profile-handler', parameters).schedule(made, profiles, run);
    return [result.port, made.headers.get('x-data-parallel-host-port')];
  };

  it('names the rank and sends to the port of the proxy', () => {
    expect(schedule({})).toEqual([8000, '10.0.0.1:8000']);
    expect(schedule({ primaryPort: 9000 })).toEqual([9000, '10.0.0.1:8000']);
  });

  it('replaces nothing for port 0', () => {
    expect(schedule({ primaryPort: 0 })).toEqual([undefined, undefined]);
  });

  it('fails with the profile, and without exactly one', () => {
    expect(() => schedule({}, ['bad'])).toThrow("failed to run scheduler profile 'bad'");
    expect(() => schedule({}, ['a', 'b'])).toThrow('data-parallel-profile-handler runs one profile');
  });
});

describe('header-profile-handler', () => {
  const schedule = (header: string | undefined, profiles: string[], parameters = {}) => {
    const { context, ran, run } = setUp();
    const made = request({ headers: header === undefined ? {} : { 'EPP-Profile': header, 'x-my': 'b' } });
    const result = builtIn<ProfileHandler>(context, 'header-profile-handler', parameters).schedule(made, profiles, run);
    expect(ran).toEqual([result.primary]);
    return result.primary;
  };

  test.each([
    ['a', {}, 'a'],
    ['  b ', {}, 'b'],
    ['', {}, 'decode'],
    ['   ', {}, 'decode'],
    [undefined, {}, 'decode'],
    [undefined, { defaultProfile: ' a ' }, 'a'],
    [undefined, { defaultProfile: ' ' }, 'decode'],
    ['a', { headerName: ' X-My ' }, 'b'],
  ])('%j with %j runs %s', (header, parameters, expected) => {
    expect(schedule(header, ['a', 'b', 'decode'], parameters)).toBe(expected);
  });

  it('always runs the only profile', () => {
    expect(schedule('nobody', ['only'])).toBe('only');
  });

  it('runs nothing for an unknown profile; case counts', () => {
    expect(() => schedule('A', ['a', 'b'])).toThrow('no scheduling profile "A" is configured, header "epp-profile" names it');
    expect(() => schedule(undefined, ['a', 'b'])).toThrow('"decode"');
    expect(() => schedule('bad', ['a', 'bad'])).toThrow("failed to run scheduler profile 'bad'");
  });
});

describe('pd-profile-handler', () => {
  function schedule(decides: boolean, profiles: readonly string[], parameters = {}) {
    const { context, ran, run } = setUp();
    const decider: Decider = { decide: (_, endpoint) => decides && endpoint?.metadata.name === 'pod-0' };
    context.plugins.set('prefix-based-pd-decider', decider);
    const made = request();
    const result = builtIn<ProfileHandler>(context, 'pd-profile-handler', parameters).schedule(made, profiles, run);
    const counted = /^llm_d_epp_pd_decision_total.*decision_type="(.*)"/m.exec(context.metrics.text())?.[1];
    return { ran, counted, result, rank: made.headers.get('x-data-parallel-host-port') };
  }

  it('prefills as the decider says', () => {
    const yes = schedule(true, ['prefill', 'decode']);
    expect([yes.ran, yes.counted, yes.result.primary, yes.result.port, yes.rank]).toEqual([
      ['decode', 'prefill'],
      'prefill-decode',
      'decode',
      undefined,
      undefined,
    ]);
    const no = schedule(false, ['prefill', 'decode']);
    expect([no.ran, no.counted, [...no.result.profiles.keys()]]).toEqual([['decode'], 'decode-only', ['decode']]);
  });

  it('does not ask when there is one profile only', () => {
    const { ran, counted } = schedule(true, ['decode']);
    expect([ran, counted]).toEqual([['decode'], undefined]);
  });

  it('goes on without a prefill that fails, and fails with decode', () => {
    const { result, counted } = schedule(true, ['d', 'bad'], { decodeProfile: 'd', prefillProfile: 'bad' });
    expect([[...result.profiles.keys()], counted]).toEqual([['d'], 'prefill-decode']);
    expect(() => schedule(true, ['bad', 'prefill'], { decodeProfile: 'bad' })).toThrow('failed to find available decode workers');
  });

  it('replaces the port and names the rank', () => {
    const { result, rank } = schedule(false, ['decode', 'prefill'], { primaryPort: 9000 });
    expect([result.port, rank]).toEqual([9000, '10.0.0.1:8000']);
  });

  it('needs its decider', () => {
    expect(() => builtIn(new TestContext(), 'pd-profile-handler')).toThrow('no plugin "prefix-based-pd-decider"');
  });
});
