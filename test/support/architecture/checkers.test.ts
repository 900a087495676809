import { checkDefaults, checkDocstrings } from './docs';
import { checkLength, checkNames, checkPaths, medianLines } from './files';
import { importsOf } from './imports';
import { checkCycles, checkLayers, checkPackageImports } from './layers';
import { checkPins } from './pins';
import { describeProblems, type Problem } from './problem';

const files = (entries: Record<string, string>) => new Map(Object.entries(entries));
const lines = (count: number) => 'x\n'.repeat(count);
const told = (problems: readonly Problem[]) => problems.map(({ where, what }) => `${where} ${what}`);

test('problems are printed one a line', () => {
  expect(
    describeProblems([
      { where: 'a.ts:1', what: 'is bad' },
      { where: 'b.ts', what: 'too' },
    ]),
  ).toBe('a.ts:1 is bad\nb.ts too');
});

describe('importsOf', () => {
  test.each([
    [`import { a } from './x';`, { typeOnly: false, names: ['a'] }],
    [`import { a as b, type C } from './x';`, { typeOnly: false, names: ['a'] }],
    [`import { type A, type B } from './x';`, { typeOnly: true, names: [] }],
    [`import type { A } from './x';`, { typeOnly: true, names: [] }],
    [`import * as x from './x';`, { typeOnly: false, names: undefined }],
    [`import x from './x';`, { typeOnly: false, names: undefined }],
    [`import './x';`, { typeOnly: false, names: [] }],
    [`export * from './x';`, { typeOnly: false, names: undefined }],
    [`export { a } from './x';`, { typeOnly: false, names: ['a'] }],
    [`export type { A } from './x';`, { typeOnly: true, names: [] }],
    [`export { type A } from './x';`, { typeOnly: true, names: [] }],
    [`import x = require('./x');`, { typeOnly: false, names: undefined }],
    [`const x = require('./x');`, { typeOnly: false, names: undefined }],
    [`const x = import('./x');`, { typeOnly: false, names: undefined }],
    [`type X = import('./x').X;`, { typeOnly: true, names: [] }],
  ])('reads %s', (text, expected) => {
    expect(importsOf('lib/a.ts', text)).toEqual([{ where: 'lib/a.ts:1', specifier: './x', ...expected }]);
  });
});

describe('checkLayers', () => {
  const layers = (entries: Record<string, string>) => told(checkLayers(files(entries)));

  test('accepts imports downwards and types from anywhere', () => {
    expect(
      layers({
        'lib/util/a.ts': `import { fail } from '../validation/error'; import type { V } from '../values/v';`,
        'lib/validation/error.ts': '',
        'lib/values/v.ts': `import { a } from '../util/a'; import { Size } from 'cdk8s'; import type { Construct } from 'constructs';`,
        'lib/servers/s.ts': `import { v } from '../values/v'; import { rule } from '../validation/rules/r'; import * as k from 'cdk8s-plus-28';`,
        'lib/validation/rules/r.ts': `import { v } from '../../values/v';`,
        'lib/index.ts': `export * from './servers/s';`,
        'lib/pulumi/index.ts': `import { s } from '../index'; import { CustomResource } from '@pulumi/kubernetes/apiextensions';`,
      }),
    ).toEqual([]);
  });

  test.each([
    ['an import upwards', { 'lib/values/v.ts': `import { s } from '../servers/s';`, 'lib/servers/s.ts': '' }, /values.*servers\/s\.ts/],
    ['a re-export upwards', { 'lib/util/u.ts': `export * from '../values/v';`, 'lib/values/v.ts': '' }, /util.*values\/v\.ts/],
    ['an import of a peer', { 'lib/engines/e.ts': `import { r } from '../routing/r';`, 'lib/routing/r.ts': '' }, /engines.*routing/],
    [
      'rules below servers',
      { 'lib/engines/e.ts': `import { r } from '../validation/rules/r';`, 'lib/validation/rules/r.ts': '' },
      /validation\/rules/,
    ],
    ['a manifest that knows values', { 'lib/manifests/m.ts': `import { v } from '../values/v';`, 'lib/values/v.ts': '' }, /manifests/],
    ['constructs in a value', { 'lib/values/v.ts': `import { Construct } from 'constructs';` }, /constructs at run time/],
    ['cdk8s-plus-28 in routing', { 'lib/routing/r.ts': `import { Role } from 'cdk8s-plus-28';` }, /cdk8s-plus-28/],
    ['more of cdk8s than units', { 'lib/values/v.ts': `import { ApiObject, Size } from 'cdk8s';` }, /takes ApiObject of cdk8s/],
    ['the whole of cdk8s', { 'lib/engines/e.ts': `import * as cdk8s from 'cdk8s';` }, /takes \* of cdk8s/],
    ['cdk8s-plus-28 in a manifest', { 'lib/manifests/m.ts': `import { k8s } from 'cdk8s-plus-28';` }, /manifests/],
    ['pulumi outside', { 'lib/servers/s.ts': `import type { Output } from '@pulumi/pulumi';` }, /only lib\/pulumi/],
    [
      'types of lib/pulumi',
      { 'lib/index.ts': `export type { X } from './pulumi/index';`, 'lib/pulumi/index.ts': '' },
      /not even its types/,
    ],
    ['the helper that knows the library', { 'lib/testing/index.ts': `import { v } from '../values/v';`, 'lib/values/v.ts': '' }, /testing/],
    ['an undeclared package', { 'lib/servers/s.ts': `import { parse } from 'yaml';` }, /yaml/],
    ['a builtin without its prefix', { 'lib/router/r.ts': `import { readFileSync } from 'fs';` }, /without "node:"/],
    ['a file outside lib', { 'lib/servers/s.ts': `import { x } from '../../test/x';` }, /no source file of lib/],
    ['a new folder without rules', { 'lib/misc/m.ts': '' }, /without import rules/],
  ])('finds %s', (_, entries, message) => {
    const problems = layers(entries as unknown as Record<string, string>);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });
});

