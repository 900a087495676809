import type { JsonObject } from 'llm-d-epp-config';
import type {
  Endpoint,
  Filter,
  InferenceRequest,
  InferenceResponse,
  PreRequest,
  ResponseHeaderProcessor,
  Scorer,
} from '../../../src/plugin';
import { SessionIdStrategy } from '../../../src/scheduling/session-affinity/session-id-strategy';
import { request, TestContext, TestHeaders } from '../../support/context';
import { builtIn, filtered, resultOf, scored } from '../../support/scheduling';

type Affinity = Filter & Scorer & PreRequest & ResponseHeaderProcessor & { start(): void; stop(): void };

const token = (id: string): string => Buffer.from(id).toString('base64');
const response = (): InferenceResponse => ({
  headers: new TestHeaders(),
  status: 200,
  streaming: false,
  firstByteAt: Number.NaN,
  usage: undefined,
  metadata: new Map(),
});

function setUp(type = 'session-affinity-filter', parameters: JsonObject = {}) {
  const context = new TestContext();
  const pods = context.pods(3) as [Endpoint, Endpoint, Endpoint];
  const plugin = builtIn<Affinity>(context, type, parameters);
  const kept = (made: InferenceRequest, among: readonly Endpoint[] = pods) => filtered(context, plugin, { request: made, among });
  return { context, pods, plugin, kept };
}
const all = ['pod-0', 'pod-1', 'pod-2'];

describe.each(['session-affinity-filter', 'multicluster-session-affinity-filter'])('%s by token', (type) => {
  test.each([
    [token('default/pod-1'), ['pod-1']],
    [token('default/gone'), all],
    ['', all],
    ['not base64!', all],
    [token('default/pod-1').slice(0, -1), all],
    [token('ünïcode/☃'), all],
    ['____', all],
  ])('%j keeps %j', (value, expected) => {
    expect(setUp(type).kept(request({ headers: { 'x-session-token': value } }))).toEqual(expected);
  });

  it('keeps all without the header or when the endpoint is no candidate', () => {
    const { kept, pods } = setUp(type);
    expect(kept(request())).toEqual(all);
    expect(kept(request({ headers: { 'x-session-token': token('default/pod-0') } }), [pods[1], pods[2]])).toEqual(['pod-1', 'pod-2']);
  });

  it('gives the token that leads back', () => {
    const { plugin, pods, kept } = setUp(type, { encodedEndpointHeaderConfig: { header: ' X-Mine ' } });
    const answer = response();
    plugin.responseHeader(request(), answer, pods[2]);
    const given = answer.headers.get('x-mine')!;
    expect(given).toBe(token('default/pod-2'));
    expect(kept(request({ headers: { 'x-mine': given } }))).toEqual(['pod-2']);
    expect(kept(request({ headers: { 'x-session-token': given } }))).toEqual(all);
  });

  it('gives no token without a target', () => {
    const answer = response();
    setUp(type).plugin.responseHeader(request(), answer, undefined);
    expect([...answer.headers.names()]).toEqual([]);
  });
});

test('the token names the pick of the profile that is asked for', () => {
  const { plugin, pods } = setUp('session-affinity-filter', { profileName: 'prefill' });
  const made = request();
  const answer = response();
  plugin.responseHeader(made, answer, pods[0]);
  expect(answer.headers.get('x-session-token')).toBeUndefined();
  made.result = resultOf({ decode: pods[0], prefill: pods[1] });
  plugin.responseHeader(made, answer, pods[0]);
  expect(answer.headers.get('x-session-token')).toBe(token('default/pod-1'));
});

test('session-affinity-scorer gives 1 to the endpoint of the session and 0 to the others', () => {
  const { context, plugin } = setUp('session-affinity-scorer');
  const made = request({ headers: { 'x-session-token': token('default/pod-1') } });
  expect(scored(context, plugin, made)).toEqual({ 'pod-0': 0, 'pod-1': 1, 'pod-2': 0 });
  expect(scored(context, plugin)).toEqual({ 'pod-0': 0, 'pod-1': 0, 'pod-2': 0 });
});

