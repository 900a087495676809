import fc from 'fast-check';
import type { Filter, Scorer } from '../../../src/plugin';
import { rangeScore } from '../../../src/scheduling/filters/context-length-aware';
import { parseRange } from '../../../src/scheduling/filters/context-length-ranges';
import { request, TestContext } from '../../support/context';
import { builtIn, filtered, scored, withTokens } from '../../support/scheduling';

const LABEL = 'llm-d.ai/context-length-range';

function pool(ranges: Readonly<Record<string, string | undefined>>, label = LABEL) {
  const context = new TestContext();
  for (const [name, range] of Object.entries(ranges)) context.endpoint(name, { labels: range === undefined ? {} : { [label]: range } });
  return context;
}
const ranges = { short: '0-1000', long: '1001-9000', exact: '500-500', bad: 'many', none: undefined };

describe('the filter', () => {
  const kept = (tokens: number, parameters = {}): string[] => {
    const context = pool(ranges);
    const plugin = builtIn<Filter>(context, 'context-length-aware', { enableFiltering: true, ...parameters });
    return filtered(context, plugin, { request: withTokens(request(), tokens) });
  };

  it('keeps ranges that hold the prompt, bounds included, and endpoints without the label', () => {
    expect(kept(500)).toEqual(['short', 'exact', 'none']);
    expect(kept(1000)).toEqual(['short', 'none']);
    expect(kept(1001)).toEqual(['long', 'none']);
    expect(kept(9001)).toEqual(['none']);
  });

  it('is off by default', () => {
    expect(kept(500, { enableFiltering: false })).toEqual(Object.keys(ranges));
  });

  it('takes a prompt that nobody tokenised for 0 tokens', () => {
    const context = pool(ranges);
    expect(filtered(context, builtIn(context, 'context-length-aware', { enableFiltering: true }))).toEqual(['short', 'none']);
  });

  it('counts the tokens of all prompts', () => {
    const context = pool(ranges);
    const made = request();
    const prompts = [
      { ids: new Uint32Array(600), features: [] },
      { ids: new Uint32Array(600), features: [] },
    ];
    made.put('TokenizedPrompt', 'token-producer', { prompts, estimated: false });
    const filter = builtIn<Filter>(context, 'context-length-aware', { enableFiltering: true });
    expect(filtered(context, filter, { request: made })).toEqual(['long', 'none']);
  });
});

describe('the scorer', () => {
  it('follows the formulas of upstream', () => {
    const context = pool(ranges);
    const scores = scored(context, builtIn<Scorer>(context, 'context-length-aware'), withTokens(request(), 500));
    expect(scores.short).toBeCloseTo(0.3 + 0.7 * (0.7 / 1.1 + 0.3 * 0.5), 12);
    expect(scores.long).toBeCloseTo(0.3 / (1 + 501 / 1000), 12);
    expect([scores.exact, scores.bad, scores.none]).toEqual([1, 0, 0.5]);
  });

  it('reads the label it is told and sees it change', () => {
    const context = pool({ a: '0-10' }, 'my-label');
    const scorer = builtIn<Scorer>(context, 'context-length-aware', { label: 'my-label' });
    expect(scored(context, scorer).a).toBeGreaterThan(0.5);
    const endpoint = context.endpoints.get('default/a')!;
    context.endpoints.upsert({ ...endpoint.metadata, labels: { 'my-label': '9-' } });
    expect(scored(context, scorer).a).toBe(0);
    context.endpoints.upsert({ ...endpoint.metadata, labels: {} });
    expect(scored(context, scorer).a).toBe(0.5);
  });

  it('tells of a bad label once, not for each request', () => {
    const context = pool(ranges);
    const scorer = builtIn<Scorer>(context, 'context-length-aware');
    for (let i = 0; i < 5; i++) scored(context, scorer);
    expect(context.log.lines).toMatchObject([{ level: 'warn', fields: { endpoint: 'default/bad', value: 'many' } }]);
  });

  it('stays within 0 to 1, above 0.3 inside and at most 0.3 outside', () => {
    const tokens = fc.integer({ min: 0, max: 2_000_000 });
    fc.assert(
      fc.property(tokens, tokens, tokens, (length, a, b) => {
        const [least, most] = [Math.min(a, b), Math.max(a, b)];
        const score = rangeScore(length, least, most);
        const inside = length >= least && length <= most;
        expect(score).toBeGreaterThan(inside ? 0.3 : 0);
        expect(score).toBeLessThanOrEqual(inside ? 1 : 0.3);
      }),
    );
  });

  it('prefers the narrower of two ranges with the same room above', () => {
    expect(rangeScore(0, 0, 1000)).toBeGreaterThan(rangeScore(0, 0, 10000));
  });
});

test.each([
  ['0-8192', [0, 8192]],
  [' 5 - 5 ', [5, 5]],
  ['+1-+2', [1, 2]],
  ['7-6', undefined],
  ['-5', undefined],
  ['5', undefined],
  ['1-2-3', undefined],
  ['', undefined],
  ['１-２', undefined],
  ['0-99999999999999999999', undefined],
])('range %j is %j', (text, expected) => {
  expect(parseRange(text)).toEqual(expected);
});
