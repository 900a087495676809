// Packs the packages as npm would publish them and checks the tarballs: their files, their entry points (publint, attw), that they
// need nothing undeclared, and that a consumer compiles and runs against them. Needs no network.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { contextFiles } from '../router/build/image/context-files.js';
import { consumerProblems } from './check-consumer.mjs';
import { pack, root } from './pack.mjs';

/** The packages of this repository, where they lie and where their sources are. */
const PACKAGES = [
  { folder: '.', sources: 'lib', files: ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'] },
  { folder: 'epp-config', sources: 'epp-config/src', files: ['LICENSE', 'README.md', 'package.json'] },
  // The context of the image comes on top: exactly the files that its hash is over.
  { folder: 'router', sources: 'router/src', files: ['LICENSE', 'README.md', 'package.json'], context: true },
];

const problems = [];
const temp = mkdtempSync(join(tmpdir(), 'cdk8s-llm-d-package-'));

/** The tarball holds the texts that it should, and of `build/` exactly what the sources of today compile to. */
function checkFiles(name, { folder, sources, files, context }, packed) {
  const wanted = context === true ? [...files, ...contextFiles(join(root, folder)).map(({ path }) => path)] : files;
  const outside = packed.filter((file) => !file.startsWith('build/'));
  problems.push(...outside.filter((file) => !wanted.includes(file)).map((file) => `${name} packs ${file}, which nobody needs`));
  problems.push(...wanted.filter((file) => !outside.includes(file)).map((file) => `${name} packs no ${file}`));
  const modules = readdirSync(join(root, sources), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `build/${file.slice(0, -'.ts'.length).replaceAll('\\', '/')}`);
  const compiled = modules.flatMap((module) => [`${module}.js`, `${module}.d.ts`]);
  problems.push(...compiled.filter((file) => !packed.includes(file)).map((file) => `${name} packs no ${file}: run npm run build`));
  problems.push(
    ...packed
      .filter((file) => file.startsWith('build/') && !compiled.includes(file))
      .map((file) => `${name} packs ${file}, which has no source`),
  );
}

/** Who installs the package builds the same image as who has the checkout: the tarball holds the hashed files, byte by byte. */
function checkContext(name, folder, installed) {
  const contexts = [join(root, folder), installed].map((path) => new Map(contextFiles(path).map((file) => [file.path, file.bytes])));
  const [here, there] = contexts;
  const differing = [...new Set(contexts.flatMap((files) => [...files.keys()]))].filter(
    (path) => !(here.has(path) && there.has(path) && Buffer.compare(here.get(path), there.get(path)) === 0),
  );
  problems.push(...differing.map((path) => `${name}: ${path} is not the same in the tarball as in the context of the image`));
}

/** Every package that the compiled code and its declarations name is a dependency or a peer. */
function checkDependencies(name, manifest, folder) {
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  for (const file of readdirSync(join(folder, 'build'), { recursive: true, encoding: 'utf8' }).filter((entry) =>
    /\.(js|d\.ts)$/.test(entry),
  )) {
    const text = readFileSync(join(folder, 'build', file), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:\brequire\(|\bfrom |\bimport\()["']([@\w][\w@/.-]*)["']/g)) {
      const wanted = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      if (!wanted.startsWith('node:') && !builtinModules.includes(wanted) && !(wanted in declared)) {
        problems.push(`${name}: build/${file} needs ${wanted}, which is no dependency and no peer`);
      }
    }
  }
}

async function checkEntryPoints(name, manifest, tarball) {
  const bytes = readFileSync(tarball);
  const { messages } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    strict: true,
  });
  problems.push(...messages.map((message) => `${name}: publint: ${formatMessage(message, manifest, { color: false })}`));
  try {
    execFileSync(
      join(root, 'node_modules/.bin/attw'),
      [tarball, '--no-definitely-typed', '--format', 'ascii', '--no-color', '--no-emoji'],
      {
        cwd: temp,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  } catch (error) {
    problems.push(`${name}: attw:\n${error.stdout}${error.stderr}`);
  }
}

/** Unpacks a tarball to where an installation would put it. */
function install(tarball, name) {
  const folder = join(temp, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
  return folder;
}

/** A package of ours is wanted in the version that is published with it. */
function checkVersions(manifests) {
  const versions = new Map(manifests.map(({ name, version }) => [name, version]));
  for (const { name, dependencies = {} } of manifests) {
    for (const [wanted, range] of Object.entries(dependencies)) {
      if (versions.has(wanted) && versions.get(wanted) !== range) {
        problems.push(`${name} depends on ${wanted} ${range}, and ${versions.get(wanted)} would be published beside it`);
      }
    }
  }
}

/** The programs of a package can be started: npm links to them as they are. */
function checkPrograms(name, { bin = {} }, folder) {
  for (const file of typeof bin === 'string' ? [bin] : Object.values(bin)) {
    const path = join(folder, file);
    if (!existsSync(path) || !readFileSync(path, 'utf8').startsWith('#!/usr/bin/env node\n')) {
      problems.push(`${name}: ${file} is no program: it must exist and begin with #!/usr/bin/env node`);
    } else if ((statSync(path).mode & 0o111) === 0) {
      problems.push(`${name}: ${file} is not executable in the tarball`);
    }
  }
}

/** The library names the image that the router's package beside it builds. */
function checkRecordedImage() {
  const load = createRequire(join(temp, 'index.js'));
  const { BUNDLED_ROUTER } = load('./node_modules/cdk8s-llm-d/build/router/bundled-tag.js');
  const built = load('./node_modules/llm-d-epp/build/image/index.js').routerImageAsset();
  if (BUNDLED_ROUTER.hash !== built.hash || BUNDLED_ROUTER.tag !== built.tag) {
    problems.push(
      `cdk8s-llm-d names the image llm-d-epp:${BUNDLED_ROUTER.tag}, and the packed llm-d-epp builds llm-d-epp:${built.tag}: run npm run build`,
    );
  }
}

/** Every other package that a consumer needs is the one installed here: its own dependencies are found from its real place. */
function linkPeers(manifests) {
  const ours = manifests.map(({ name }) => name);
  const wanted = manifests.flatMap(({ dependencies, peerDependencies }) => Object.keys({ ...dependencies, ...peerDependencies }));
  for (const name of new Set([...wanted, '@types/node', 'undici-types'])) {
    const target = join(root, 'node_modules', name);
    if (!ours.includes(name) && existsSync(target)) {
      mkdirSync(dirname(join(temp, 'node_modules', name)), { recursive: true });
      symlinkSync(target, join(temp, 'node_modules', name), 'dir');
    }
  }
}

try {
  const manifests = [];
  for (const entry of PACKAGES) {
    const manifest = JSON.parse(readFileSync(join(root, entry.folder, 'package.json'), 'utf8'));
    const { tarball, files } = pack(entry.folder, temp);
    checkFiles(manifest.name, entry, files);
    const installed = install(tarball, manifest.name);
    if (entry.context === true) checkContext(manifest.name, entry.folder, installed);
    checkDependencies(manifest.name, manifest, installed);
    checkPrograms(manifest.name, manifest, installed);
    await checkEntryPoints(manifest.name, manifest, tarball);
    manifests.push(manifest);
  }
  checkVersions(manifests);
  linkPeers(manifests);
  checkRecordedImage();
  cpSync(join(root, 'scripts/consumer'), temp, { recursive: true });
  problems.push(
    ...consumerProblems(
      temp,
      manifests.map(({ name }) => name),
    ),
  );
} finally {
  rmSync(temp, { recursive: true, force: true });
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`packages are in order: ${PACKAGES.length} tarballs packed, checked, compiled against and run`);