test('checkPackageImports finds what leaves the package', () => {
  const problems = checkPackageImports(
    files({ 'epp-config/src/a.ts': `import './b'; import { x } from '../../lib/x'; import 'node:fs'; import type { Y } from 'yaml';` }),
    'epp-config/src',
    [],
  );
  expect(told(problems).map((line) => line.split(':')[0] + (line.match(/imports \S+/)?.[0] ?? ''))).toEqual([
    'epp-config/src/a.tsimports ../../lib/x:',
    'epp-config/src/a.tsimports yaml:',
  ]);
});

describe('checkCycles', () => {
  test('finds a cycle of run-time imports', () => {
    const problems = checkCycles(
      files({ 'lib/a.ts': `import './b';`, 'lib/b.ts': `export * from './c';`, 'lib/c.ts': `import { a } from './a';` }),
    );
    expect(told(problems)).toEqual(['lib/a.ts is in an import cycle: lib/a.ts -> lib/b.ts -> lib/c.ts -> lib/a.ts']);
  });

  test('finds a file that imports itself, and a cycle reached from outside', () => {
    expect(checkCycles(files({ 'lib/a.ts': `import './a';` }))).toHaveLength(1);
    expect(checkCycles(files({ 'lib/0.ts': `import './a';`, 'lib/a.ts': `import './b';`, 'lib/b.ts': `import './a';` }))).toHaveLength(1);
  });

  test('accepts a cycle of types and a diamond', () => {
    expect(checkCycles(files({ 'lib/a.ts': `import './b';`, 'lib/b.ts': `import type { A } from './a';` }))).toEqual([]);
    expect(
      checkCycles(
        files({ 'lib/a.ts': `import './b'; import './c';`, 'lib/b.ts': `import './d';`, 'lib/c.ts': `import './d';`, 'lib/d.ts': '' }),
      ),
    ).toEqual([]);
  });
});

describe('checkDocstrings', () => {
  const docs = (text: string) => told(checkDocstrings(files({ 'lib/a.ts': text })));

  test.each(['interface A {}', 'class A {}', 'type A = 1;', 'const A = 1;', 'function A() {}', 'enum A {}', 'abstract class A {}'])(
    'wants one on export %s',
    (declaration) => {
      expect(docs(`export ${declaration}`)).toEqual(['lib/a.ts:1 exports A without a docstring']);
      expect(docs(`/** What it is. */\nexport ${declaration}`)).toEqual([]);
      expect(docs(`/** */\nexport ${declaration}`)).toHaveLength(1);
      expect(docs(`// What it is.\nexport ${declaration}`)).toHaveLength(1);
      expect(docs(declaration)).toEqual([]);
    },
  );

  test('is content with one signature of an overload', () => {
    expect(
      docs('/** Doc. */\nexport function a(x: 1): 1;\nexport function a(x: 2): 2;\nexport function a(x: number) { return x; }'),
    ).toEqual([]);
  });
});

