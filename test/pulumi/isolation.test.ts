import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../support/architecture/sources';

/** Files below `@pulumi` that are loaded once each of these modules of `lib` is, one after the other in a process of its own. */
function loadedBy(modules: readonly string[]): readonly (readonly string[])[] {
  const script = `const loaded = () => Object.keys(require.cache).map((file) => file.replaceAll('\\\\', '/'))
      .filter((file) => file.includes('/node_modules/@pulumi/')).map((file) => file.slice(file.lastIndexOf('/node_modules/') + 14));
    const files = ${JSON.stringify(modules.map((module) => join(ROOT, 'lib', module)))}.map((module) => (require(module), loaded()));
    process.stdout.write(JSON.stringify(files));`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--require', 'tsx/cjs', '--eval', script], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(stderr);
  }
  return JSON.parse(stdout) as string[][];
}

jest.setTimeout(60_000);

const WITHOUT = ['index.ts', 'testing/index.ts', 'cli/commands.ts'];
let loaded: readonly (readonly string[])[];
beforeAll(() => {
  loaded = loadedBy([...WITHOUT, 'pulumi/index.ts']);
});

test.each(WITHOUT)('lib/%s loads nothing of Pulumi', (module) => {
  expect(loaded[WITHOUT.indexOf(module)]).toEqual([]);
});

test('the Pulumi side loads the SDK, and of the Kubernetes package only what it registers objects with', () => {
  const files = loaded.at(-1) ?? [];
  const packages = new Set(files.map((file) => file.split('/').slice(0, 2).join('/')));
  expect([...packages].sort()).toEqual(['@pulumi/kubernetes', '@pulumi/pulumi']);
  const kubernetes = files.filter((file) => file.startsWith('@pulumi/kubernetes/')).map((file) => file.replace('@pulumi/kubernetes/', ''));
  const needed = [
    /^apiextensions\/customResource\.js$/,
    /^core\/v1\/index\.js$/,
    /^(types\/enums\/core\/v1\/index|utilities)\.js$/,
    /^package\.json$/,
  ];
  expect(kubernetes.filter((file) => !needed.some((pattern) => pattern.test(file)))).toEqual([]);
  expect(kubernetes).toEqual(expect.arrayContaining(['apiextensions/customResource.js', 'core/v1/index.js']));
});
