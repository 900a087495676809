import fc from 'fast-check';
import type { JsonObject } from 'llm-d-epp-config';
import type { Endpoint, InferenceResponse, ResponseHeaderProcessor, Screener } from '../../../src/plugin';
import { drawRevision, revisionShares } from '../../../src/request-control/screeners/revision-shares';
import { request, TestContext, TestHeaders } from '../../support/context';
import { builtIn, chiSquare } from '../../support/scheduling';

const TYPE = 'disaggregatedset-rollout-screener';
const REVISION = 'disaggregatedset.x-k8s.io/revision';
const ROLE = 'disaggregatedset.x-k8s.io/role';

/** Pods by revision and role, all with `app=vllm`. */
function pool(counts: Readonly<Record<string, Readonly<Record<string, number>>>>, draws?: () => number) {
  const context = new TestContext(draws === undefined ? {} : { random: draws });
  for (const [revision, roles] of Object.entries(counts)) {
    for (const [role, count] of Object.entries(roles)) {
      for (let i = 0; i < count; i++) {
        context.endpoint(`${revision}-${role}-${i}`, { labels: { app: 'vllm', model: revision, [REVISION]: revision, [ROLE]: role } });
      }
    }
  }
  return context;
}

function screener(context: TestContext, gating: JsonObject, rest: JsonObject = {}) {
  const defaults = { revisionLabelKey: REVISION, roleLabelKey: ROLE };
  const revisionGating = { ...defaults, requireRoles: { values: ['prefill', 'decode'] }, ...gating };
  return builtIn<Screener & ResponseHeaderProcessor>(context, TYPE, { scope: { labelSelector: 'app=vllm' }, revisionGating, ...rest });
}

function screened(context: TestContext, made: Screener, headers: Record<string, string> = {}, among?: readonly Endpoint[]): string[] {
  const candidates = context.candidates(among);
  made.screen(request({ headers }), candidates);
  return context.names(candidates);
}
const revisionsOf = (names: readonly string[]) => [...new Set(names.map((name) => name.split('-')[0]))];

describe('gating', () => {
  it('sends a request to all pods of one revision', () => {
    const context = pool({ a: { prefill: 2, decode: 3 }, b: { prefill: 1, decode: 1 } });
    const made = screener(context, { mode: 'sum' });
    const seen = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const names = screened(context, made);
      expect(revisionsOf(names)).toHaveLength(1);
      expect(names).toHaveLength(names[0]!.startsWith('a') ? 5 : 2);
      seen.add(names[0]![0]!);
    }
    expect(seen).toEqual(new Set(['a', 'b']));
  });

  test.each([
    ['sum', [11 / 13, 2 / 13]],
    ['max-role', [9 / 10, 1 / 10]],
  ])('by %s draws in proportion to the pods', (mode, probabilities) => {
    const context = pool({ a: { prefill: 2, decode: 9 }, b: { prefill: 1, decode: 1 } });
    const made = screener(context, { mode });
    const counts = [0, 0];
    for (let i = 0; i < 4000; i++) counts[screened(context, made)[0]!.startsWith('a') ? 0 : 1]!++;
    // 99.9 % of draws that follow the distribution stay below, one degree of freedom.
    expect(chiSquare(counts, probabilities)).toBeLessThan(10.83);
  });

  it('leaves out revisions that lack a role, and fails closed when all do', () => {
    const context = pool({ a: { prefill: 5 }, b: { prefill: 1, decode: 1 } });
    expect(revisionsOf(screened(context, screener(context, { mode: 'sum' })))).toEqual(['b']);
    const incomplete = pool({ a: { prefill: 5 } });
    expect(screened(incomplete, screener(incomplete, { mode: 'sum' }))).toEqual([]);
  });

  it('draws among the revisions of the candidates only', () => {
    const context = pool({ a: { prefill: 5, decode: 5 }, b: { prefill: 1, decode: 1 } }, () => 0);
    const made = screener(context, { mode: 'sum' });
    const among = context.endpoints.all().filter(({ metadata }) => metadata.name === 'b-decode-0');
    expect(screened(context, made, {}, among)).toEqual(['b-decode-0']);
    expect(screened(context, made, {}, [])).toEqual([]);
  });

  it('counts a pod once for all of its ports, in its scope only, and drops endpoints without a revision', () => {
    const context = pool({ a: { prefill: 1, decode: 1 }, b: { prefill: 1, decode: 1 } });
    const [first] = context.endpoints.all() as [Endpoint];
    for (let rank = 1; rank < 4; rank++) context.endpoints.upsert({ ...first.metadata, id: `default/rank-${rank}`, port: 8000 + rank });
    context.endpoint('outside', { labels: { app: 'other', [REVISION]: 'b', [ROLE]: 'decode' } });
    context.endpoint('plain', { labels: { app: 'vllm' } });
    expect(screened(context, screener(context, { mode: 'sum' }))).not.toContain('plain');
    const shares = context.metrics.text().match(/revision_gating_share\{.*\} .*/g);
    expect(shares).toEqual(
      ['a', 'b'].map(
        (revision) => `revision_gating_share{plugin_type="${TYPE}",plugin_name="${TYPE}",mode="sum",revision="${revision}"} 0.5`,
      ),
    );
  });

  it('follows the rollout and forgets revisions that are gone', () => {
    const context = pool({ a: { prefill: 1, decode: 1 } });
    const made = screener(context, { mode: 'sum' });
    expect(context.metrics.text()).toContain('revision="a"} 1\n');
    context.endpoint('b-prefill', { labels: { app: 'vllm', [REVISION]: 'b', [ROLE]: 'prefill' } });
    expect(context.metrics.text()).toContain('revision="b"} 0\n');
    context.endpoint('b-decode', { labels: { app: 'vllm', [REVISION]: 'b', [ROLE]: 'decode' } });
    context.endpoints.remove('default/a-prefill-0');
    expect(revisionsOf(screened(context, made))).toEqual(['b']);
    context.endpoints.remove('default/a-decode-0');
    expect(context.metrics.text()).not.toContain('revision="a"');
  });

  it('lets go of the metrics page when it stops', () => {
    const context = pool({ a: { prefill: 1, decode: 1 } });
    screener(context, { mode: 'sum' }).stop?.();
    expect(context.metrics.text()).not.toContain('revision="a"');
  });

  it('can be off', () => {
    const context = pool({ a: { prefill: 1 } });
    expect(screened(context, screener(context, { mode: 'disabled', requireRoles: undefined }))).toEqual(['a-prefill-0']);
  });
});

