import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUTER = join(__dirname, '../..');
const CONTEXT = join(ROUTER, 'image');

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();

function digest(folder: string): string {
  const hash = createHash('sha256');
  for (const name of files(folder)) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

/** Packages that the lock file knows for development only, with their versions. */
function developmentPackages(): Set<string> {
  const { packages } = JSON.parse(readFileSync(join(ROUTER, '../package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; version?: string }>;
  };
  const entries = Object.entries(packages).map(([path, { dev, version }]) => ({
    id: `${path.replace(/^.*node_modules\//, '')}@${version}`,
    dev: dev === true,
  }));
  const used = new Set(entries.filter(({ dev }) => !dev).map(({ id }) => id));
  return new Set(entries.filter(({ id, dev }) => dev && !used.has(id)).map(({ id }) => id));
}

/** This checkout at another place, as far as the context is made of it; packages lie where they lie. */
function otherCheckout(): string {
  const root = mkdtempSync(join(tmpdir(), 'llm-d-epp-checkout-'));
  const here = join(ROUTER, '..');
  for (const path of [
    'router/build',
    'router/scripts',
    'router/LICENSE',
    'router/package.json',
    'epp-config/build',
    'epp-config/package.json',
  ]) {
    cpSync(join(here, path), join(root, path), { recursive: true });
  }
  mkdirSync(join(root, 'node_modules'));
  for (const name of readdirSync(join(here, 'node_modules'))) {
    const target = name === 'llm-d-epp-config' ? join(root, 'epp-config') : join(here, 'node_modules', name);
    symlinkSync(target, join(root, 'node_modules', name));
  }
  return root;
}

describe('the context of the image', () => {
  test('two builds give the same bytes, in another folder too', () => {
    const other = otherCheckout();
    try {
      const build = (cwd: string, root: string): string => {
        execFileSync(process.execPath, [join(root, 'scripts/image-context.mjs')], { cwd });
        return digest(join(root, 'image'));
      };
      const here = build(ROUTER, ROUTER);
      expect(build('/', ROUTER)).toBe(here);
      expect(build('/', join(other, 'router'))).toBe(here);
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  }, 60_000);

  test('holds the program, what the licences ask for, and zeromq for both platforms', () => {
    const outside = files(CONTEXT).filter((name) => !name.startsWith('modules/'));
    expect(outside).toEqual([
      'app/LICENSE',
      'app/THIRD-PARTY.txt',
      'app/main.js',
      'app/package.json',
      'app/packages.json',
      expect.stringMatching(/^native\/amd64\/zeromq\/build\/linux\/x64\/.*\.node$/),
      expect.stringMatching(/^native\/arm64\/zeromq\/build\/linux\/arm64\/.*\.node$/),
    ]);
    // What the loader looks for is what the platforms get.
    const manifest = JSON.parse(readFileSync(join(CONTEXT, 'modules/zeromq/build/manifest.json'), 'utf8')) as Record<string, string>;
    const native = outside.filter((name) => name.endsWith('.node')).map((name) => name.replace(/^native\/[^/]+\/zeromq\/build\//, ''));
    expect(Object.values(manifest)).toEqual(native);
    // The machine of an ELF file: 62 is x86-64, 183 is AArch64.
    const machines = outside.filter((name) => name.endsWith('.node')).map((name) => readFileSync(join(CONTEXT, name)).readUInt16LE(18));
    expect(machines).toEqual([62, 183]);
  });

  test('holds no package that is for development only', () => {
    const folders = readdirSync(join(CONTEXT, 'modules'));
    expect(folders.sort()).toEqual(['cmake-ts', 'zeromq']);
    const notices = readFileSync(join(CONTEXT, 'app/THIRD-PARTY.txt'), 'utf8');
    const bundled = [...notices.matchAll(/^((?:@[^\s/]+\/)?[^\s/]+@\d\S*) \(.+\)$/gm)].map((match) => match[1] as string);
    expect(bundled).toEqual(expect.arrayContaining([expect.stringMatching(/^pino@/), expect.stringMatching(/^@kubernetes\/client-node@/)]));
    const development = developmentPackages();
    expect(development.size).toBeGreaterThan(100);
    expect(bundled.filter((name) => development.has(name))).toEqual([]);
    expect(files(CONTEXT).filter((name) => /\.(ts|map|mjs)$|zeromq\/src/.test(name))).toEqual([]);
  });

  test('holds nothing of the command that builds it, and no name of a folder outside', () => {
    const main = readFileSync(join(CONTEXT, 'app/main.js'), 'utf8');
    expect(main).toContain('ext-proc');
    expect(main.match(/buildah|docker buildx|\.dockerignore|node_modules\/[^"]*"\(/g)).toBeNull();
    expect(main).not.toContain(ROUTER);
  });

  test('lists the packages inside as the licences do, with zeromq and ours', () => {
    const packages = JSON.parse(readFileSync(join(CONTEXT, 'app/packages.json'), 'utf8')) as Record<string, string>[];
    const notices = readFileSync(join(CONTEXT, 'app/THIRD-PARTY.txt'), 'utf8');
    const named = [...notices.matchAll(/^((?:@[^\s/]+\/)?[^\s/]+@\d\S*) \((.+)\)$/gm)].map(([, id, license]) => `${id} ${license}`);
    const listed = packages.map(({ name, version, license }) => `${name}@${version} ${license}`);
    const apart = (text: string): boolean => /^(zeromq|cmake-ts|llm-d-epp|llm-d-epp-config)@/.test(text);
    expect(listed.filter((text) => !apart(text)).sort()).toEqual(named.sort());
    expect(listed.filter(apart)).toEqual([
      expect.stringMatching(/^cmake-ts@/),
      expect.stringMatching(/^llm-d-epp@\S+ Apache-2\.0$/),
      expect.stringMatching(/^llm-d-epp-config@\S+ Apache-2\.0$/),
      expect.stringMatching(/^zeromq@\S+ MIT AND MPL-2\.0$/),
    ]);
    expect(packages.filter(({ name, version, license }) => !name || !version || !license)).toEqual([]);
  });
});
