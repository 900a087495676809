import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from '../lib/cluster/cluster';
import { GatewayProvider } from '../lib/gateway/gateway-provider';
import { RouterImage } from '../lib/router/router-image';
import { RoutingStrategy } from '../lib/routing/routing-strategy';
import { CODES, type CodeEntry } from '../lib/validation/codes';
import { anchorOf } from '../lib/validation/error';
import { RULE_TABLE } from '../lib/validation/rule-table-catalog';
import { Accelerator } from '../lib/values/accelerator';
import { ModelSource } from '../lib/values/model-source';
import { Network } from '../lib/values/network';
import { rulesPage } from '../scripts/rules-page';
import { ROOT } from './support/architecture/sources';

const CODES_LIST = Object.keys(CODES) as (keyof typeof CODES)[];

test('docs/rules.md is what npm run docs writes', () => {
  const path = join(ROOT, 'docs/rules.md');
  expect(existsSync(path) ? readFileSync(path, 'utf8') : 'missing: run npm run docs').toBe(rulesPage());
});

test('every code has the section that its messages point to', () => {
  const headings = [...rulesPage().matchAll(/^#+ (.*)$/gm)].map(
    ([, heading = '']) => `docs/rules.md#${heading.toLowerCase().replaceAll(' ', '-')}`,
  );
  expect(CODES_LIST.map(anchorOf).filter((anchor) => !headings.includes(anchor))).toEqual([]);
  expect(new Set(headings).size).toBe(headings.length);
});

/** A sentence may begin with a name: Kubernetes, a kind, an acronym. */
const SENTENCE = /^([^A-Z]|Kubernetes\b|Service\b|Gateway\b|[A-Z]+[a-z]*[A-Z]).*[^.]$/s;

test('every code is LLMDnnn with a slug of one anchor, a sentence and a reason', () => {
  const bad = (Object.entries(CODES) as [string, CodeEntry][]).filter(
    ([code, { slug, message, why }]) =>
      !/^LLMD\d{3}$/.test(code) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug) || !SENTENCE.test(message) || why.trim() === '',
  );
  expect(bad.map(([code]) => code)).toEqual([]);
});

test('rules are numbered in order, once each; those checked name a code, the others none', () => {
  const numbers = RULE_TABLE.map(({ v }) => Number(v.slice(1)));
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(RULE_TABLE.filter(({ status, codes }) => (status === 'checked') !== codes.length > 0).map(({ v }) => v)).toEqual([]);
  expect(RULE_TABLE.filter(({ how }) => how.trim() === '').map(({ v }) => v)).toEqual([]);
});

test('the page links rules and codes both ways', () => {
  const entry = (slug: string, severity: CodeEntry['severity']): CodeEntry => ({
    severity,
    slug,
    message: 'it is {given}',
    why: 'Because.',
  });
  const page = rulesPage({ LLMD102: entry('b', 'warning'), LLMD101: entry('a', 'error') }, [
    { v: 'V1', status: 'checked', codes: ['LLMD101'], how: 'a | b' },
    { v: 'V2', status: 'impossible', codes: [], how: 'derived' },
  ]);
  expect(page).toContain('| V1 | checked | [LLMD101](#llmd101-a) | a \\| b |\n| V2 | impossible |  | derived |');
  expect(page.indexOf('### LLMD101 a')).toBeLessThan(page.indexOf('### LLMD102 b'));
  expect(page).toContain('Error: the synth fails.\n\n```text\nit is {given}\n```\n\nBecause.\n\nRules: V1.');
  expect(page).toContain('Warning: printed once');
});

describe('pages by hand', () => {
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
  type Manifest = Record<'scripts' | 'dependencies' | 'peerDependencies' | 'devDependencies', Record<string, string> | undefined>;
  const manifests = ['package.json', 'epp-config/package.json', 'router/package.json'].map((file) => JSON.parse(read(file)) as Manifest);

  test('DEPENDENCIES.md has a row for every package and for nothing else', () => {
    const used = manifests.flatMap((manifest) =>
      Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies }),
    );
    const rows = [...read('DEPENDENCIES.md').matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual([...new Set(used)].sort());
  });

  const types = [Accelerator, Cluster, GatewayProvider, ModelSource, Network, RouterImage, RoutingStrategy];
  test.each(types.map((type) => [type.name, type] as const))('README.md names every constant and factory of %s', (_, type) => {
    // `of`, `from` and `defaultFor` are for the library; `UNSPECIFIED` is what no network means.
    const inner = ['length', 'name', 'prototype', 'of', 'from', 'defaultFor', 'DEFAULT', 'UNSPECIFIED'];
    const names = Object.getOwnPropertyNames(type).filter((name) => !inner.includes(name));
    expect(names.length).toBeGreaterThan(2);
    // The table of accelerators names the vendor once a row.
    const short = (name: string) => name.replace(/^(NVIDIA|AMD|INTEL)_/, '');
    expect(names.filter((name) => !new RegExp(`\\b(${name}|${short(name)})\\b`).test(read('README.md')))).toEqual([]);
  });

  test.each(['README.md', 'CONTRIBUTING.md'])('the scripts and files that %s names exist', (page) => {
    const text = read(page);
    const scripts = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(scripts.filter((name) => manifests[0]?.scripts?.[name] === undefined)).toEqual([]);
    const paths = [...text.matchAll(/`((?:lib|test|docs|api|scripts|bench|examples|epp-config|\.ci)\/[\w./-]*\w)`/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('CONTRIBUTING.md says what each script is for', () => {
    const named = new Set([...read('CONTRIBUTING.md').matchAll(/\bnpm (?:run )?([\w:-]+)/g)].map(([, name = '']) => name));
    // What `npm run build` does first, and what npm runs by itself before it packs.
    const parts = ['clean', 'prepack'];
    expect(Object.keys(manifests[0]?.scripts ?? {}).filter((name) => !parts.includes(name) && !named.has(name))).toEqual([]);
  });

  test.each(['README.md', 'CONTRIBUTING.md', 'DEPENDENCIES.md', 'examples/README.md'])('no row of %s stands outside of a table', (page) => {
    const lines = read(page).split('\n');
    const isRow = (line = '') => line.startsWith('|');
    const first = lines.flatMap((line, index) => (isRow(line) && !isRow(lines[index - 1]) ? [index] : []));
    expect(first.length).toBeGreaterThan(0);
    expect(first.filter((index) => !/^\|[-:| ]+\|$/.test(lines[index + 1] ?? '')).map((index) => lines[index])).toEqual([]);
  });
});
