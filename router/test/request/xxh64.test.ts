import fc from 'fast-check';
import { hex64, xxh64 } from '../../src/request/xxh64';

const hash = (text: string): string => hex64(xxh64(Buffer.from(text)));
const pattern = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(40);

// Values of the xxHash library that upstream uses, github.com/cespare/xxhash v2.3.0.
test.each([
  [0, 'ef46db3751d8e999'],
  [1, 'd24ec4f1a98c6e5b'],
  [3, '44bc2cf5ad770999'],
  [4, 'de0327b0d25d92cc'],
  [7, '1860940e2902822d'],
  [8, '3ad351775b4634b7'],
  [11, '814e257441cf78e0'],
  [12, '4b09b7d3a233d4b3'],
  [15, '2e1218a2b1375068'],
  [16, '71ce8137ca2dd53d'],
  [31, '16058c7b947da137'],
  [32, 'bf2cd639b4143b80'],
  [33, '4f89e4082bcbf673'],
  [63, 'e1d5bec70d85cd20'],
  [64, '40d7eb5d0212db5'],
  [65, '61779b1514785232'],
  [100, '5f009d36eeb305be'],
  [1000, 'c1c170c6c2158bc4'],
])('%i bytes have hash %s', (length, expected) => {
  expect(hash(pattern.slice(0, length))).toBe(expected);
});

test('text is hashed as UTF-8', () => {
  expect(hash('https://example.com/a.png')).toBe('9f4fdeae6ee1ceba');
  expect(hash(`é😀${'ü'.repeat(50)}`)).toBe('d72d5e964ad6a6bc');
});

test('halves are written without leading zeros', () => {
  expect(hex64({ high: 0, low: 10 })).toBe('a');
  expect(hex64({ high: 1, low: 10 })).toBe('10000000a');
});

describe('against a plain implementation with BigInt', () => {
  const MASK = (1n << 64n) - 1n;
  const [P1, P2, P3, P4, P5] = [
    0x9e3779b185ebca87n,
    0xc2b2ae3d27d4eb4fn,
    0x165667b19e3779f9n,
    0x85ebca77c2b2ae63n,
    0x27d4eb2f165667c5n,
  ] as const;
  const rotate = (x: bigint, r: bigint): bigint => ((x << r) | (x >> (64n - r))) & MASK;
  const round = (lane: bigint, input: bigint): bigint => (rotate((lane + input * P2) & MASK, 31n) * P1) & MASK;

  function plain(bytes: Buffer): string {
    let at = 0;
    let h: bigint = P5;
    if (bytes.length >= 32) {
      const lanes = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK];
      for (; at + 32 <= bytes.length; at += 32) {
        for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, bytes.readBigUInt64LE(at + 8 * i));
      }
      h = [1n, 7n, 12n, 18n].reduce((sum, bits, i) => sum + rotate(lanes[i]!, bits), 0n) & MASK;
      for (const lane of lanes) h = ((h ^ round(0n, lane)) * P1 + P4) & MASK;
    }
    h = (h + BigInt(bytes.length)) & MASK;
    for (; at + 8 <= bytes.length; at += 8) h = (rotate(h ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * P1 + P4) & MASK;
    if (at + 4 <= bytes.length) {
      h = (rotate(h ^ ((BigInt(bytes.readUInt32LE(at)) * P1) & MASK), 23n) * P2 + P3) & MASK;
      at += 4;
    }
    for (; at < bytes.length; at++) h = (rotate(h ^ ((BigInt(bytes[at]!) * P5) & MASK), 11n) * P1) & MASK;
    h = ((h ^ (h >> 33n)) * P2) & MASK;
    h = ((h ^ (h >> 29n)) * P3) & MASK;
    return (h ^ (h >> 32n)).toString(16);
  }

  test('any bytes have the same hash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (array) => expect(hex64(xxh64(Buffer.from(array)))).toBe(plain(Buffer.from(array)))),
      { numRuns: 500 },
    );
  });
});
