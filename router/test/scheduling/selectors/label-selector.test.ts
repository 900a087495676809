import { matchesLabels, parseLabelSelector } from '../../../src/scheduling/selectors/label-selector';

const matches = (selector: string, labels: Readonly<Record<string, string>>) => matchesLabels(parseLabelSelector(selector), labels);
const labels = { app: 'vllm', 'llm-d.ai/role': 'decode', size: '12', empty: '' };

test.each([
  '',
  '  ',
  'app=vllm',
  'app==vllm',
  'app = vllm',
  'app!=sglang',
  'other!=x',
  'llm-d.ai/role in (prefill, decode)',
  'llm-d.ai/role in(decode)',
  'llm-d.ai/role notin (prefill,encode)',
  'other notin (x)',
  'app',
  '!other',
  '! other',
  'empty=',
  'size>11',
  'size < 13',
  'app=vllm,llm-d.ai/role in (a,decode),!other , size>0',
])('%j matches', (selector) => {
  expect(matches(selector, labels)).toBe(true);
});

test.each([
  'app=VLLM',
  'app!=vllm',
  'other=x',
  'other in (x)',
  'app notin (vllm)',
  'other',
  '!app',
  'size>12',
  'size<12',
  'app>1',
  'other>1',
  'app=vllm,!size',
  'toString',
])('%j does not match', (selector) => {
  expect(matches(selector, labels)).toBe(false);
});

test.each([
  ['app=', {}, false],
  ['app=', { app: '' }, true],
])('%j on %j: %j', (selector, given, expected) => {
  expect(matches(selector, given)).toBe(expected);
});

test.each(['=x', 'a=b,', ',a=b', 'a in', 'a in (b', 'a in b', 'a b', 'a=b=c', 'a=ü', 'a>b', `a=${'x'.repeat(64)}`, 'a=-b', 'a in (b!)'])(
  '%j is refused',
  (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow('label selector ');
  },
);
