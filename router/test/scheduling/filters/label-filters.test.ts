import fc from 'fast-check';
import { TestContext } from '../../support/context';
import { builtIn, filtered } from '../../support/scheduling';

const ROLE = 'llm-d.ai/role';
const roles = [
  'decode',
  'prefill',
  'encode',
  'prefill-decode',
  'both',
  'encode-prefill',
  'encode-prefill-decode',
  'unknown',
  '',
  undefined,
];

function withRoles() {
  const context = new TestContext();
  for (const role of roles)
    context.endpoint(role === '' ? 'empty' : (role ?? 'none'), { labels: role === undefined ? {} : { [ROLE]: role } });
  return context;
}

test.each([
  ['decode-filter', ['decode', 'prefill-decode', 'both', 'encode-prefill-decode', 'none']],
  ['prefill-filter', ['prefill', 'prefill-decode', 'both', 'encode-prefill', 'encode-prefill-decode']],
  ['encode-filter', ['encode', 'encode-prefill', 'encode-prefill-decode']],
])('%s keeps %j', (type, expected) => {
  const context = withRoles();
  expect(filtered(context, builtIn(context, type))).toEqual(expected);
});

test('a filter sees changed labels, new endpoints and new owners of a slot', () => {
  const context = new TestContext();
  const filter = builtIn<never>(context, 'prefill-filter');
  const pod = context.endpoint('pod', { labels: { [ROLE]: 'decode' } });
  expect(filtered(context, filter)).toEqual([]);
  context.endpoints.upsert({ ...pod.metadata, labels: { [ROLE]: 'prefill' } });
  expect(filtered(context, filter)).toEqual(['pod']);
  context.endpoints.remove(pod.id);
  expect(context.endpoint('other').slot).toBe(pod.slot);
  expect(filtered(context, filter)).toEqual([]);
  for (let index = 0; index < 1000; index++) context.endpoint(`more-${index}`, { labels: { [ROLE]: index % 2 ? 'prefill' : 'decode' } });
  expect(filtered(context, filter)).toHaveLength(500);
});

describe('by-label', () => {
  it('keeps the listed values, and endpoints without the label only if allowed', () => {
    const context = new TestContext();
    context.endpoint('a', { labels: { tier: 'gold' } });
    context.endpoint('b', { labels: { tier: 'silber 🥈' } });
    context.endpoint('c');
    const by = (parameters: object) => filtered(context, builtIn(context, 'by-label', { label: 'tier', ...parameters }));
    expect(by({ validValues: ['gold'] })).toEqual(['a']);
    expect(by({ validValues: ['silber 🥈', 'gold'] })).toEqual(['a', 'b']);
    expect(by({ validValues: ['gold'], allowsNoLabel: true })).toEqual(['a', 'c']);
    expect(by({ validValues: [], allowsNoLabel: true })).toEqual(['c']);
    expect(context.log.messages('info')[0]).toContain('deprecated');
  });

  it('takes no inherited property for a label', () => {
    const context = new TestContext();
    context.endpoint('a');
    expect(filtered(context, builtIn(context, 'by-label', { label: 'constructor', validValues: ['x'], allowsNoLabel: true }))).toEqual([
      'a',
    ]);
  });
});

describe.each(['label-selector-filter', 'by-label-selector'])('%s', (type) => {
  const context = new TestContext();
  context.endpoint('a', { labels: { app: 'vllm', tier: 'gold' } });
  context.endpoint('b', { labels: { app: 'vllm' } });
  context.endpoint('c', { labels: { app: 'sglang', tier: 'gold' } });
  context.endpoint('d');

  test.each([
    [{}, ['a', 'b', 'c', 'd']],
    [{ matchLabels: {} }, ['a', 'b', 'c', 'd']],
    [{ matchLabels: { app: 'vllm' } }, ['a', 'b']],
    [{ matchLabels: { app: 'vllm', tier: 'gold' } }, ['a']],
    [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold', 'x'] }] }, ['a', 'c']],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['vllm'] }] }, ['c', 'd']],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, ['a', 'c']],
    [{ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist', values: [] }] }, ['b', 'd']],
    [{ matchLabels: { app: 'vllm' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, ['b']],
    [{ matchLabels: { toString: 'x' } }, []],
  ])('%j keeps %j', (parameters, expected) => {
    expect(filtered(context, builtIn(context, type, parameters))).toEqual(expected);
  });
});

test('every label filter keeps a subset in its order, and nothing of nothing', () => {
  const context = new TestContext();
  const filters = ['decode-filter', 'prefill-filter', 'encode-filter'].map((type) => builtIn<never>(context, type));
  filters.push(builtIn(context, 'label-selector-filter', { matchExpressions: [{ key: ROLE, operator: 'In', values: ['decode'] }] }));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...roles), { maxLength: 100 }), (given) => {
      for (const { id } of context.endpoints.all()) context.endpoints.remove(id);
      for (const [index, role] of given.entries()) context.endpoint(String(index), { labels: role === undefined ? {} : { [ROLE]: role } });
      for (const filter of filters) {
        const kept = filtered(context, filter).map(Number);
        expect(kept).toEqual([...kept].sort((a, b) => a - b));
        expect(kept.length).toBeLessThanOrEqual(given.length);
      }
    }),
    { numRuns: 50 },
  );
});
