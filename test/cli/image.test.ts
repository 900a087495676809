import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from '../support/architecture/sources';
import { writeFiles, writeStubPackage } from '../support/stub-router-package';

let folder: string;
let main: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  // As it is installed: the program two folders below its package.json. Built here, so that the sources are tested.
  main = join(folder, 'lib/build/cli/main.js');
  buildSync({
    entryPoints: [join(ROOT, 'lib/cli/main.ts')],
    outfile: main,
    bundle: true,
    platform: 'node',
    tsconfig: join(ROOT, 'tsconfig.dev.json'),
    logLevel: 'warning',
  });
  writeFiles(folder, { 'lib/package.json': '{ "version": "7.8.9" }', 'empty/x': '', 'project/deep/x': '' });
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => rmSync(join(folder, 'project/node_modules'), { recursive: true, force: true }));

function run(cwd: string, ...argv: string[]) {
  const env = { ...process.env, MARK: 'mark', NODE_PATH: '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...argv], { cwd: join(folder, cwd), encoding: 'utf8', env });
  return { status, stdout, stderr };
}

test('runs the image command of the package that the working folder sees', () => {
  writeStubPackage(join(folder, 'project/node_modules/llm-d-epp'));
  const { status, stdout, stderr } = run('project/deep', 'image', 'build', '--help', '-x');
  expect(JSON.parse(stdout)).toEqual({ argv: ['build', '--help', '-x'], cwd: join(folder, 'project/deep'), mark: 'mark' });
  expect([status, stderr]).toEqual([3, 'builds']);
});

test('LLMD570: without the package it says how to get it', () => {
  const { status, stdout, stderr } = run('empty', 'image', 'push');
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`cdk8s-llm-d image: LLMD570 package llm-d-epp is not found from "${join(folder, 'empty')}"`);
  expect(stderr).toContain('npm install --save-dev llm-d-epp');
});

test('LLMD570: a package of a version without images counts as none', () => {
  writeFiles(join(folder, 'project/node_modules/llm-d-epp'), {
    'package.json': '{ "name": "llm-d-epp", "exports": { "./plugin": "./plugin.js" } }',
  });
  expect(run('project', 'image').stderr).toContain('LLMD570');
});

test.each([
  ['that throws', 'throw new Error("half installed")', 'half installed'],
  ['that cannot be parsed', '{{', 'Unexpected'],
  ['of another contract', 'exports.other = 1;', 'it exports no routerImageAsset'],
])('LLMD571: a package %s is an error that names it', (_, image, problem) => {
  writeStubPackage(join(folder, 'project/node_modules/llm-d-epp'), 'context', image);
  const { status, stderr } = run('project', 'image');
  expect(status).toBe(1);
  expect(stderr).toContain(`LLMD571 package llm-d-epp cannot be loaded ("${join(folder, 'project/node_modules/llm-d-epp/image.js')}")`);
  expect(stderr).toContain(problem);
});

test('LLMD571: a package whose manifest is broken is an error', () => {
  writeFiles(join(folder, 'project/node_modules/llm-d-epp'), { 'package.json': '{' });
  expect(run('project', 'image').stderr).toContain('LLMD571');
});

test('prints the version of the installed library, and its help', () => {
  expect(run('empty', '--version')).toEqual({ status: 0, stdout: '7.8.9\n', stderr: '' });
  expect(run('empty', '--help').stdout).toContain('image build|push|inspect');
});

test('a reader that has seen enough is no failure', () => {
  const shell = `"${process.execPath}" "${main}" --help | head -n 0; echo "\${PIPESTATUS[0]}"`;
  expect(spawnSync('bash', ['-c', shell], { encoding: 'utf8' })).toMatchObject({ stdout: '0\n', stderr: '' });
});
