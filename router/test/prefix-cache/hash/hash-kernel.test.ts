import { assembleKernel } from '../../../scripts/assemble-hash-kernel';
import { type HashList, hashKernel, xxh64 } from '../../../src/prefix-cache/hash/hash-kernel';
import { kernelBytes } from '../../../src/prefix-cache/hash/kernel-bytes';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const MASK = (1n << 64n) - 1n;

/** XXH64 as its specification words it, on big integers. */
function slowXxh64(data: Uint8Array): bigint {
  const [P1, P2, P3, P4, P5] = [
    0x9e3779b185ebca87n,
    0xc2b2ae3d27d4eb4fn,
    0x165667b19e3779f9n,
    0x85ebca77c2b2ae63n,
    0x27d4eb2f165667c5n,
  ] as const;
  const view = Buffer.from(data);
  const rotate = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & MASK;
  const round = (sum: bigint, input: bigint): bigint => (rotate((sum + input * P2) & MASK, 31n) * P1) & MASK;
  let at = 0;
  let hash: bigint = P5;
  if (view.length >= 32) {
    const sums = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK];
    for (; at + 32 <= view.length; at += 32)
      for (let lane = 0; lane < 4; lane++) sums[lane] = round(sums[lane] as bigint, view.readBigUInt64LE(at + lane * 8));
    hash = sums.reduce((total, sum, lane) => total + rotate(sum, [1n, 7n, 12n, 18n][lane] as bigint), 0n) & MASK;
    for (const sum of sums) hash = ((hash ^ round(0n, sum)) * P1 + P4) & MASK;
  }
  hash = (hash + BigInt(view.length)) & MASK;
  for (; at + 8 <= view.length; at += 8) hash = (rotate(hash ^ round(0n, view.readBigUInt64LE(at)), 27n) * P1 + P4) & MASK;
  if (at + 4 <= view.length) {
    hash = (rotate(hash ^ ((BigInt(view.readUInt32LE(at)) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < view.length; at++) hash = (rotate(hash ^ ((BigInt(view[at] as number) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}

const noise = (length: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, i) => Math.imul(i + 7, 2654435761) >>> 23);

/** The hash of a block together with no hash before it. */
function pairOf(block: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(block);
  return bytes;
}

function chain(run: (into: HashList) => void, blocks: number): bigint[] {
  const into = new Uint32Array(blocks * 2);
  run(into);
  return Array.from({ length: blocks }, (_, i) => (BigInt(into[2 * i + 1] as number) << 32n) | BigInt(into[2 * i] as number));
}

test('the committed bytes are those of the source', async () => {
  expect(kernelBytes).toBe(await assembleKernel());
});

describe('xxh64', () => {
  test.each([
    ['', 0xef46db3751d8e999n],
    ['a', 0xd24ec4f1a98c6e5bn],
    ['abc', 0x44bc2cf5ad770999n],
  ])('of %j is the published value', (text, expected) => {
    expect(xxh64(bytes(text))).toBe(expected);
  });

  test('agrees with the specification at every length around the stripes', () => {
    for (let length = 0; length <= 200; length++) expect(xxh64(noise(length))).toBe(slowXxh64(noise(length)));
  });

  test('of more than fits the memory at once is the same as in one piece', () => {
    for (const length of [(1 << 20) - 4, 1 << 20, (1 << 20) + 4, (1 << 21) + 44]) {
      const data = noise(length);
      // The chain hashes a block in one piece, whatever its size.
      const [inOnePiece] = chain((into) => hashKernel.start(0, 0).pairChain(new Uint32Array(data.buffer), length / 4, 1, into, 0), 1);
      expect(inOnePiece).toBe(slowXxh64(pairOf(xxh64(data))));
    }
  });
});

describe('fnv1a', () => {
  test.each([
    ['', 0xcbf29ce484222325n],
    ['a', 0xaf63dc4c8601ec8cn],
    ['foobar', 0x85944171f73967e8n],
  ])('of %j is the published value', (text, expected) => {
    expect(hashKernel.fnv1a(bytes(text)).hash).toBe(expected);
  });
});

describe('a chain', () => {
  const tokens = Uint32Array.from({ length: 700_000 }, (_, i) => Math.imul(i, 2654435761) >>> 8);

  test.each(['pairChain', 'parentChain', 'cborChain'] as const)('%s over many chunks is that of its blocks one by one', (name) => {
    const size = 1000;
    const whole = chain((into) => hashKernel.start(5, 6)[name](tokens, size, 700, into, 0), 700);
    let last = (6n << 32n) | 5n;
    for (const block of [0, 1, 261, 262, 263, 524, 525, 699]) {
      if (block > 0) last = whole[block - 1] as bigint;
      const part = tokens.subarray(block * size, (block + 1) * size);
      const one = chain((into) => hashKernel.start(Number(last & 0xffffffffn), Number(last >> 32n))[name](part, size, 1, into, 0), 1);
      expect(one[0]).toBe(whole[block]);
    }
  });

  test('copes with one block that is larger than a chunk', () => {
    const [hash] = chain((into) => hashKernel.start(0, 0).pairChain(tokens, 1_000_000, 1, into, 0), 1);
    expect(hash).toBe(slowXxh64(pairOf(xxh64(new Uint8Array(tokens.buffer)))));
  });
});