describe('checkDefaults', () => {
  const defaults = (text: string, mirrors = false) => told(checkDefaults(files({ 'lib/a.ts': text }), () => mirrors));

  test('wants @default with a text on every optional prop', () => {
    expect(defaults('export interface A {\nreadonly x?: 1;\n/** Doc. */\ny?: 1;\n/** @default */\nz?: 1; f?(): void }')).toEqual([
      'lib/a.ts:2 A.x is optional and has no @default',
      'lib/a.ts:4 A.y is optional and has no @default',
      'lib/a.ts:6 A.z is optional and has no @default',
    ]);
    expect(defaults('export interface A {\n/** @default 1 */\nx?: 1;\n/** Doc.\n * @default - none */\ny?: 1; z: 1 }')).toEqual([]);
  });

  test('looks into nested shapes and leaves what is not exported', () => {
    expect(defaults('export interface A { x: { y?: 1 } }')).toEqual(['lib/a.ts:1 A.y is optional and has no @default']);
    expect(defaults('interface A { x?: 1 }')).toEqual([]);
  });

  test('lets a mirror of the Kubernetes API say it once for all that lies below, and nobody else', () => {
    const onInterface = '/**\n * Pod.\n * @default - of every field: absent\n */\nexport interface A { x?: 1; y: { z?: 1 } }';
    const onProperty = 'export interface A {\n/** @default - absent */\nx?: { y?: 1 } }';
    expect(defaults(onInterface, true)).toEqual([]);
    expect(defaults(onInterface, false)).toHaveLength(2);
    expect(defaults(onProperty, true)).toEqual([]);
    expect(defaults(onProperty, false)).toHaveLength(1);
    expect(defaults(onInterface.replace('@default - of every field: absent', ''), true)).toHaveLength(2);
  });
});

describe('checkPins', () => {
  const pins = (text: string) => told(checkPins(files({ 'lib/a.ts': text })));

  test.each([
    `const a = 'vllm/vllm-openai:v0.23.0';`,
    `const a = 'ghcr.io/llm-d/llm-d-cuda:v0.8.0';`,
    `const a = 'localhost:5000/llm-d-epp:dev';`,
    `const a = 'ghcr.io/llm-d/x@sha256:${'ab'.repeat(32)}';`,
    'const a = `docker.io/envoyproxy/envoy:distroless`;',
    `const a = 'apps/v1';`,
    `const a = 'inference.networking.k8s.io/v1alpha2';`,
    `const a = { apiVersion: 'v1' };`,
    `const a = { 'apiVersion': 'v1' };`,
    'const a = `apiVersion: x.io/v1\\nkind: ${b}`;',
    'const a = `${b}\\napiVersion: v1\\n`;',
    `const a = 'v0.9.0';`,
    `const a = '0.9.0-rc.1';`,
  ])('finds %s', (text) => {
    expect(pins(text)).toHaveLength(1);
  });

  test.each([
    `import x from 'apps/v1';`,
    `const a = 'openai/gpt-oss-120b';`,
    `const a = 'http://host:80/path';`,
    `const a = 'tcp://*:5557';`,
    `const a = '/v1/models';`,
    `const a = '0.0.0.0';`,
    `const a = 'v1';`,
    `const a = 'nvidia.com/gpu';`,
    `/** Like vllm/vllm-openai:v0.23.0, apps/v1. */ const a = 1;`,
    `const a = { apiVersion: API.apps };`,
    'const a = `${host}/${name}:${tag}`;',
  ])('leaves %s', (text) => {
    expect(pins(text)).toEqual([]);
  });
});

test('checkPins leaves the releases that name a schema, and only those', () => {
  const source = files({ 'lib/a.ts': `const a = ['v0.9.0', 'v0.10.0'];` });
  expect(told(checkPins(source, ['v0.10.0', 'main']))).toEqual(['lib/a.ts:1 holds the version v0.9.0: take it from lib/versions.ts']);
});

describe('file checks', () => {
  test('length: 400 lines are enough, for all but data tables', () => {
    expect(checkLength(files({ 'lib/a.ts': lines(400), 'lib/x-catalog.ts': lines(900) }))).toEqual([]);
    expect(told(checkLength(files({ 'lib/a.ts': lines(401) })))).toEqual(['lib/a.ts has 401 lines, more than 400: split it']);
  });

  test('median leaves data tables out', () => {
    expect(medianLines(files({ 'lib/a.ts': lines(1), 'lib/b.ts': lines(5), 'lib/c.ts': lines(90), 'lib/x-catalog.ts': lines(900) }))).toBe(
      5,
    );
    expect(medianLines(files({ 'lib/a.ts': lines(1), 'lib/b.ts': lines(5) }))).toBe(3);
  });

  test('names are kebab-case', () => {
    expect(checkNames(['lib/model-servers.ts', 'test/a-b.test.ts', 'lib/eks.ts'])).toEqual([]);
    expect(told(checkNames(['lib/ModelServers.ts', 'lib/a_b.ts']))).toHaveLength(2);
  });

  test('paths outside the checkout', () => {
    const beside = ['..', 'shared', 'crds'].join('/');
    const machine = ['', 'work', 'x'].join('/');
    const bad = files({ 'a.md': `see ${beside}\nand ${machine}\n(${machine})\n/opt/here/x`, '.ci/run': beside });
    expect(told(checkPaths(bad, ['.ci/run'], '/opt/here'))).toHaveLength(4);
    expect(
      checkPaths(files({ 'a.ts': `import '../util/x'; const y = '/workspace/x'; const z = 'a${machine}';` }), [], '/opt/here'),
    ).toEqual([]);
  });
});