describe('by session id', () => {
  const parameters = { strategy: 'session_id' };
  const of = (id: string) => request({ headers: { 'x-session-id': id } });

  /** A request that is filtered among some pods and goes to one of them. */
  function serve(affinity: ReturnType<typeof setUp>, id: string, target: Endpoint, among: readonly Endpoint[] = affinity.pods) {
    const made = of(id);
    affinity.kept(made, among);
    affinity.plugin.preRequest(made, resultOf({ default: target }));
  }

  it('binds a session at its first request', () => {
    const affinity = setUp('session-affinity-filter', parameters);
    expect(affinity.kept(of('s'))).toEqual(all);
    serve(affinity, 's', affinity.pods[1]);
    expect(affinity.kept(of(' s '))).toEqual(['pod-1']);
    expect(affinity.kept(of('t'))).toEqual(all);
    expect(affinity.kept(request())).toEqual(all);
  });

  it('keeps the session when the endpoint was a candidate and lost', () => {
    const affinity = setUp('session-affinity-filter', parameters);
    serve(affinity, 's', affinity.pods[1]);
    serve(affinity, 's', affinity.pods[2]);
    expect(affinity.kept(of('s'))).toEqual(['pod-1']);
  });

  it('moves the session when the endpoint was no candidate', () => {
    const affinity = setUp('session-affinity-filter', parameters);
    const [first, second, third] = affinity.pods;
    serve(affinity, 's', second);
    serve(affinity, 's', third, [first, third]);
    expect(affinity.kept(of('s'))).toEqual(['pod-2']);
  });

  it('moves the session when the endpoint is gone', () => {
    const affinity = setUp('session-affinity-filter', parameters);
    const [first, second] = affinity.pods;
    serve(affinity, 's', second);
    affinity.context.endpoints.remove(second.id);
    serve(affinity, 's', first, affinity.context.endpoints.all());
    expect(affinity.kept(of('s'), affinity.context.endpoints.all())).toEqual(['pod-0']);
  });

  it('does not move a session that was never looked for', () => {
    const affinity = setUp('session-affinity-filter', parameters);
    serve(affinity, 's', affinity.pods[1]);
    affinity.plugin.preRequest(of('s'), resultOf({ default: affinity.pods[2] }));
    expect(affinity.kept(of('s'))).toEqual(['pod-1']);
  });

  it('pins the pick of the profile that is asked for', () => {
    const affinity = setUp('session-affinity-filter', { ...parameters, profileName: 'prefill' });
    const [first, second] = affinity.pods;
    affinity.plugin.preRequest(of('s'), resultOf({ decode: first }));
    expect(affinity.kept(of('s'))).toEqual(all);
    affinity.plugin.preRequest(of('s'), resultOf({ decode: first, prefill: second }));
    expect(affinity.kept(of('s'))).toEqual(['pod-1']);
  });

  it('tells the client nothing', () => {
    const affinity = setUp('session-affinity-filter', parameters);
    const answer = response();
    affinity.plugin.responseHeader(of('s'), answer, affinity.pods[0]);
    expect([...answer.headers.names()]).toEqual([]);
  });

  it('takes the first source that yields a text', () => {
    const sources = [
      { header: 'X-First' },
      { attribute: 'SessionIDDataKey', producer: 'session-id-producer' },
      { attribute: 'agent', producer: 'p' },
      { attribute: 'agent-identity' },
    ];
    const affinity = setUp('session-affinity-filter', { ...parameters, sessionIdConfig: { sources } });
    const [first, second, third] = affinity.pods;
    const made = (given: { first?: string; session?: string; agent?: unknown; identity?: string }) => {
      const result = request({ headers: given.first === undefined ? {} : { 'x-first': given.first } });
      if (given.session !== undefined) result.put('SessionID', 'session-id-producer', given.session);
      if (given.agent !== undefined) result.putAny('agent/p', given.agent);
      if (given.identity !== undefined) result.attributes.set('agent-identity', given.identity);
      return result;
    };
    const bind = (made: InferenceRequest, target: Endpoint) => affinity.plugin.preRequest(made, resultOf({ default: target }));
    bind(made({ first: 'a' }), first);
    bind(made({ session: 'b' }), second);
    bind(made({ identity: 'c' }), third);
    expect(affinity.kept(made({ first: 'a', session: 'b' }))).toEqual(['pod-0']);
    expect(affinity.kept(made({ first: '  ', session: 'b', identity: 'c' }))).toEqual(['pod-1']);
    expect(affinity.kept(made({ agent: 7, identity: 'c' }))).toEqual(['pod-2']);
    expect(affinity.kept(made({ agent: 'a' }))).toEqual(['pod-0']);
  });

  it('scores too', () => {
    const { context, plugin, pods } = setUp('session-affinity-scorer', parameters);
    plugin.preRequest(of('s'), resultOf({ default: pods[2] }));
    expect(scored(context, plugin, of('s'))).toEqual({ 'pod-0': 0, 'pod-1': 0, 'pod-2': 1 });
  });
});

