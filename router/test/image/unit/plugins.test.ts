import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { prepareImage } from '../../../src/image/asset';
import type { ContextFile } from '../../../src/image/context-files';
import { preparePlugins } from '../../../src/image/plugins';
import { type Files, Folders, SAMPLE, writeFiles } from './sample-package';

const folders = new Folders();
afterEach(() => folders.clean());

const PLAIN = 'export const createPlugin = () => ({ score() {} });\n';
const ESBUILD = dirname(require.resolve('esbuild/package.json'));

/** A folder of a user, with esbuild installed or not. */
function project(files: Files, esbuild = false): string {
  const folder = folders.make(files);
  if (esbuild) {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    symlinkSync(ESBUILD, join(folder, 'node_modules/esbuild'), 'dir');
  }
  return folder;
}

/** Files that plugins add, by their path below the context. */
function added(cwd: string, ...plugins: string[]): Record<string, string> {
  const root = folders.make(SAMPLE);
  const { content } = prepareImage({ plugins }, cwd, root);
  const isNew = ({ path }: ContextFile): boolean => !(path in SAMPLE);
  return Object.fromEntries(content.files.filter(isNew).map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]));
}

const bundle = (cwd: string, plugin: string): string => Object.values(added(cwd, plugin)).at(-1) as string;

/** What the factory of a bundled module returns, as JSON. */
function run(code: string): unknown {
  const folder = folders.make({ 'plugin.mjs': code, 'main.mjs': "import c from './plugin.mjs'; console.log(JSON.stringify(await c()))" });
  return JSON.parse(execFileSync(process.execPath, [join(folder, 'main.mjs')], { encoding: 'utf8' }));
}

test('a module that needs nothing goes in as it is, whether or not esbuild is there', () => {
  for (const esbuild of [false, true]) {
    const cwd = project({ 'scorers/night-shift.ts': PLAIN }, esbuild);
    expect(added(cwd, './scorers/night-shift.ts')).toEqual({
      'image/app/plugins/package.json': '{"private":true,"type":"module"}\n',
      'image/app/plugins/night-shift.ts': PLAIN,
    });
  }
});

test('each kind of module gets the extension by which Node reads it right', () => {
  const common = 'module.exports = () => ({});\n';
  const cwd = project({ 'a.ts': PLAIN, 'b.mts': PLAIN, 'c.js': PLAIN, 'd.mjs': PLAIN, 'e.js': common, 'f.cjs': common, 'g.cts': common });
  const plugins = preparePlugins(['a.ts', 'b.mts', 'c.js', 'd.mjs', 'e.js', 'f.cjs', 'g.cts'], cwd, cwd);
  const names = ['a.ts', 'b.ts', 'c.js', 'd.js', 'e.cjs', 'f.cjs', 'g.cts'];
  expect(plugins.map(({ plugin }) => plugin.path)).toEqual(names.map((name) => `/app/plugins/${name}`));
});

test('says what each plugin is, sorted by name', () => {
  const cwd = project({ 'b.ts': PLAIN, 'sub/a.js': PLAIN });
  expect(prepareImage({ plugins: ['./b.ts', 'sub/a.js'] }, cwd, folders.make(SAMPLE)).asset.plugins).toEqual([
    { name: 'a', source: 'sub/a.js', path: '/app/plugins/a.js', packages: [] },
    { name: 'b', source: './b.ts', path: '/app/plugins/b.ts', packages: [] },
  ]);
});

test('one that is of a package brings that along, also as it is', () => {
  const cwd = project({
    'node_modules/.store/@acme+a/node_modules/@acme/a/package.json': '{"name":"@acme/a","version":"1.0.0","license":"MIT"}',
    'node_modules/.store/@acme+a/node_modules/@acme/a/lib/x.js': PLAIN,
  });
  mkdirSync(join(cwd, 'node_modules/@acme'));
  symlinkSync('../.store/@acme+a/node_modules/@acme/a', join(cwd, 'node_modules/@acme/a'), 'dir');
  const [prepared] = preparePlugins(['node_modules/@acme/a/lib/x.js'], cwd, cwd);
  expect(prepared?.plugin.packages).toEqual([{ name: '@acme/a', version: '1.0.0', license: 'MIT' }]);
});

test('plugins are part of the hash by name and content, and neither by folder nor by order', () => {
  const root = folders.make(SAMPLE);
  const hash = (cwd: string, ...plugins: string[]): string => prepareImage({ plugins }, cwd, root).asset.hash;
  const cwd = project({ 'a.ts': PLAIN, 'b.ts': PLAIN, 'deep/er/a.ts': PLAIN, 'other/a.ts': `${PLAIN}// more\n` });
  expect(hash(cwd, 'deep/er/a.ts')).toBe(hash(cwd, 'a.ts'));
  expect(hash(join(cwd, 'deep'), '../a.ts')).toBe(hash(cwd, 'a.ts'));
  expect(hash(cwd, 'b.ts', 'a.ts')).toBe(hash(cwd, 'a.ts', 'b.ts'));
  const all = [hash(cwd), hash(cwd, 'a.ts'), hash(cwd, 'b.ts'), hash(cwd, 'other/a.ts'), hash(cwd, 'a.ts', 'b.ts')];
  expect(new Set(all).size).toBe(all.length);
});

