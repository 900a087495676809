import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/architecture/sources';

/** Packages below `@pulumi` that are loaded once `lib/<module>` is, in a process of its own. */
function loadedBy(module: string): { files: string[]; packages: string[] } {
  const folder = mkdtempSync(join(ROOT, 'test/pulumi/.isolation-'));
  try {
    const script = join(folder, 'load.cjs');
    const report = `require(${JSON.stringify(join(ROOT, 'lib', module))});
      const files = Object.keys(require.cache).map((file) => file.replaceAll('\\\\', '/')).filter((file) => file.includes('/node_modules/@pulumi/'));
      process.stdout.write(JSON.stringify(files.map((file) => file.slice(file.lastIndexOf('/node_modules/') + 14))));`;
    writeFileSync(script, report);
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--require', 'tsx/cjs', script], { cwd: ROOT, encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(stderr);
    }
    const files = JSON.parse(stdout) as string[];
    return { files, packages: [...new Set(files.map((file) => file.split('/').slice(0, 2).join('/')))].sort() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

jest.setTimeout(60_000);

test.each(['index.ts', 'testing/index.ts'])('lib/%s loads nothing of Pulumi', (module) => {
  expect(loadedBy(module).files).toEqual([]);
});

test('the Pulumi side loads the SDK, and of the Kubernetes package only what it registers objects with', () => {
  const { files, packages } = loadedBy('pulumi/index.ts');
  expect(packages).toEqual(['@pulumi/kubernetes', '@pulumi/pulumi']);
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
