import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = join(__dirname, '..');
const SCRIPT = join(ROOT, 'scripts/check-built.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packing-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (file: string, text = ''): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
};
const check = () => spawnSync(process.execPath, [SCRIPT], { cwd: folder, encoding: 'utf8' });

test('a package is packed when all is there that it promises, and else says what is missing and what to run', () => {
  put(
    'package.json',
    JSON.stringify({ name: 'x', bin: './build/cli.js', exports: { './a': { default: './build/a.js' } }, files: ['build'] }),
  );
  put('build/cli.js');
  const { status, stderr } = check();
  expect(status).toBe(1);
  expect(stderr).toContain('x is not built (./build/a.js missing): run "npm ci && npm run build"');
  put('build/a.js');
  expect(check()).toMatchObject({ status: 0, stderr: '' });
});

test.each(['.', 'epp-config', 'router'])('the package in %s is checked before it is packed', (path) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')) as { scripts: { prepack?: string } };
  expect(scripts.prepack).toMatch(/^node \S+$/);
  const script = resolve(ROOT, path, (scripts.prepack as string).replace('node ', ''));
  expect(relative(ROOT, script)).toBe(join('scripts', 'check-built.mjs'));
});