test('line ends and a byte order mark make no difference', () => {
  const cwd = project({ 'a/x.ts': `\uFEFF${PLAIN.replaceAll('\n', '\r\n')}`, 'b/x.ts': PLAIN });
  expect(added(cwd, 'a/x.ts')).toEqual(added(cwd, 'b/x.ts'));
});

test('a link stands for what it points at, under its own name', () => {
  const cwd = project({ 'real/scorer.ts': PLAIN });
  symlinkSync(join(cwd, 'real/scorer.ts'), join(cwd, 'mine.ts'));
  expect(Object.keys(added(cwd, 'mine.ts'))).toContain('image/app/plugins/mine.ts');
});

test('a module that can not be parsed is refused where esbuild is there, and not first by the router', () => {
  const files = { 'open.ts': 'export default () => ({\n', 'typed.js': 'export default (a: number) => ({});\n' };
  expect(() => added(project(files, true), 'open.ts')).toThrow(/the plugin open\.ts can not be read: .*open\.ts:2:0/s);
  expect(() => added(project(files, true), 'typed.js')).toThrow('the plugin typed.js can not be read');
  const fine = project({ 'fine.ts': PLAIN }, true);
  expect(added(fine, 'fine.ts')).toEqual(added(project({ 'fine.ts': PLAIN }), 'fine.ts'));
});

describe('with imports', () => {
  const FILES: Files = {
    'p/x.ts': [
      "import { createRequire } from 'node:module';",
      "import { helper } from './lib/helper.ts';",
      "import data from './data.json';",
      "import tool from 'tool';",
      'enum Level { Low = 3 }',
      'const require = createRequire(import.meta.url);',
      "export default () => ({ helper: helper('ü'), data, tool: tool(), level: Level.Low, sep: require('node:path').posix.sep });",
    ].join('\n'),
    'p/lib/helper.ts': 'export const helper = (a: string): string => `<${a}>`;\n',
    'p/data.json': '{ "a": 1 }',
    'node_modules/tool/package.json': '{"name":"tool","main":"main.js"}',
    'node_modules/tool/main.js': "const os = require('os'); module.exports = () => typeof os.cpus;",
  };

  test('packages, files, JSON and what has to be translated are bundled', () => {
    const cwd = project(FILES, true);
    expect(Object.keys(added(cwd, 'p/x.ts'))).toContain('image/app/plugins/x.js');
    expect(run(bundle(cwd, 'p/x.ts'))).toEqual({ helper: '<ü>', data: { a: 1 }, tool: 'function', level: 3, sep: '/' });
  });

  test('the bytes depend neither on the folder, nor on where packages lie, nor on a tsconfig.json', () => {
    const here = project(FILES, true);
    const there = project({ 'tsconfig.json': '{"compilerOptions":{"target":"es5","alwaysStrict":true}}' }, true);
    const { 'node_modules/tool/package.json': manifest, 'node_modules/tool/main.js': main, ...rest } = FILES as Record<string, string>;
    const nested = { 'p/node_modules/tool/package.json': manifest as string, 'p/node_modules/tool/main.js': main as string };
    writeFiles(join(there, 'very/deep'), { ...rest, ...nested });
    const text = bundle(here, 'p/x.ts');
    expect(bundle(there, 'very/deep/p/x.ts')).toBe(text);
    expect(text).not.toContain('node_modules');
  });

  test('the packages whose code is in the bundle are named, as they name themselves', () => {
    const manifest = (fields: object): string => JSON.stringify(fields);
    const imports = ['tool', '@scope/a', 'renamed', 'bare', 'unused', 'old', './helper.js'].map(
      (name, i) => `import p${i} from '${name}';\n`,
    );
    const cwd = project(
      {
        'package.json': manifest({ name: 'mine', version: '1.0.0', license: 'MIT' }),
        'x.ts': `${imports.join('')}export default () => [p0, p1, p2, p3, p5, p6];\n`,
        'helper.js': "import tool from 'tool';\nexport default tool;\n",
        'node_modules/tool/package.json': manifest({ name: 'tool', version: '2.0.0', license: 'MIT' }),
        'node_modules/tool/index.js': "import deep from 'deep';\nexport default deep;\n",
        'node_modules/tool/node_modules/deep/package.json': manifest({ name: 'deep', version: '1.0.0', license: { type: 'BSD-3-Clause' } }),
        'node_modules/tool/node_modules/deep/index.js': 'export default Math.random();\n',
        'node_modules/@scope/a/package.json': manifest({ name: '@scope/a', version: '3.0.0', license: 'ISC', main: 'dist/esm/a.js' }),
        'node_modules/@scope/a/dist/esm/package.json': '{"type":"module"}',
        'node_modules/@scope/a/dist/esm/a.js': "import deep from 'deep';\nexport default [deep];\n",
        'node_modules/deep/package.json': manifest({ name: 'deep', version: '0.9.0' }),
        'node_modules/deep/index.js': 'export default Math.random();\n',
        'node_modules/renamed/package.json': manifest({ name: 'real-name', version: '4.0.0', license: 'MIT' }),
        'node_modules/renamed/index.js': 'export default {};\n',
        'node_modules/bare/index.js': 'export default {};\n',
        'node_modules/unused/package.json': manifest({ name: 'unused', version: '1.0.0', sideEffects: false }),
        'node_modules/unused/index.js': 'export default {};\n',
        'node_modules/old/package.json': manifest({ name: 'old', version: '0.1.0', licenses: [{ type: 'MIT' }] }),
        'node_modules/old/index.js': 'export default {};\n',
      },
      true,
    );
    const plugins = preparePlugins(['x.ts'], cwd, cwd);
    expect(plugins.map(({ plugin }) => plugin.packages)[0]).toEqual([
      { name: '@scope/a', version: '3.0.0', license: 'ISC' },
      { name: 'bare', version: 'NOASSERTION', license: 'NOASSERTION' },
      { name: 'deep', version: '0.9.0', license: 'NOASSERTION' },
      { name: 'deep', version: '1.0.0', license: 'BSD-3-Clause' },
      { name: 'old', version: '0.1.0', license: 'MIT' },
      { name: 'real-name', version: '4.0.0', license: 'MIT' },
      { name: 'tool', version: '2.0.0', license: 'MIT' },
    ]);
  });

  test('a method with a text for its name keeps it', () => {
    const source = "import './lib/y.js';\nexport default () => ({ done: { 'a-b'() { return 'a-b'; } }['a-b']() });";
    const cwd = project({ 'x.js': source, 'lib/y.js': 'globalThis.y = 1;' }, true);
    expect(run(bundle(cwd, 'x.js'))).toEqual({ done: 'a-b' });
  });

  test('without esbuild it says what to install', () => {
    // The package lies outside of the checkout, so that the checkout's own esbuild is not found.
    const cwd = project(FILES);
    const prepare = (): unknown => preparePlugins(['p/x.ts'], cwd, cwd);
    expect(prepare).toThrow('can not go into the image as it is (it has imports, an enum); npm install --save-dev esbuild');
  });

  test('what esbuild says is handed on', () => {
    const cwd = project(
      { 'x.ts': "import './missing.ts';\nexport default 1;", 'y.ts': 'export default (;', 'z.ts': "import 'a';\nexport default (;" },
      true,
    );
    expect(() => bundle(cwd, 'x.ts')).toThrow(/plugin x\.ts can not be bundled: [\s\S]*Could not resolve "\.\/missing\.ts"/);
    expect(() => bundle(cwd, 'z.ts')).toThrow(/plugin z\.ts can not be bundled: [\s\S]*z\.ts:2:16/);
  });
});

