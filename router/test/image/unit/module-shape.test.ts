import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blankTexts } from '../../../src/image/blank-texts';
import { moduleShape } from '../../../src/image/module-shape';

const EXPORT = '\nexport default () => ({});\n';

test('the example goes in as it is', () => {
  const source = readFileSync(join(__dirname, '../../../../examples/own-scorer/night-shift.ts'), 'utf8');
  expect(moduleShape(source, true)).toEqual({ exports: 'module', needs: [] });
});

test.each([
  ["import type { A } from 'llm-d-epp/plugin';"],
  ["import type A from 'a';"],
  ["import type * as a from 'a';"],
  ["export type { A } from 'a';"],
  ["export type * from 'a';"],
  ["import { readFileSync, type Stats } from 'node:fs';"],
  ["import fs, { readFileSync } from 'node:fs';"],
  ["import * as fs from 'node:fs';"],
  ["import 'node:fs';"],
  ["const fs = await import('node:fs');"],
  ["// import a from 'a'"],
  ["/* import a from 'a' */"],
  ['const text = "import a from \'a\'";'],
  ["const text = `import a from 'a' ${`require('x')`} {}`;"],
  ["const pattern = /import 'a'|[/'\"`]/g;"],
  ['const half = (a: number) => a / 2 / 3;'],
  ['const at = import.meta.url;'],
  ["const important = 'import'; const required = true;"],
  ['class A { private readonly a: number; constructor(a: number) { this.a = a; } private b(c: number) { return c; } }'],
  ['interface A { readonly enumerable: boolean }'],
  ["const mail = 'a@b';"],
])('%s needs nothing', (text) => {
  expect(moduleShape(text + EXPORT, true)).toEqual({ exports: 'module', needs: [] });
});

test.each([
  ["import a from 'a';", 'imports'],
  ["import a from './node:fs';", 'imports'],
  ["import { type A } from 'a';", 'imports'],
  ["import type from 'a';", 'imports'],
  ["import 'a';", 'imports'],
  ["import\n a\n from './a.ts';", 'imports'],
  ["import data from './a.json' with { type: 'json' };", 'imports'],
  ["const a = await import('a');", 'imports'],
  ["const a = `${require('a')}`;", 'imports'],
  ["export * from 'a';", 'imports'],
  ["export { b } from 'a';", 'imports'],
  ['enum A { B }', 'an enum'],
  ['const enum A { B }', 'an enum'],
  ['namespace A { export const b = 1; }', 'a namespace'],
  ['class A { constructor(private readonly a: number) {} }', 'parameter properties'],
  ['class A { constructor(a = (1), public b: number) {} }', 'parameter properties'],
  ['@sealed class A {}', 'decorators'],
  ['export = A;', 'an export assignment'],
])('%s has to be bundled', (text, what) => {
  expect(moduleShape(text + EXPORT, true).needs).toEqual([what]);
});

test('what is TypeScript only in TypeScript is no matter in JavaScript', () => {
  expect(moduleShape(`const enumeration = 1; /* @decorator */ ${EXPORT}`, false).needs).toEqual([]);
  expect(moduleShape(`@sealed class A {}${EXPORT}`, false).needs).toEqual([]);
});

test('tells ES modules, CommonJS and what exports nothing apart', () => {
  const exportsOf = (text: string): string => moduleShape(text, false).exports;
  expect(exportsOf('export function createPlugin() {}')).toBe('module');
  expect(exportsOf('const a = 1; export { a as default };')).toBe('module');
  expect(exportsOf('module.exports = () => ({});')).toBe('commonjs');
  expect(exportsOf('exports.createPlugin = () => ({});')).toBe('commonjs');
  expect(exportsOf('// export default 1')).toBe('nothing');
  expect(exportsOf('')).toBe('nothing');
  expect(exportsOf("export * from './a.js';")).toBe('module');
});

test.each([['/* no end'], ["const a = 'no end\n';"], ['const a = `no end'], ['const a = `${b'], ['const a = /no end\n;']])(
  '%j is left to the bundler, which says what is wrong',
  (text) => {
    expect(blankTexts(text)).toBeUndefined();
    expect(moduleShape(text, true).needs).not.toEqual([]);
  },
);

test('blanks texts and keeps code', () => {
  expect(blankTexts('a("x\\"y", \'\', `b${c({ d: `e` })}f`) // g\n/ 2')).toBe('a("", "", (c({ d: "" }))"") \n/ 2');
});