describe('sessions', () => {
  function strategy(maxSessions?: number) {
    const context = new TestContext();
    const [pod] = context.pods(1) as [Endpoint];
    const { endpoints, clock } = context;
    const readId = (made: InferenceRequest) => made.headers.get('id') ?? '';
    const made = new SessionIdStrategy({ endpoints, clock, readId, profile: '', ttlMs: 1000, sweepMs: 100, maxSessions });
    const of = (id: string) => request({ headers: { id } });
    const use = (id: string) => made.decided(of(id), resultOf({ default: pod }));
    const known = (id: string) => made.choose(of(id), context.candidates()) === pod.slot;
    return { context, made, use, known };
  }

  it('are forgotten by a sweep after their time, and live on by use', () => {
    const { context, made, use, known } = strategy();
    use('old');
    use('used');
    context.clock.advance(1000);
    use('used');
    made.sweep();
    expect([known('old'), known('used')]).toEqual([true, true]);
    context.clock.advance(0.001);
    expect(known('old')).toBe(true);
    made.sweep();
    expect([known('old'), known('used'), made.size]).toEqual([false, true, 1]);
  });

  it('are limited in number; the one unused for longest goes', () => {
    const { made, use, known } = strategy(2);
    for (const id of ['a', 'b', 'a', 'c']) use(id);
    expect([made.size, known('a'), known('b'), known('c')]).toEqual([2, true, false, true]);
  });

  it('with long ids are told apart', () => {
    const { made, use, known } = strategy();
    const long = 'x'.repeat(60_000);
    use(`${long}1`);
    expect([known(`${long}1`), known(`${long}2`), made.size]).toEqual([true, false, 1]);
  });

  it('are swept by a timer between start and stop', () => {
    jest.useFakeTimers();
    try {
      const { context, made, use } = strategy();
      use('s');
      context.clock.advance(1001);
      jest.advanceTimersByTime(500);
      expect(made.size).toBe(1);
      made.start();
      jest.advanceTimersByTime(99);
      expect(made.size).toBe(1);
      jest.advanceTimersByTime(1);
      expect(made.size).toBe(0);
      made.stop();
      use('t');
      context.clock.advance(1001);
      jest.advanceTimersByTime(500);
      expect(made.size).toBe(1);
    } finally {
      jest.useRealTimers();
    }
  });

  it('take their times from the parameters, 300 s and 10 s for 0', () => {
    jest.useFakeTimers();
    const timers = jest.spyOn(globalThis, 'setInterval');
    try {
      for (const [evictionSweepSeconds, expected] of [
        [0.5, 500],
        [0, 10_000],
        [1e9, 2 ** 31 - 1],
      ]) {
        const parameters = { strategy: 'session_id', sessionIdConfig: { evictionSweepSeconds } };
        const { plugin } = setUp('session-affinity-filter', parameters);
        plugin.start();
        plugin.stop();
        expect(timers).toHaveBeenLastCalledWith(expect.any(Function), expected);
      }
    } finally {
      timers.mockRestore();
      jest.useRealTimers();
    }
  });
});
