#!/usr/bin/env node
// Writes `router/image/`: what the container image holds besides Node. One bundled program, and the one package that can not be
// bundled because it has native code (zeromq, with its prebuilt Linux binaries for amd64 and arm64). Nothing is downloaded, and the same
// sources give the same bytes.
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const image = join(root, 'image');
const require = createRequire(import.meta.url);

rmSync(image, { recursive: true, force: true });
await build({
  entryPoints: [join(root, 'build/main.js')],
  outfile: join(image, 'main.js'),
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minifyWhitespace: true,
  legalComments: 'none',
  // The optional native half of msgpackr only makes it faster; it falls back to JavaScript.
  external: ['zeromq', 'msgpackr-extract'],
  logLevel: 'warning',
});

const packages = join(image, 'node_modules');
const zeromq = dirname(require.resolve('zeromq/package.json'));
copy(zeromq, 'zeromq', ['package.json', 'LICENSE.txt', 'LICENSE_MPL-2.0.txt', 'lib', 'build/manifest.json']);
for (const [platform, architecture] of [
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
]) {
  // The newest glibc build is enough: the addon uses Node-API, which later versions of Node keep.
  const from = join(zeromq, 'build/linux', platform, 'node');
  const [newest] = readdirSync(from)
    .filter((name) => name.startsWith('glibc-127'))
    .sort()
    .reverse();
  cpSync(join(from, newest), join(image, 'native', architecture, 'build/linux', platform, 'node', newest), { recursive: true });
}
const cmake = dirname(dirname(require.resolve('cmake-ts/build/loader', { paths: [zeromq] })));
copy(cmake, 'cmake-ts', ['package.json', 'LICENSE', 'build']);
writeFileSync(join(image, 'package.json'), `${JSON.stringify({ name: 'llm-d-epp-image', private: true, type: 'commonjs' })}\n`);

function copy(from, name, files) {
  for (const file of files) {
    const target = join(packages, name, file);
    mkdirSync(dirname(target), { recursive: true });
    try {
      // Types and source maps are of no use in the image.
      cpSync(join(from, file), target, { recursive: true, filter: (path) => !/\.(d\.[cm]?ts|map|tsbuildinfo)$/.test(path) });
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
}
