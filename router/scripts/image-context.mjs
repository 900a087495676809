#!/usr/bin/env node
// Writes `router/image/`: what the container image holds besides Node. One bundled program, and the one package that can not be
// bundled because it has native code (zeromq, with its prebuilt Linux binaries for amd64 and arm64). Nothing is downloaded, and the same
// sources give the same bytes.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const image = join(root, 'image');
const require = createRequire(import.meta.url);

rmSync(image, { recursive: true, force: true });
const { metafile } = await build({
  // Names of files are part of the output; they must not depend on where the build was started.
  absWorkingDir: root,
  entryPoints: ['build/main.js'],
  outfile: join(image, 'main.js'),
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minifyWhitespace: true,
  legalComments: 'none',
  // Two packages do without when these are absent: the native half of msgpackr, and the colours of debug, which are here or not by
  // what else is installed.
  external: ['zeromq', 'msgpackr-extract', 'supports-color'],
  metafile: true,
  logLevel: 'warning',
});

const zeromq = dirname(require.resolve('zeromq/package.json'));
copy(zeromq, 'zeromq', ['package.json', 'LICENSE.txt', 'LICENSE_MPL-2.0.txt', 'lib']);
const addons = Object.entries(JSON.parse(readFileSync(join(zeromq, 'build/manifest.json'), 'utf8')));
const kept = [
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
].map(([arch, architecture]) => {
  // The newest glibc build is enough: the addon uses Node-API, which later versions of Node keep.
  const [key, file] = addons
    .filter(([key]) => ((target) => target.os === 'linux' && target.libc === 'glibc' && target.arch === arch)(JSON.parse(key)))
    .sort(([a], [b]) => JSON.parse(b).abi - JSON.parse(a).abi)[0];
  cpSync(join(zeromq, 'build', file), join(image, 'native', architecture, 'build', file), { recursive: true });
  return [key, file];
});
mkdirSync(join(image, 'node_modules/zeromq/build'));
writeFileSync(join(image, 'node_modules/zeromq/build/manifest.json'), JSON.stringify(Object.fromEntries(kept)));
// Of its build tool zeromq needs the part that loads an addon.
const cmake = dirname(dirname(require.resolve('cmake-ts/build/loader', { paths: [zeromq] })));
copy(cmake, 'cmake-ts', ['package.json', 'build/loader.js']);

const bundled = new Set(Object.keys(metafile.inputs).flatMap(packageFolder));
const notices = ['main.js (see LICENSE) holds code of these packages:\n', ...[...bundled].map(notice).sort()];
writeFileSync(join(image, 'THIRD-PARTY.txt'), notices.join(`\n${'-'.repeat(100)}\n`));
cpSync(join(root, 'LICENSE'), join(image, 'LICENSE'));
writeFileSync(join(image, 'package.json'), `${JSON.stringify({ name: 'llm-d-epp-image', private: true, type: 'commonjs' })}\n`);

function copy(from, name, files) {
  for (const file of files.filter((path) => existsSync(join(from, path)))) {
    const target = join(image, 'node_modules', name, file);
    mkdirSync(dirname(target), { recursive: true });
    // Types and source maps are of no use in the image.
    const filter = (path) => !/(\.d\.[cm]?ts|\.map|\.tsbuildinfo|\/ts3\.7)$/.test(path);
    cpSync(join(from, file), target, { recursive: true, filter });
  }
}

/** The folder of the package that a bundled file is of, in a list; none for this repository's own. */
function packageFolder(input) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.slice(0, 1) ?? [];
}

/** What the licences ask to be kept with a copy: name, version and the licence's text. */
function notice(folder) {
  const path = resolve(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const texts = readdirSync(path)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(path, file), 'utf8').trim());
  return `${name}@${version} (${license})\n\n${texts.join('\n\n')}\n`;
}
