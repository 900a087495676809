import fc from 'fast-check';
import { type Endpoint, type Filter, InferenceError, type Plugin, type RunProfile, type SchedulingResult } from '../../src/plugin';
import { request, seededRandom, TestContext } from '../support/context';
import { builtIn, keepFilter, type ProfileOptions, SpyPicker, schedulerOf, tableScorer } from '../support/scheduling';

function pool(plugins: Readonly<Record<string, Plugin>> = {}, pods = 3) {
  const context = new TestContext();
  const endpoints = context.pods(pods);
  builtIn(context, 'single-profile-handler', {}, 'handler');
  const picker = new SpyPicker();
  context.plugins.set('picker', picker);
  for (const [name, plugin] of Object.entries(plugins)) context.plugins.set(name, plugin);
  return { context, endpoints, picker };
}

function failureOf(run: () => unknown): InferenceError {
  try {
    run();
  } catch (error) {
    if (error instanceof InferenceError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const targetName = (result: SchedulingResult): string => result.profiles.get(result.primary)!.targets[0]!.metadata.name;

describe('scores', () => {
  it('are summed with their weights, clamped to 0 to 1 before, and not normalised', () => {
    const { context, picker } = pool();
    context.plugins.set('a', tableScorer(context, { 'pod-0': 0.5, 'pod-1': 7, 'pod-2': Number.NaN }));
    context.plugins.set('b', tableScorer(context, { 'pod-0': 1, 'pod-1': -3, 'pod-2': Number.POSITIVE_INFINITY }));
    const scorers = [
      { pluginRef: 'a', weight: 2 },
      { pluginRef: 'b', weight: 3.5 },
    ];
    const result = schedulerOf(context, [{ scorers }]).schedule(request(), context.candidates());
    expect(picker.seen).toEqual([4.5, 2, 3.5]);
    expect(targetName(result)).toBe('pod-0');
  });

  it('are 0 without a scorer and for an endpoint that a scorer leaves out', () => {
    const { context, picker } = pool();
    context.plugins.set('a', tableScorer(context, { 'pod-1': 0.5 }));
    const scheduler = schedulerOf(context, [{ scorers: [{ pluginRef: 'a', weight: 1 }] }]);
    scheduler.schedule(request(), context.candidates());
    expect(picker.seen).toEqual([0, 0.5, 0]);
    schedulerOf(context, [{}]).schedule(request(), context.candidates());
    expect(picker.seen).toEqual([0, 0, 0]);
  });

  it('do not leak from one scorer or request into the next', () => {
    const { context, picker } = pool();
    const table: Record<string, number> = { 'pod-0': 1, 'pod-1': 1, 'pod-2': 1 };
    context.plugins.set('full', tableScorer(context, table));
    context.plugins.set('none', tableScorer(context, {}));
    const scorers = ['full', 'none'].map((pluginRef) => ({ pluginRef, weight: 1 }));
    const scheduler = schedulerOf(context, [{ scorers }]);
    scheduler.schedule(request(), context.candidates());
    expect(picker.seen).toEqual([1, 1, 1]);
    for (const name of Object.keys(table)) delete table[name];
    scheduler.schedule(request(), context.candidates());
    expect(picker.seen).toEqual([0, 0, 0]);
  });

  it('weigh negatively with a negative weight', () => {
    const { context, picker } = pool();
    context.plugins.set('a', tableScorer(context, { 'pod-0': 1 }));
    const result = schedulerOf(context, [{ scorers: [{ pluginRef: 'a', weight: -2 }] }]).schedule(request(), context.candidates());
    expect(picker.seen).toEqual([-2, 0, 0]);
    expect(targetName(result)).toBe('pod-1');
  });

  it('are kept by host of every candidate that was left, on demand only', () => {
    const { context, endpoints } = pool();
    context.plugins.set('keep', keepFilter(context, 'pod-0', 'pod-2'));
    context.plugins.set('a', tableScorer(context, { 'pod-0': 0.25, 'pod-2': 1 }));
    const profile = { filters: ['keep'], scorers: [{ pluginRef: 'a', weight: 2 }] };
    const schedule = (keepScores: boolean) => schedulerOf(context, [profile], { keepScores }).schedule(request(), context.candidates());
    expect(schedule(false).profiles.get('default')?.scores).toBeUndefined();
    expect([...schedule(true).profiles.get('default')!.scores!]).toEqual([
      [endpoints[0]!.host, 0.5],
      [endpoints[2]!.host, 2],
    ]);
  });
});

describe('a profile', () => {
  it('runs its filters in order and stops at the first that leaves nothing', () => {
    const calls: string[] = [];
    const filter = (name: string, keep: boolean): Filter => ({
      filter: (_, candidates) => {
        calls.push(name);
        candidates.retain(() => keep);
      },
    });
    const { context } = pool({ a: filter('a', true), b: filter('b', false), c: filter('c', true) });
    const error = failureOf(() => schedulerOf(context, [{ filters: ['a', 'b', 'c'] }]).schedule(request(), context.candidates()));
    expect(calls).toEqual(['a', 'b']);
    expect({ ...error, message: error.message }).toEqual({
      name: 'InferenceError',
      code: 'ResourceExhausted',
      message: 'no endpoints available for the given request',
      dropReason: 'rejected-saturated',
    });
  });

  it('puts a plugin of an unknown kind in every slot it has the method for', () => {
    const used = new Set<string>();
    const all = {
      filter: () => used.add('filter'),
      score: (_: unknown, __: unknown, scores: Float64Array) => {
        scores[1] = 1;
        used.add('score');
      },
      pick: (_: unknown, __: unknown, totals: Float64Array) => {
        used.add('pick');
        return [totals[1] === 5 ? 1 : 0];
      },
    };
    const { context } = pool({ all: all as Plugin });
    const result = schedulerOf(context, [{ others: [{ pluginRef: 'all', weight: 5 }] }]).schedule(request(), context.candidates());
    expect(used).toEqual(new Set(['filter', 'score', 'pick']));
    expect(targetName(result)).toBe('pod-1');
  });

  it('ignores a plugin of an unknown kind that can do nothing for it', () => {
    const { context } = pool({ idle: { start() {} } as Plugin });
    const scheduler = schedulerOf(context, [{ others: [{ pluginRef: 'idle', weight: 1 }] }]);
    expect(targetName(scheduler.schedule(request(), context.candidates()))).toBe('pod-0');
  });

  it('tells its plugins the profile and the peer', () => {
    const { context, endpoints, picker } = pool();
    context.plugins.set('handler', {
      schedule: (_: unknown, [name]: string[], run: RunProfile) => ({
        profiles: new Map([[name!, run(name!, endpoints[2])]]),
        primary: name!,
      }),
    } as Plugin);
    const made = request();
    schedulerOf(context, [{ name: 'p' }]).schedule(made, context.candidates());
    expect(picker.cycles).toEqual([{ request: made, profile: 'p', peer: endpoints[2] }]);
  });

  test.each([
    [{ filters: ['picker'] }, 'profile "default" uses plugin "picker" as a filter, which it can not be'],
    [{ scorers: [{ pluginRef: 'nobody', weight: 1 }] }, 'profile "default" uses plugin "nobody" as a score, which it can not be'],
    [{ picker: 'handler' }, 'profile "default" uses plugin "handler" as a pick, which it can not be'],
  ] satisfies [ProfileOptions, string][])('is refused at start-up when a plugin has not the method: %j', (profile, message) => {
    expect(() => schedulerOf(pool().context, [profile])).toThrow(message);
  });

  it('needs a handler that is one', () => {
    const { context } = pool({ handler: {} });
    expect(() => schedulerOf(context, [{}])).toThrow('plugin "handler" is named as the profile handler, which it can not be');
  });
});

describe('a failure', () => {
  const broken = (error: unknown): Filter => ({
    filter: () => {
      throw error;
    },
  });

  it('of a plugin refuses the request, is logged, and leaves the scheduler working', () => {
    const { context } = pool({ broken: broken(new Error('defect')) });
    const scheduler = schedulerOf(context, [{ filters: ['broken'] }]);
    const error = failureOf(() => scheduler.schedule(request({ id: 'r1' }), context.candidates()));
    expect([error.code, error.message, error.dropReason]).toEqual([
      'ResourceExhausted',
      'failed to find target endpoint: failed to run scheduler profile \'default\'\nprofile "default": defect',
      undefined,
    ]);
    expect(context.log.lines).toMatchObject([{ level: 'error', fields: { profile: 'default', requestId: 'r1' } }]);
    context.plugins.set('broken', keepFilter(context, 'pod-1'));
    expect(targetName(schedulerOf(context, [{ filters: ['broken'] }]).schedule(request(), context.candidates()))).toBe('pod-1');
  });

  it('that is no Error is told too', () => {
    const { context } = pool({ broken: broken('text') });
    expect(failureOf(() => schedulerOf(context, [{ filters: ['broken'] }]).schedule(request(), context.candidates())).message).toContain(
      'profile "default": text',
    );
  });

  it('with a refusal inside a plugin reaches the client as it is', () => {
    const { context } = pool({ broken: broken(new InferenceError('PreconditionFailed', 'miss')) });
    const error = failureOf(() => schedulerOf(context, [{ filters: ['broken'] }]).schedule(request(), context.candidates()));
    expect([error.code, error.message]).toEqual(['PreconditionFailed', 'miss']);
    expect(context.log.lines).toEqual([]);
  });

  it('of several profiles is the first refusal by the name of the profile, whatever order they ran in', () => {
    const { context } = pool({
      a: broken(new Error('untyped')),
      b: broken(new InferenceError('NotFound', 'b')),
      c: broken(new InferenceError('Forbidden', 'c')),
    });
    context.plugins.set('handler', {
      schedule: (_: unknown, names: string[], run: RunProfile) => {
        for (const name of names) run(name);
        throw new Error('all failed');
      },
    } as Plugin);
    const profiles = ['c', 'b', 'a'].map((name) => ({ name, filters: [name] }));
    expect(failureOf(() => schedulerOf(context, profiles).schedule(request(), context.candidates())).message).toBe('b');
  });

  it('of the handler itself counts before those of profiles', () => {
    const { context } = pool({ b: broken(new InferenceError('NotFound', 'b')) });
    context.plugins.set('handler', {
      schedule: (_: unknown, [name]: string[], run: RunProfile) => {
        run(name!);
        throw new InferenceError('PreconditionFailed', 'handler');
      },
    } as Plugin);
    expect(failureOf(() => schedulerOf(context, [{ filters: ['b'] }]).schedule(request(), context.candidates())).message).toBe('handler');
  });

  it('is forgotten when the profile runs again and succeeds', () => {
    let calls = 0;
    const flaky = {
      filter: () => {
        if (calls++ === 0) throw new InferenceError('NotFound', 'first');
      },
    };
    const { context } = pool({ flaky: flaky as Plugin });
    context.plugins.set('handler', {
      schedule: (_: unknown, [name]: string[], run: RunProfile) => {
        expect([run(name!) === undefined, run(name!) === undefined]).toEqual([true, false]);
        throw new Error('other reason');
      },
    } as Plugin);
    expect(failureOf(() => schedulerOf(context, [{ filters: ['flaky'] }]).schedule(request(), context.candidates())).message).toBe(
      'failed to find target endpoint: other reason',
    );
  });

  it('names the request when no profile ran', () => {
    const { context } = pool();
    context.plugins.set('handler', {
      schedule: () => {
        throw new Error('unknown');
      },
    } as Plugin);
    expect(failureOf(() => schedulerOf(context, [{}]).schedule(request({ id: 'r9' }), context.candidates())).message).toBe(
      'failed to find target endpoint: failed to run any scheduler profile for request r9',
    );
  });

  test.each([
    ['a profile that does not exist', (run: RunProfile) => ({ profiles: new Map([['x', run('x')]]), primary: 'x' })],
    ['a result without its primary profile', (run: RunProfile) => ({ profiles: new Map([['default', run('default')]]), primary: 'y' })],
  ])('follows from %s', (_, schedule) => {
    const { context } = pool();
    context.plugins.set('handler', { schedule: (_request: unknown, _names: unknown, run: RunProfile) => schedule(run) } as Plugin);
    expect(failureOf(() => schedulerOf(context, [{}]).schedule(request(), context.candidates())).code).toBe('ResourceExhausted');
  });

  test.each([[[3]], [[-1]], [[0.5]], [[]]])('follows from a picker that returns %j', (positions) => {
    const { context } = pool({ picker: { pick: () => positions } as Plugin });
    const { code, message } = failureOf(() => schedulerOf(context, [{}]).schedule(request(), context.candidates()));
    expect([code, message.includes('picker "picker" returned')]).toEqual(['ResourceExhausted', true]);
  });
});

describe('candidates', () => {
  it('stay as the caller gave them', () => {
    const { context } = pool();
    context.plugins.set('keep', keepFilter(context, 'pod-2'));
    const candidates = context.candidates();
    schedulerOf(context, [{ filters: ['keep'] }]).schedule(request(), candidates);
    expect(context.names(candidates)).toEqual(['pod-0', 'pod-1', 'pod-2']);
  });

  it('that have gone since are left out', () => {
    const { context } = pool();
    const candidates = context.candidates();
    context.endpoints.remove('default/pod-0');
    expect(targetName(schedulerOf(context, [{}]).schedule(request(), candidates))).toBe('pod-1');
    for (const { id } of context.endpoints.all()) context.endpoints.remove(id);
    expect(failureOf(() => schedulerOf(context, [{}]).schedule(request(), candidates)).dropReason).toBe('rejected-saturated');
  });

  it('are the only ones that are ever picked, for any scores and subset', () => {
    const { context, endpoints } = pool({}, 1000);
    builtIn(context, 'max-score-picker', { maxNumOfEndpoints: 3 });
    const scores: Record<string, number> = {};
    context.plugins.set('a', tableScorer(context, scores));
    const scheduler = schedulerOf(context, [{ picker: 'max-score-picker', scorers: [{ pluginRef: 'a', weight: 1 }] }]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer(), (size, seed) => {
        const random = seededRandom(seed);
        for (const { metadata } of endpoints) scores[metadata.name] = random();
        const subset = endpoints.filter(() => random() < size / 1000);
        if (subset.length === 0) subset.push(endpoints[size - 1]!);
        const { targets } = scheduler.schedule(request(), context.candidates(subset)).profiles.get('default')!;
        const best = [...subset].sort((a, b) => scores[b.metadata.name]! - scores[a.metadata.name]!).slice(0, 3);
        expect(targets.map((target: Endpoint) => target.id)).toEqual(best.map(({ id }) => id));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a module of the user', () => {
  // The configuration names it as both, because its file is not read there.
  const profile = { filters: ['mine'], scorers: [{ pluginRef: 'mine', weight: 2 }] };
  const types = { mine: 'module' };

  it('may be a scorer only, or a filter only', () => {
    const { context, picker } = pool();
    context.plugins.set('mine', tableScorer(context, { 'pod-1': 1 }));
    schedulerOf(context, [profile], { types }).schedule(request(), context.candidates());
    expect(picker.seen).toEqual([0, 2, 0]);
    context.plugins.set('mine', keepFilter(context, 'pod-2'));
    const result = schedulerOf(context, [profile], { types }).schedule(request(), context.candidates());
    expect([targetName(result), picker.seen]).toEqual(['pod-2', [0]]);
  });

  it('must be one of them', () => {
    const { context } = pool({ mine: {} });
    expect(() => schedulerOf(context, [profile], { types })).toThrow('uses plugin "mine", which has neither filter() nor score()');
  });
});