describe('header selectors', () => {
  const selectors = (mode: string) => ({ headerSelectors: [{ name: 'model', headerName: 'X-Model', labelKey: 'model', mode }] });
  const counts = { a: { prefill: 1, decode: 1 }, b: { prefill: 9, decode: 9 }, c: { prefill: 1 } };

  it('choose the revision when strict', () => {
    const context = pool(counts, () => 0.999);
    const made = screener(context, { mode: 'sum' }, selectors('strict'));
    expect(screened(context, made, { 'x-model': 'a' })).toEqual(['a-prefill-0', 'a-decode-0']);
    expect(revisionsOf(screened(context, made, { 'x-model': '' }))).toEqual(['b']);
  });

  it('fail closed when strict, and count it', () => {
    const context = pool(counts);
    const made = screener(context, { mode: 'sum' }, selectors('strict'));
    for (const model of ['c', 'nobody']) expect(screened(context, made, { 'x-model': model })).toEqual([]);
    expect(context.metrics.text()).toMatch(/strict_header_no_match_total\{.*selector="model"\} 2\n/);
  });

  it('leave the choice to a scorer when they only prefer', () => {
    const context = pool({ a: { prefill: 1, decode: 1 } });
    const made = screener(context, { mode: 'sum' }, selectors('prefer'));
    expect(screened(context, made, { 'x-model': 'nobody' })).toHaveLength(2);
  });

  test.each(['strict', 'prefer'])('of mode %s tell the client what served it', (mode) => {
    const context = pool(counts);
    const made = screener(context, { mode: 'disabled' }, selectors(mode));
    const response: InferenceResponse = {
      headers: new TestHeaders(),
      status: 200,
      streaming: false,
      firstByteAt: Number.NaN,
      usage: undefined,
      metadata: new Map(),
    };
    made.responseHeader(request(), response, undefined);
    made.responseHeader(request(), response, context.endpoint('plain'));
    expect([...response.headers.names()]).toEqual([]);
    made.responseHeader(request(), response, context.endpoints.get('default/b-decode-0'));
    expect(response.headers.get('x-model')).toBe('b');
  });
});

test('a scope that is no selector is refused at start-up', () => {
  expect(() => screener(new TestContext(), { mode: 'sum' }, { scope: { labelSelector: 'a in' } })).toThrow('label selector "a in"');
});

describe('shares', () => {
  const count = fc.integer({ min: 0, max: 5 });
  const revisions = fc.dictionary(fc.string(), fc.record({ prefill: count, decode: count, encode: count }), { maxKeys: 6 });

  test.each(['sum', 'max-role'] as const)('by %s add up to 1 over complete revisions', (mode) => {
    fc.assert(
      fc.property(revisions, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (given, draw) => {
        const counts = new Map(Object.entries(given).map(([revision, roles]) => [revision, new Map(Object.entries(roles))]));
        const shares = revisionShares(counts, ['prefill', 'decode'], mode);
        const complete = Object.entries(given).filter(([, { prefill, decode }]) => prefill > 0 && decode > 0);
        const total = [...shares.values()].reduce((sum, share) => sum + share, 0);
        expect(total).toBeCloseTo(complete.length > 0 ? 1 : 0, 9);
        for (const [revision, share] of shares) expect(share > 0).toBe(complete.some(([name]) => name === revision));
        const drawn = drawRevision(shares, draw);
        expect(drawn === undefined).toBe(complete.length === 0);
        if (drawn !== undefined) expect(shares.get(drawn)).toBeGreaterThan(0);
      }),
    );
  });

  it('of equal totals go by the first required role', () => {
    const counts = new Map([
      [
        'a',
        new Map([
          ['prefill', 3],
          ['decode', 1],
        ]),
      ],
      [
        'b',
        new Map([
          ['prefill', 1],
          ['decode', 3],
        ]),
      ],
    ]);
    expect(revisionShares(counts, ['decode', 'prefill'], 'max-role').get('b')).toBe(0.75);
    expect(revisionShares(counts, ['prefill', 'decode'], 'max-role').get('b')).toBe(0.25);
  });

  it('mean the same for a draw whatever the order of the revisions', () => {
    const shares = [
      ['b', 0.5],
      ['a', 0.25],
      ['c', 0.25],
    ] as const;
    for (const [draw, expected] of [
      [0, 'a'],
      [0.249, 'a'],
      [0.25, 'b'],
      [0.75, 'c'],
      [0.999, 'c'],
    ] as const) {
      expect(drawRevision(new Map(shares), draw)).toBe(expected);
      expect(drawRevision(new Map([...shares].reverse()), draw)).toBe(expected);
    }
  });
});
