import * as fc from 'fast-check';
import { contentHash, type ImageContent } from '../../../src/image/content-hash';

const path = fc.stringMatching(/^[a-z]{1,3}(\/[a-z]{1,3}){0,2}$/);
const file = fc.record({ path, bytes: fc.uint8Array({ maxLength: 12 }) });
const content: fc.Arbitrary<ImageContent> = fc.record({
  files: fc.uniqueArray(file, { selector: (entry) => entry.path, minLength: 1, maxLength: 6 }),
  buildArgs: fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}$/), fc.string({ maxLength: 5 }), { maxKeys: 3 }),
  target: fc.option(fc.string({ maxLength: 5 }), { nil: undefined }),
  platforms: fc.uniqueArray(fc.constantFrom('linux/amd64', 'linux/arm64', 'linux/s390x'), { minLength: 1 }),
});

const files = (list: ImageContent['files']): ImageContent['files'] => list;

test('is 64 hex digits', () => {
  fc.assert(fc.property(content, (image) => /^[0-9a-f]{64}$/.test(contentHash(image))));
});

test('does not depend on the order in which files, arguments and platforms are listed', () => {
  fc.assert(
    fc.property(content, (image) => {
      const turned = {
        ...image,
        files: [...image.files].reverse(),
        platforms: [...image.platforms].reverse(),
        buildArgs: Object.fromEntries(Object.entries(image.buildArgs).reverse()),
      };
      expect(contentHash(turned)).toBe(contentHash(image));
    }),
  );
});

test('changes with every byte, name, file more or less, argument, target and platform', () => {
  fc.assert(
    fc.property(content, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (image, at, where, by) => {
      const index = at % image.files.length;
      const chosen = image.files[index] as (typeof image.files)[number];
      const others = image.files.filter((_, i) => i !== index);
      const bytes = Uint8Array.from(chosen.bytes);
      if (bytes.length > 0) bytes[where % bytes.length] = ((bytes[where % bytes.length] as number) + by) % 256;
      const changed: Partial<ImageContent>[] = [
        ...(bytes.length > 0 ? [{ files: files([...others, { path: chosen.path, bytes }]) }] : []),
        { files: files([...others, { path: `${chosen.path}x/new`, bytes: chosen.bytes }]) },
        { files: files([...others, { path: chosen.path, bytes: Uint8Array.of(...chosen.bytes, 0) }]) },
        { files: others },
        { files: files([...image.files, { path: 'zz/zz/zz/zz', bytes: new Uint8Array() }]) },
        { buildArgs: { ...image.buildArgs, NEW: '' } },
        ...Object.keys(image.buildArgs).map((name) => ({ buildArgs: { ...image.buildArgs, [name]: `${image.buildArgs[name]}x` } })),
        { target: image.target === undefined ? '' : undefined },
        { target: `${image.target ?? ''}x` },
        { platforms: [...image.platforms, 'linux/riscv64'] },
      ];
      const hashes = [image, ...changed.map((change) => ({ ...image, ...change }))].map(contentHash);
      expect(new Set(hashes).size).toBe(hashes.length);
    }),
  );
});

test('two contents that run together read differently', () => {
  const image = { buildArgs: {}, target: undefined, platforms: ['linux/amd64'] };
  const one = { ...image, files: [{ path: 'a', bytes: Buffer.from('b1:c1:d') }] };
  const two = {
    ...image,
    files: [
      { path: 'a', bytes: Buffer.from('b') },
      { path: 'c', bytes: Buffer.from('d') },
    ],
  };
  expect(contentHash(one)).not.toBe(contentHash(two));
});
