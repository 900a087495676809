import fc from 'fast-check';
import { parseMetricSpec } from '../../../src/datalayer/prometheus/metric-spec';
import { type SampleChoice, SeriesReader } from '../../../src/datalayer/prometheus/series-reader';
import { page, vllmPage } from '../../support/datalayer';

const readerOf = (specs: readonly string[], choice: SampleChoice = 'latest'): SeriesReader =>
  new SeriesReader(specs.map((text) => ({ spec: parseMetricSpec(text)!, choice })));

function values(text: string, specs: readonly string[], choice?: SampleChoice): (number | undefined | 'absent')[] {
  const reader = readerOf(specs, choice);
  const { bytes, start, end } = page(text);
  reader.read(bytes, start, end);
  return specs.map((_, index) => (reader.found(index) ? reader.value(index) : 'absent'));
}

const value = (text: string, spec: string, choice?: SampleChoice) => values(text, [spec], choice)[0];

test('nothing is found on an empty page', () => {
  expect(value('', 'a')).toBe('absent');
  expect(value('\n\n', 'a')).toBe('absent');
});

test.each([
  ['a 1\n', 1],
  ['a 1', 1],
  ['a\t1\n', 1],
  ['  a 1\n', 1],
  ['a   1   \n', 1],
  ['a 1\r\nb 2\r\n', 1],
  ['a{} 1\n', 1],
  ['a {x="1"} 1\n', 1],
  ['a{x="1"}1\n', 1],
  ['# HELP a 5\n# TYPE a gauge\na 1\n# EOF\n', 1],
  ['#a 7\na 1\n', 1],
  ['a 1 # {trace="x"} 5 6\n', 1],
  ['a{x="} 9"} 1\n', 1],
  ['a{x="\\"} 9"} 1\n', 1],
  ['a{x="\\\\"} 1\n', 1],
  ['a NaN\n', NaN],
  ['a +Inf\n', Infinity],
  ['a\n', 'absent'],
  ['a \n', undefined],
  ['a x\n', undefined],
  ['a{x="1} 1\n', undefined],
  ['ab 1\n', 'absent'],
  ['ba 1\n', 'absent'],
  ['b{a="a 1"} 2\n', 'absent'],
  ['b a 1\n', 'absent'],
])('value of a in %j is %p', (text, expected) => {
  expect(value(text, 'a')).toEqual(expected);
});

test('a name that is the beginning of others is not mistaken for them', () => {
  const text = 'vllm:num_requests_waiting_by_reason{reason="capacity"} 7\nvllm:num_requests_waiting 3\nvllm:num_requests_waiting_total 8\n';
  expect(value(text, 'vllm:num_requests_waiting')).toBe(3);
});

test('of several samples the latest counts, and the first of equally late ones', () => {
  expect(value('a{x="1"} 1\na{x="2"} 2\n', 'a')).toBe(1);
  expect(value('a{x="1"} 1 10\na{x="2"} 2 30\na{x="3"} 3 20\n', 'a')).toBe(2);
  expect(value('a{x="1"} 1\na{x="2"} 2 5\n', 'a')).toBe(2);
  expect(value('a 1 -5\n', 'a')).toBe('absent');
});

test('of several samples the largest counts where that is wanted', () => {
  expect(value('a{x="1"} 1\na{x="2"} 30 1\na{x="3"} 20 9\n', 'a', 'largest')).toBe(30);
  expect(value('a{x="1"} NaN\na{x="2"} 4\n', 'a', 'largest')).toBe(4);
  expect(value('a{x="1"} -7\n', 'a', 'largest')).toBe('absent');
});

test('labels choose among samples, in any order and with any escapes', () => {
  const text = 'm{t="max",u="x"} 1\nm{u="x",t="fraction"} 0.5\nm{ t = "tokens" , u = "x" , } 64\nm{t="a\\"b\\\\c\\nd"} 9\nm 3\n';
  expect(values(text, ['m{t=max}', 'm{t=fraction}', 'm{t="tokens",u=x}', 'm{u=x,t=max}', 'm', 'm{t=none}', 'm{v=x}'])).toEqual([
    1,
    0.5,
    64,
    1,
    1,
    'absent',
    'absent',
  ]);
  const reader = readerOf(['m{u=""}', 'm']);
  const { bytes, start, end } = page('m{u="",é="ü",t="a\\"b\\\\c\\nd"} 9\n');
  reader.read(bytes, start, end);
  expect(reader.value(0)).toBe(9);
  expect(reader.label(1, Buffer.from('t'))).toBe('a"b\\c\nd');
  expect(reader.label(1, Buffer.from('é'))).toBe('ü');
  expect(reader.label(1, Buffer.from('u'))).toBe('');
  expect(reader.label(1, Buffer.from('x'))).toBeUndefined();
});

