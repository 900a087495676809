import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { routerEntry } from '../support/router-process';

const files: Readonly<Record<string, string>> = {
  'default.mjs': 'export default (context) => ({ made: context.name });',
  'named.mjs': 'export const createPlugin = (context) => ({ made: context.name });',
  'exports.cjs': 'module.exports = (context) => ({ made: context.name });',
  'named.cjs': 'exports.createPlugin = (context) => ({ made: context.name });',
  // What a compiler makes of `export default` for CommonJS.
  'compiled.cjs': 'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = (context) => ({ made: context.name });',
  'scorers/ü %20.mjs': 'export default (context) => ({ made: context.name });',
  'nothing.mjs': 'export const answer = 42;',
  'empty.cjs': '',
  'throws.cjs': 'throw new Error("out of cheese");',
  'syntax.mjs': 'export default (context => ;',
  'syntax.ts': 'export default (context: { name: string }) => const;',
};

const folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-module-'));

/** One process loads all modules, because jest has an `import()` of its own. */
const script = `
const { moduleLoader } = require(process.argv[1]);
const { folder, files } = JSON.parse(process.argv[2]);
const load = moduleLoader(folder);
const outcome = async (path) => {
  try {
    const factory = await load({ name: 'mine', type: 'module', path, kinds: [], parameters: {}, origin: 'declared' });
    return factory({ name: 'mine' }).made;
  } catch (error) {
    return error.message;
  }
};
(async () => {
  const results = {};
  for (const path of files) results[path ?? ''] = await outcome(path ?? undefined);
  process.stdout.write(JSON.stringify(results));
})();
`;

let results: Record<string, string>;
beforeAll(async () => {
  mkdirSync(join(folder, 'scorers'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const paths = [...Object.keys(files), 'absent.mjs', join(folder, 'default.mjs'), null];
  const loader = join(dirname(routerEntry()), 'config/load-module.js');
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['-e', script, loader, JSON.stringify({ folder, files: paths })]);
  results = JSON.parse(stdout);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(['default.mjs', 'named.mjs', 'exports.cjs', 'named.cjs', 'compiled.cjs', 'scorers/ü %20.mjs'])('%s gives a factory', (name) => {
  expect(results[name]).toBe('mine');
});

test('an absolute path is taken as it is', () => {
  expect(results[join(folder, 'default.mjs')]).toBe('mine');
});

test.each([
  ['nothing.mjs', 'nothing.mjs exports no function as default or createPlugin, it exports answer'],
  ['empty.cjs', 'empty.cjs exports no function as default or createPlugin, it exports default'],
  ['throws.cjs', 'throws.cjs can not be loaded: out of cheese'],
  ['syntax.mjs', 'syntax.mjs can not be loaded: '],
  ['syntax.ts', '(Node before 22.18 runs no TypeScript: compile the module to JavaScript)'],
  ['absent.mjs', 'absent.mjs can not be loaded: '],
  ['', 'plugin "mine": type "module" needs a path'],
])('%j is an error that names the plugin', (name, message) => {
  expect(results[name]).toContain(message);
  expect(results[name]).toContain('plugin "mine"');
});

test('the hint of TypeScript is for TypeScript only', () => {
  expect(results['syntax.mjs']).not.toContain('TypeScript');
});
