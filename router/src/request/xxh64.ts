import { endianness } from 'node:os';

// XXH64 with seed 0 on 32-bit halves: numbers of 64 bits are pairs (high, low). BigInt would be ten times slower.
// Source of algorithm and constants: the xxHash specification.

const P1H = 0x9e3779b1;
const P1L = 0x85ebca87;
const P2H = 0xc2b2ae3d;
const P2L = 0x27d4eb4f;
const P3H = 0x165667b1;
const P3L = 0x9e3779f9;
const P4H = 0x85ebca77;
const P4L = 0xc2b2ae63;
const P5H = 0x27d4eb2f;
const P5L = 0x165667c5;

const STRIPE = 32;
const LANES = 4;

// Result of the last operation. Module variables, because returning pairs would allocate.
let high = 0;
let low = 0;

/** Upper half of the product of two unsigned 32-bit numbers. */
function upperProduct(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) >>> 0;
  const other = (Math.imul(a0, b1) + (middle & 0xffff)) >>> 0;
  return (Math.imul(a1, b1) + (middle >>> 16) + (other >>> 16)) | 0;
}

function multiply(ah: number, al: number, bh: number, bl: number): void {
  high = (upperProduct(al, bl) + Math.imul(ah, bl) + Math.imul(al, bh)) | 0;
  low = Math.imul(al, bl);
}

function add(ah: number, al: number, bh: number, bl: number): void {
  const sum = (al >>> 0) + (bl >>> 0);
  high = (ah + bh + (sum > 0xffffffff ? 1 : 0)) | 0;
  low = sum | 0;
}

/** Rotates left by 1 to 31 bits. */
function rotate(ah: number, al: number, bits: number): void {
  high = (ah << bits) | (al >>> (32 - bits));
  low = (al << bits) | (ah >>> (32 - bits));
}

/** One step of a lane: rotl(lane + input * P2, 31) * P1. */
function round(laneH: number, laneL: number, inputH: number, inputL: number): void {
  multiply(inputH, inputL, P2H, P2L);
  add(laneH, laneL, high, low);
  rotate(high, low, 31);
  multiply(high, low, P1H, P1L);
}

const lanesH = new Int32Array(LANES);
const lanesL = new Int32Array(LANES);

const P1L0 = P1L & 0xffff;
const P1L1 = P1L >>> 16;
const P2L0 = P2L & 0xffff;
const P2L1 = P2L >>> 16;

/**
 * Runs one lane over the whole stripes: `round` written out, with nothing but local variables, because this loop is the cost of large
 * images. Words are 32 bits, the lower half of an input first.
 */
function runLane(lane: number, words: Int32Array, end: number, startH: number, startL: number): void {
  let h = startH | 0;
  let l = startL | 0;
  for (let i = lane * 2; i < end; i += LANES * 2) {
    const inputL = words[i] as number;
    const a0 = inputL & 0xffff;
    const a1 = inputL >>> 16;
    const aMiddle = (Math.imul(a1, P2L0) + (Math.imul(a0, P2L0) >>> 16)) | 0;
    const aOther = (Math.imul(a0, P2L1) + (aMiddle & 0xffff)) | 0;
    const aHigh = (Math.imul(a1, P2L1) + (aMiddle >>> 16) + (aOther >>> 16)) | 0;
    const productL = Math.imul(inputL, P2L);
    l = (l + productL) | 0;
    const carry = l >>> 0 < productL >>> 0 ? 1 : 0;
    h = (h + aHigh + Math.imul(words[i + 1] as number, P2L) + Math.imul(inputL, P2H) + carry) | 0;
    const rotatedL = (l << 31) | (h >>> 1);
    const rotatedH = (h << 31) | (l >>> 1);
    const b0 = rotatedL & 0xffff;
    const b1 = rotatedL >>> 16;
    const bMiddle = (Math.imul(b1, P1L0) + (Math.imul(b0, P1L0) >>> 16)) | 0;
    const bOther = (Math.imul(b0, P1L1) + (bMiddle & 0xffff)) | 0;
    const bHigh = (Math.imul(b1, P1L1) + (bMiddle >>> 16) + (bOther >>> 16)) | 0;
    h = (bHigh + Math.imul(rotatedH, P1L) + Math.imul(rotatedL, P1H)) | 0;
    l = Math.imul(rotatedL, P1L);
  }
  lanesH[lane] = h;
  lanesL[lane] = l;
}

