import { type InferenceObjective, Objectives } from '../../src/kubernetes/objectives';
import { type InferenceModelRewrite, Rewrites } from '../../src/kubernetes/rewrites';
import { seededRandom } from '../support/context';

const POOL = { name: 'pool', group: 'inference.networking.k8s.io' };

function objective(name: string, priority: number | undefined, poolRef: object = { name: 'pool' }): InferenceObjective {
  return { metadata: { name }, spec: { ...(priority !== undefined && { priority }), poolRef: poolRef as { name: string } } };
}

describe('objectives', () => {
  test('have the priority they say, 0 when they say none', () => {
    const objectives = new Objectives(POOL);
    objectives.replaced([objective('high', 10), objective('low', -10), objective('silent', undefined), objective('higher', 10)]);
    expect(['high', 'low', 'silent', 'unknown'].map((name) => objectives.priorityOf(name))).toEqual([10, -10, 0, undefined]);
    expect([...objectives.all()].sort((a, b) => a - b)).toEqual([-10, 0, 10]);
    objectives.replaced([objective('low', -10)]);
    expect(objectives.priorityOf('high')).toBeUndefined();
    objectives.deleted(objective('low', -10));
    expect(objectives.all()).toEqual([]);
  });

  test.each([
    [{ name: 'pool' }, true],
    [{ name: 'pool', group: 'inference.networking.k8s.io' }, true],
    [{ name: 'pool', group: 'inference.networking.x-k8s.io' }, false],
    [{ name: 'pool', group: '' }, false],
    [{ name: 'other' }, false],
    [undefined, false],
  ])('for the pool %j count: %j', (poolRef, counts) => {
    const objectives = new Objectives(POOL);
    objectives.changed(objective('a', 5, poolRef ?? { name: '' }));
    expect(objectives.priorityOf('a')).toBe(counts ? 5 : undefined);
  });

  test('that move to another pool, or are being deleted, count no more', () => {
    const objectives = new Objectives(POOL);
    objectives.changed(objective('a', 5));
    objectives.changed(objective('a', 5, { name: 'other' }));
    expect(objectives.priorityOf('a')).toBeUndefined();
    objectives.changed(objective('a', 5));
    const { metadata, ...rest } = objective('a', 5);
    objectives.changed({ ...rest, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(objectives.priorityOf('a')).toBeUndefined();
  });
});

type Rules = NonNullable<InferenceModelRewrite['spec']>['rules'];

function rewrite(name: string, created: string, rules: Rules, poolName = 'pool'): InferenceModelRewrite {
  return {
    metadata: { name, creationTimestamp: `2026-01-${created}T00:00:00Z` },
    spec: { poolRef: { name: poolName }, rules: rules ?? [] },
  };
}

const exact = (...models: string[]): { model: { type: string; value: string } }[] =>
  models.map((value) => ({ model: { type: 'Exact', value } }));
const to = (modelRewrite: string, weight?: number): { modelRewrite: string; weight?: number } => ({
  modelRewrite,
  ...(weight !== undefined && { weight }),
});

describe('rewrites', () => {
  const make = (...objects: InferenceModelRewrite[]): Rewrites => {
    const rewrites = new Rewrites(POOL, () => undefined);
    rewrites.replaced(objects);
    return rewrites;
  };
  const never = (): number => {
    throw new Error('no choice to be made');
  };

  test('exact rules come before generic ones, older objects before newer ones, whatever the order of the list', () => {
    const rewrites = make(
      rewrite('newer', '02', [{ matches: exact('a'), targets: [to('newer')] }, { targets: [to('newer-base')] }]),
      rewrite('generic', '01', [{ matches: [], targets: [to('base')] }]),
      rewrite('older', '01', [{ matches: exact('a', 'b'), targets: [to('older')] }]),
    );
    const target = (model: string): object | undefined => rewrites.rewrite(model, () => 0);
    expect(target('a')).toEqual({ name: 'older', target: 'older' });
    expect(target('b')).toEqual({ name: 'older', target: 'older' });
    expect(target('c')).toEqual({ name: 'generic', target: 'base' });
    rewrites.deleted(rewrite('older', '01', []));
    expect(target('a')).toEqual({ name: 'newer', target: 'newer' });
    rewrites.changed(rewrite('generic', '01', [], 'other'));
    expect(target('c')).toEqual({ name: 'newer', target: 'newer-base' });
    rewrites.replaced([]);
    expect(target('a')).toBeUndefined();
  });

  test('a rule that matches nothing, and one without targets, have no effect', () => {
    const rewrites = make(
      rewrite('odd', '01', [{ matches: [{}], targets: [to('x')] }, { matches: exact('a') }]),
      rewrite('proto', '02', [{ matches: exact('__proto__'), targets: [to('y')] }]),
    );
    expect(rewrites.rewrite('b', never)).toBeUndefined();
    expect(rewrites.rewrite('a', () => 0)).toBeUndefined();
    expect(rewrites.rewrite('constructor', never)).toBeUndefined();
    expect(rewrites.rewrite('__proto__', () => 0)?.target).toBe('y');
  });

  test.each([
    ['by weight', [to('a', 1), to('b', 2), to('c', 7)], [0.1, 0.2, 0.7]],
    ['evenly without weights', [to('a'), to('b'), to('c'), to('d')], [0.25, 0.25, 0.25, 0.25]],
    ['evenly when all weights are 0', [to('a', 0), to('b', 0)], [0.5, 0.5]],
    ['never one without a weight when others have one', [to('a'), to('b', 1), to('c', 3)], [0, 0.25, 0.75]],
    ['the only one', [to('a', 1_000_000)], [1]],
  ])('targets are chosen %s', (_, targets, shares) => {
    const rewrites = make(rewrite('r', '01', [{ targets }]));
    const random = seededRandom(7);
    const counts = new Map<string, number>();
    const runs = 20_000;
    for (let i = 0; i < runs; i++) {
      const target = rewrites.rewrite('m', random)?.target as string;
      counts.set(target, (counts.get(target) ?? 0) + 1);
    }
    for (const [i, share] of shares.entries()) expect((counts.get(targets[i]?.modelRewrite as string) ?? 0) / runs).toBeCloseTo(share, 1.7);
  });

  test('the ends of the random numbers choose targets that have a weight', () => {
    const rewrites = make(rewrite('r', '01', [{ targets: [to('none'), to('a', 1), to('b', 1), to('nothing')] }]));
    expect(rewrites.rewrite('m', () => 0)?.target).toBe('a');
    expect(rewrites.rewrite('m', () => 1 - 2 ** -53)?.target).toBe('b');
  });

  test('tell which models are configured, sources and targets', () => {
    const models = new Set<string>();
    const rewrites = new Rewrites(POOL, (model) => models.add(model));
    rewrites.changed(rewrite('r', '01', [{ matches: exact('a', 'b'), targets: [to('c'), to('d')] }, { targets: [to('e')] }]));
    rewrites.changed(rewrite('foreign', '01', [{ targets: [to('f')] }], 'other'));
    expect([...models].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