test.each([
  [['missing.ts'], 'the plugin missing.ts is not there'],
  [['folder.ts'], 'the plugin folder.ts is no file'],
  [['text.md'], 'the plugin text.md is no module: its name has to end with one of .ts, .mts'],
  [['folder'], 'the plugin folder is no module'],
  [['types.d.ts'], 'the plugin types.d.ts holds types only'],
  [['nächte.ts'], 'the plugin nächte.ts needs another name'],
  [['na\u0308chte.ts'], 'needs another name'],
  [['.hidden.ts'], 'needs another name'],
  [['a b.ts'], 'needs another name'],
  [[`${'x'.repeat(101)}.ts`], 'needs another name'],
  [['empty.ts'], 'the plugin empty.ts exports nothing'],
  [['binary.ts'], 'the plugin binary.ts is no text in UTF-8'],
  [['a.ts', 'sub/a.js'], 'the plugins a.ts and sub/a.js would both be "a" in the image'],
  [['a.ts', 'sub/A.ts'], 'would both be "A" in the image'],
  [['a.ts', 'a.ts'], 'would both be "a"'],
])('%j is refused', (plugins, message) => {
  const cwd = project({
    'a.ts': PLAIN,
    'sub/a.js': PLAIN,
    'sub/A.ts': PLAIN,
    'folder.ts/index.ts': PLAIN,
    'folder/index.ts': PLAIN,
    'text.md': '',
    'types.d.ts': PLAIN,
    'nächte.ts': PLAIN,
    'empty.ts': '// nothing\n',
    'binary.ts': Uint8Array.of(0xff, 0xfe, 0),
  });
  expect(() => preparePlugins(plugins, cwd, cwd)).toThrow(message);
});

test('a folder with a name in Unicode and spaces is none of its business', () => {
  const cwd = project({ 'größe 東京/x.ts': PLAIN });
  expect(Object.keys(added(cwd, 'größe 東京/x.ts'))).toContain('image/app/plugins/x.ts');
});