function mergeLane(lane: number): void {
  const h = high;
  const l = low;
  round(0, 0, lanesH[lane] as number, lanesL[lane] as number);
  multiply(h ^ high, l ^ low, P1H, P1L);
  add(high, low, P4H, P4L);
}

function addRotated(lane: number, bits: number): void {
  const h = high;
  const l = low;
  rotate(lanesH[lane] as number, lanesL[lane] as number, bits);
  add(h, l, high, low);
}

const bigEndian = endianness() === 'BE';

/** The first bytes as words, without a copy where memory allows it. */
function wordsOf(bytes: Buffer, length: number): Int32Array {
  if (!bigEndian && bytes.byteOffset % Int32Array.BYTES_PER_ELEMENT === 0) {
    return new Int32Array(bytes.buffer, bytes.byteOffset, length / Int32Array.BYTES_PER_ELEMENT);
  }
  const copy = Buffer.alloc(length);
  bytes.copy(copy, 0, 0, length);
  return new Int32Array(bigEndian ? copy.swap32().buffer : copy.buffer, copy.byteOffset, length / Int32Array.BYTES_PER_ELEMENT);
}

/** Runs the four lanes over the whole stripes; leaves their sum. Returns the position after the last stripe. */
function stripes(bytes: Buffer): number {
  const end = bytes.length - (bytes.length % STRIPE);
  const words = wordsOf(bytes, end);
  add(P1H, P1L, P2H, P2L);
  runLane(0, words, words.length, high, low);
  runLane(1, words, words.length, P2H, P2L);
  runLane(2, words, words.length, 0, 0);
  runLane(3, words, words.length, ~P1H, -P1L);
  high = 0;
  low = 0;
  addRotated(0, 1);
  addRotated(1, 7);
  addRotated(2, 12);
  addRotated(3, 18);
  for (let lane = 0; lane < LANES; lane++) mergeLane(lane);
  return end;
}

function rest(bytes: Buffer, start: number): void {
  let at = start;
  for (; at + 8 <= bytes.length; at += 8) {
    const h = high;
    const l = low;
    round(0, 0, bytes.readInt32LE(at + 4), bytes.readInt32LE(at));
    rotate(h ^ high, l ^ low, 27);
    multiply(high, low, P1H, P1L);
    add(high, low, P4H, P4L);
  }
  if (at + 4 <= bytes.length) {
    const h = high;
    const l = low;
    multiply(0, bytes.readInt32LE(at), P1H, P1L);
    rotate(h ^ high, l ^ low, 23);
    multiply(high, low, P2H, P2L);
    add(high, low, P3H, P3L);
    at += 4;
  }
  for (; at < bytes.length; at++) {
    const h = high;
    const l = low;
    multiply(0, bytes[at] as number, P5H, P5L);
    rotate(h ^ high, l ^ low, 11);
    multiply(high, low, P1H, P1L);
  }
}

/** The last mixing: each half of the bits comes to depend on the other. */
function avalanche(): void {
  low ^= high >>> 1;
  multiply(high, low, P2H, P2L);
  const h = high;
  high ^= h >>> 29;
  low ^= (low >>> 29) | (h << 3);
  multiply(high, low, P3H, P3L);
  low ^= high;
}

/** A 64-bit hash as two unsigned halves. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/** XXH64 of bytes with seed 0. */
export function xxh64(bytes: Buffer): Hash64 {
  let position = 0;
  if (bytes.length >= STRIPE) {
    position = stripes(bytes);
  } else {
    high = P5H | 0;
    low = P5L;
  }
  add(high, low, Math.floor(bytes.length / 0x100000000), bytes.length);
  rest(bytes, position);
  avalanche();
  return { high: high >>> 0, low: low >>> 0 };
}

/** A hash in hexadecimal without leading zeros. */
export function hex64({ high: upper, low: lower }: Hash64): string {
  return upper === 0 ? lower.toString(16) : upper.toString(16) + lower.toString(16).padStart(8, '0');
}
