import { CODES, type Code } from '../../lib/validation/codes';
import { buildModel } from '../../lib/validation/model';
import { RULE_TABLE } from '../../lib/validation/rule-table-catalog';
import { RULES, runRules } from '../../lib/validation/rules';
import { readSources } from '../support/architecture/sources';
import { aggregated, objects, pair } from './fixtures';

const ALL = Object.keys(CODES) as Code[];
const named = (texts: Iterable<string>) => new Set([...texts].flatMap((text) => text.match(/LLMD\d{3}/g) ?? []));

test('every code is used in the library', () => {
  const sources = [...readSources('lib')].filter(([file]) => !file.endsWith('-catalog.ts')).map(([, text]) => text);
  expect(ALL.filter((code) => !named(sources).has(code))).toEqual([]);
});

test('every code is named in a test', () => {
  const tests = [...readSources('test')].filter(([file]) => file.endsWith('.test.ts')).map(([, text]) => text);
  expect(ALL.filter((code) => !named(tests).has(code))).toEqual([]);
});

test('the table has a row for each rule, V1 to V70 and what was added since', () => {
  expect(RULE_TABLE.map(({ v }) => v)).toEqual(Array.from({ length: Math.max(70, RULE_TABLE.length) }, (_, index) => `V${index + 1}`));
  expect(RULE_TABLE.filter(({ status, codes }) => status === 'checked' && codes.length === 0)).toEqual([]);
});

test('every rule that is written runs, once', () => {
  const written = [...readSources('lib/validation/rules')].flatMap(([, text]) => text.match(/export const \w+: Rule\b/g) ?? []);
  expect(written.length).toBeGreaterThan(30);
  expect(new Set(RULES).size).toBe(written.length);
});

test('fixtures without fault keep all rules', () => {
  for (const input of [aggregated(), pair(), objects()]) {
    expect(runRules(buildModel(input))).toEqual([]);
  }
});
