#!/usr/bin/env node
// Writes `router/image/`: what the container image holds besides Node, and the npm package too.
//
//   app/       one bundled program, the licences, and the list of the packages inside
//   modules/   the one package that can not be bundled because it has native code (zeromq); npm packs no folder `node_modules`
//   native/    its prebuilt Linux binaries, to be laid over modules/, by the name that the Dockerfile knows a platform by
//
// Nothing is downloaded, and the same sources give the same bytes, wherever the checkout lies.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const image = join(root, 'image');
const require = createRequire(import.meta.url);

rmSync(image, { recursive: true, force: true });
mkdirSync(join(image, 'app'), { recursive: true });
const { metafile, outputFiles } = await build({
  // Names of files are part of the output; they must not depend on where the build was started.
  absWorkingDir: root,
  entryPoints: ['build/main.js'],
  outfile: join(image, 'app/main.js'),
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minifyWhitespace: true,
  legalComments: 'none',
  // Packages do without when these are absent: the native halves of msgpackr and ws, converters of node-fetch, and the colours of debug,
  // which are here or not by what else is installed.
  external: ['zeromq', 'msgpackr-extract', 'bufferutil', 'utf-8-validate', 'encoding', 'supports-color'],
  metafile: true,
  write: false,
  logLevel: 'warning',
});
// A module's name in the bundle says its package, and not in which node_modules npm has put that.
const main = outputFiles[0].text.replaceAll(/(__(?:commonJS|esm)\(\{")[^"]*\bnode_modules\/([^"]+"\()/g, '$1$2');
writeFileSync(join(image, 'app/main.js'), main);

const zeromq = dirname(require.resolve('zeromq/package.json'));
copy(zeromq, 'zeromq', ['LICENSE.txt', 'LICENSE_MPL-2.0.txt', 'lib']);
const addons = Object.entries(JSON.parse(readFileSync(join(zeromq, 'build/manifest.json'), 'utf8')));
const kept = [
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
].map(([arch, architecture]) => {
  // The newest glibc build is enough: the addon uses Node-API, which later versions of Node keep.
  const [key, file] = addons
    .filter(([key]) => ((target) => target.os === 'linux' && target.libc === 'glibc' && target.arch === arch)(JSON.parse(key)))
    .sort(([a], [b]) => JSON.parse(b).abi - JSON.parse(a).abi)[0];
  cpSync(join(zeromq, 'build', file), join(image, 'native', architecture, 'zeromq/build', file), { recursive: true });
  return [key, file];
});
mkdirSync(join(image, 'modules/zeromq/build'));
writeFileSync(join(image, 'modules/zeromq/build/manifest.json'), JSON.stringify(Object.fromEntries(kept)));
// Of its build tool zeromq needs the part that loads an addon.
const cmake = dirname(dirname(require.resolve('cmake-ts/build/loader', { paths: [zeromq] })));
copy(cmake, 'cmake-ts', ['build/loader.js']);

const bundled = [...new Set(Object.keys(metafile.inputs).flatMap(packageFolder))].map((folder) => resolve(root, folder));
// A package that npm has put at two places in one version is named once.
const notices = [...new Set(bundled.map(notice))].sort();
writeFileSync(
  join(image, 'app/THIRD-PARTY.txt'),
  ['main.js (see LICENSE) holds code of these packages:\n', ...notices].join(`\n${'-'.repeat(100)}\n`),
);
cpSync(join(root, 'LICENSE'), join(image, 'app/LICENSE'));
writeJson('app/package.json', { name: 'llm-d-epp-image', private: true, type: 'commonjs' });
const inside = [root, dirname(require.resolve('llm-d-epp-config/package.json')), ...bundled, zeromq, cmake].map(identity);
const lines = [...new Set(inside.map((identity) => JSON.stringify(identity)))].sort();
writeFileSync(join(image, 'app/packages.json'), `[\n  ${lines.join(',\n  ')}\n]\n`);

function copy(from, name, files) {
  for (const file of files.filter((path) => existsSync(join(from, path)))) {
    const target = join(image, 'modules', name, file);
    mkdirSync(dirname(target), { recursive: true });
    // Types and source maps are of no use in the image.
    const filter = (path) => !/(\.d\.[cm]?ts|\.map|\.tsbuildinfo|[\\/]ts3\.7)$/.test(path);
    cpSync(join(from, file), target, { recursive: true, filter });
  }
  // What Node reads of a manifest; the rest (scripts, other entry points) is about files that are not here.
  const { version, license, type, main } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  writeJson(`modules/${name}/package.json`, {
    name,
    version,
    license,
    type,
    ...(existsSync(join(image, 'modules', name, main)) && { main }),
  });
}

function writeJson(file, value) {
  writeFileSync(join(image, file), `${JSON.stringify(value)}\n`);
}

/** The folder of the package that a bundled file is of, in a list; none for this repository's own. */
function packageFolder(input) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.slice(0, 1) ?? [];
}

function identity(folder) {
  const { name, version, license = 'NOASSERTION' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { name, version, license: typeof license === 'string' ? license : license.type };
}

/** What the licences ask to be kept with a copy: name, version and the licence's text. */
function notice(folder) {
  const { name, version, license } = identity(folder);
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return `${name}@${version} (${license})\n\n${texts.join('\n\n')}\n`;
}