test('bytes that are no UTF-8 do not matter', () => {
  const text = Buffer.concat([Buffer.from('x{l="'), Buffer.from([0xff, 0xc3, 0x28, 0]), Buffer.from('"} 1\na 2\n')]);
  const reader = readerOf(['a']);
  reader.read(text, 0, text.length);
  expect(reader.value(0)).toBe(2);
});

test('a page says the same whatever was read before it', () => {
  const reader = readerOf(['a', 'b']);
  const first = page('a 1\nb 2\n');
  reader.read(first.bytes, first.start, first.end);
  const second = page('b 3\n');
  reader.read(second.bytes, second.start, second.end);
  expect([reader.found(0), reader.value(1)]).toEqual([false, 3]);
});

test('a real page is read', () => {
  const text = vllmPage({ waiting: 4, running: 17, kvUsage: 0.375 });
  expect(Buffer.byteLength(text)).toBeGreaterThan(40_000);
  expect(
    values(text, ['vllm:num_requests_waiting', 'vllm:num_requests_running', 'vllm:kv_cache_usage_perc', 'vllm:lora_requests_info']),
  ).toEqual([4, 17, 0.375, 'absent']);
});

/** A slow reader of well-formed pages: every line taken apart by an expression. */
function reference(text: string, name: string, label: readonly [string, string] | undefined): number | 'absent' {
  let best: { at: number; value: number } | undefined;
  for (const line of text.split('\n')) {
    const match = /^([\w:]+)(?:\{(.*)\})? (\S+)(?: (\d+))?$/.exec(line);
    if (match === null || match[1] !== name) continue;
    const labels = new Map([...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((pair) => [pair[1]!, pair[2]!]));
    if (label !== undefined && labels.get(label[0]) !== label[1]) continue;
    const at = Number(match[4] ?? 0);
    if (best === undefined || at > best.at) best = { at, value: Number(match[3]) };
  }
  return best?.value ?? 'absent';
}

test('agrees with a reader that takes every line apart', () => {
  const name = fc.constantFrom('a', 'aa', 'a:b', 'b', 'a_total');
  const labelText = fc.constantFrom('', '{x="1"}', '{x="2",y="}"}', '{y="a 1",x="1"}', '{y="\\\\",x="2"}', '{xx="1"}');
  const stamp = fc.option(fc.nat(3), { nil: undefined });
  const sample = fc
    .tuple(name, labelText, fc.integer({ min: -5, max: 500 }), stamp)
    .map(([series, labels, number, at]) => `${series}${labels} ${number}${at === undefined ? '' : ` ${at}`}`);
  const line = fc.oneof({ weight: 6, arbitrary: sample }, fc.constantFrom('', '# TYPE a gauge', '# HELP a b 1', '#', '# a 1'));
  const spec = fc.tuple(name, fc.constantFrom(undefined, ['x', '1'] as const, ['x', '2'] as const, ['xx', '1'] as const));
  fc.assert(
    fc.property(fc.array(line), fc.array(spec, { minLength: 1, maxLength: 6 }), (lines, specs) => {
      const text = lines.map((entry) => `${entry}\n`).join('');
      const texts = specs.map(([series, label]) => (label === undefined ? series : `${series}{${label[0]}=${label[1]}}`));
      expect(values(text, texts)).toEqual(specs.map(([series, label]) => reference(text, series, label)));
    }),
  );
});

test('never fails, whatever the bytes', () => {
  const reader = readerOf(['a', 'a{x=1}', 'b{y="2"}'], 'latest');
  const hostile = fc
    .array(fc.constantFrom(...'ab{}",=\\ \t\n\r#x12'.split('')), { maxLength: 60 })
    .map((parts) => Buffer.from(parts.join('')));
  fc.assert(
    fc.property(fc.oneof(hostile, fc.uint8Array({ maxLength: 60 }).map(Buffer.from)), (bytes) => {
      reader.read(bytes, 0, bytes.length);
      for (let index = 0; index < 3; index++) {
        if (!reader.found(index)) continue;
        reader.value(index);
        reader.label(index, Buffer.from('x'));
      }
      expect(reader.found(0) || !reader.found(1)).toBe(true);
    }),
  );
});
