import { parseMetricSpec, showSpec } from '../../../src/datalayer/prometheus/metric-spec';

test.each([
  ['vllm:num_requests_waiting', []],
  ['  name  ', []],
  ['name{}', []],
  ['name { }', []],
  ['name{a=b}', [['a', 'b']]],
  [
    'name{a="b c", d_1 = e.f-g:h }',
    [
      ['a', 'b c'],
      ['d_1', 'e.f-g:h'],
    ],
  ],
  ['name{a=""}', [['a', '']]],
])('%p is read', (text, labels) => {
  const spec = parseMetricSpec(text);
  expect(spec?.name).toBe(text.trim().split(/[ {]/)[0]);
  expect(spec?.labels).toEqual(labels);
});

test('an empty text is no series', () => {
  expect(parseMetricSpec('')).toBeUndefined();
});

test.each([
  '1name',
  'na-me',
  'name{',
  'name}',
  'name{a}',
  'name{=b}',
  'name{a=b,}',
  'name{a=b c}',
  'name{1a=b}',
  'näme',
  'a b',
  '{a=b}',
  'name{a="b}',
])('%p is refused', (text) => {
  expect(() => parseMetricSpec(text)).toThrow(JSON.stringify(text));
});

test('is shown as it could be written', () => {
  const text = 'name{a="b",c="d e"}';
  expect(showSpec(parseMetricSpec(text)!)).toBe(text);
  expect(showSpec(parseMetricSpec('name')!)).toBe('name');
});
