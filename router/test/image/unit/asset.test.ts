import { chmodSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { prepareImage } from '../../../src/image/asset';
import { imagePackages } from '../../../src/image/packages';
import { type Files, Folders, SAMPLE, writeFiles } from './sample-package';

const folders = new Folders();
afterEach(() => folders.clean());

const hash = (root: string, options: Parameters<typeof prepareImage>[0] = {}, cwd = root): string =>
  prepareImage(options, cwd, root).asset.hash;

test('names the image by version and hash', () => {
  const { asset, content } = prepareImage({}, '/', folders.make(SAMPLE));
  expect(asset).toEqual({
    repository: 'llm-d-epp',
    version: '1.2.3',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    tag: `1.2.3-${asset.hash.slice(0, 12)}`,
    plugins: [],
    buildArgs: {},
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  expect(content.files.map(({ path }) => path)).toEqual(
    Object.keys(SAMPLE)
      .filter((path) => path !== 'package.json')
      .sort(),
  );
});

test('a version with a build part gives a tag that registries take', () => {
  const root = folders.make({ ...SAMPLE, 'package.json': '{"version":"1.2.3-rc.1+build.5"}' });
  expect(prepareImage({}, root, root).asset.tag).toMatch(/^1\.2\.3-rc\.1_build\.5-[0-9a-f]{12}$/);
});

test('folder, order of writing, times, modes and files that are ignored make no difference', () => {
  const path = fc.stringMatching(/^[a-zA-Zäß._ ]{1,4}(\/[a-z]{1,3}){0,2}$/).filter((text) => !/(^|\/)\.+(\/|$)/.test(text));
  const more = fc.dictionary(path, fc.uint8Array({ maxLength: 9 }), { maxKeys: 5 });
  fc.assert(
    fc.property(more, fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), fc.nat(2_000_000_000), (inside, order, time) => {
      // Each below a folder of its own, so that no file is another's folder.
      const all: Files = {
        ...SAMPLE,
        ...Object.fromEntries(Object.entries(inside).map(([name, bytes], index) => [`image/app/${index}/${name}`, bytes])),
      };
      const shuffled = Object.entries(all)
        .map((entry, index) => [order[index % order.length] as number, entry] as const)
        .sort(([a], [b]) => a - b)
        .map(([, entry]) => entry);
      const here = folders.make(all);
      const there = folders.make({ 'src/main.ts': 'x', 'image.txt': '', ...Object.fromEntries(shuffled), 'node_modules/a/b': '' });
      for (const file of Object.keys(all)) {
        utimesSync(join(there, file), time, time);
        chmodSync(join(there, file), 0o700);
      }
      expect(hash(there)).toBe(hash(here));
    }),
    { numRuns: 30 },
  );
});

test.each([
  ['a changed byte', (root: string) => writeFileSync(join(root, 'image/native/amd64/addon.node'), Uint8Array.of(0, 255, 10, 14))],
  ['line ends', (root: string) => writeFileSync(join(root, 'Dockerfile'), (SAMPLE.Dockerfile as string).replaceAll('\n', '\r\n'))],
  ['another name', (root: string) => renameSync(join(root, 'image/app/packages.json'), join(root, 'image/app/package.json'))],
  ['a file more', (root: string) => writeFiles(root, { 'image/new': '' })],
  ['a file less', (root: string) => rmSync(join(root, 'image/app/packages.json'))],
  ['the Dockerfile', (root: string) => writeFileSync(join(root, 'Dockerfile'), `${SAMPLE.Dockerfile}# more\n`)],
  ['.dockerignore', (root: string) => writeFileSync(join(root, '.dockerignore'), `${SAMPLE['.dockerignore']}# more\n`)],
])('%s gives another hash', (_, change) => {
  const root = folders.make(SAMPLE);
  const before = hash(root);
  change(root);
  expect(hash(root)).not.toBe(before);
});

test('options give another hash, written in any order the same', () => {
  const root = folders.make({ ...SAMPLE, Dockerfile: `${SAMPLE.Dockerfile}ARG OTHER\n` });
  const all = [{}, { buildArgs: { BASE: 'a' } }, { buildArgs: { BASE: 'b' } }, { target: 'router' }, { platforms: ['linux/arm64'] }];
  expect(new Set(all.map((options) => hash(root, options))).size).toBe(all.length);
  expect(hash(root, { platforms: ['linux/arm64', 'linux/amd64', 'linux/arm64'] })).toBe(hash(root));
  expect(hash(root, { buildArgs: { OTHER: 'o', BASE: 'b' } })).toBe(hash(root, { buildArgs: { BASE: 'b', OTHER: 'o' } }));
});

test.each([
  [{ buildArgs: { BSAE: 'a' } }, 'the Dockerfile has no argument "BSAE" to set; it has BASE'],
  [{ buildArgs: { TARGETARCH: 'arm64' } }, 'no argument "TARGETARCH"'],
  [{ buildArgs: { BASE: '' } }, 'the build argument BASE is ""'],
  [{ buildArgs: { BASE: 'a\nb' } }, 'of one line'],
  [{ target: 'rooter' }, 'the Dockerfile has no stage "rooter"; it has router'],
  [{ platforms: ['linux/s390x'] }, 'no image for the platform "linux/s390x", only for linux/amd64, linux/arm64'],
  [{ platforms: [] }, 'no platform is given'],
])('%j is refused', (options, message) => {
  expect(() => hash(folders.make(SAMPLE), options)).toThrow(message);
});

test('says what to run when the context was not built', () => {
  const root = folders.make(SAMPLE);
  rmSync(join(root, 'image'), { recursive: true });
  expect(() => hash(root)).toThrow(/main\.js is missing; in a checkout run "npm run build"/);
  expect(() => imagePackages(root)).toThrow('run "npm run build"');
});

test('refuses a link in the context, which would be another file on another machine', () => {
  const root = folders.make(SAMPLE);
  symlinkSync('/etc/hostname', join(root, 'image/app/link'));
  expect(() => hash(root)).toThrow('link is no ordinary file');
});

test('lists the packages of the context', () => {
  expect(imagePackages(folders.make(SAMPLE))).toEqual([{ name: 'a', version: '1.0.0', license: 'MIT' }]);
});

test('leaves nothing behind', () => {
  const root = folders.make(SAMPLE);
  const before = readdirSync(root, { recursive: true });
  hash(root);
  expect(readdirSync(root, { recursive: true })).toEqual(before);
});
