import { kernelBytes } from './kernel-bytes';

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

// The part of the global that is used here: TypeScript has it in the library of browsers only.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

interface Exports {
  readonly memory: Memory;
  begin(): void;
  stripes(at: number, length: number): void;
  end(at: number, length: number, total: number): void;
  xxh64(at: number, length: number): void;
  fnv1a(at: number, length: number): void;
  pairChain(tokens: number, count: number, size: number, blocks: number, out: number): void;
  parentChain(tokens: number, size: number, blocks: number, out: number): void;
  cborChain(tokens: number, size: number, blocks: number, extra: number, extraLength: number, out: number): void;
}

const PAGE = 65536;
/** Where input starts; the bytes before it are the running hash and room for a parent in front of a block. */
const INPUT = 64;
/** Input of one call, so that the memory does not grow with the prompt, only with the block. */
const CHUNK_BYTES = 1 << 20;

/** Hashes of blocks as pairs of words, low word first: hash i is at 2i and 2i + 1. */
export type HashList = Uint32Array<ArrayBuffer>;

/**
 * Hashing in WebAssembly, about ten times as fast as with BigInt.
 *
 * One instance serves the process: calls do not interleave, and its memory grows to 1 MiB of input and a half of it of output, or to
 * what a single larger block needs.
 */
class HashKernel {
  private readonly exports: Exports;
  private bytes: Uint8Array<ArrayBuffer>;
  private words: Uint32Array<ArrayBuffer>;

  constructor() {
    const module = new WebAssembly.Module(Buffer.from(kernelBytes, 'base64'));
    this.exports = new WebAssembly.Instance(module).exports as Exports;
    this.bytes = new Uint8Array(this.exports.memory.buffer);
    this.words = new Uint32Array(this.exports.memory.buffer);
  }

  /** Low word of the last hash. */
  get low(): number {
    return this.words[0] as number;
  }

  /** High word of the last hash. */
  get high(): number {
    return this.words[1] as number;
  }

  /** The last hash. */
  get hash(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** Sets the hash that the next chain starts from. */
  start(low: number, high: number): this {
    this.words[0] = low;
    this.words[1] = high;
    return this;
  }

  /** XXH64, seed 0. */
  xxh64(data: Uint8Array): this {
    if (data.length <= CHUNK_BYTES) {
      this.load(data);
      this.exports.xxh64(INPUT, data.length);
      return this;
    }
    this.reserve(INPUT + CHUNK_BYTES);
    this.exports.begin();
    let at = 0;
    for (; at + CHUNK_BYTES <= data.length; at += CHUNK_BYTES) {
      this.bytes.set(data.subarray(at, at + CHUNK_BYTES), INPUT);
      this.exports.stripes(INPUT, CHUNK_BYTES);
    }
    const rest = data.length - at;
    const whole = rest - (rest % 32);
    this.bytes.set(data.subarray(at), INPUT);
    this.exports.stripes(INPUT, whole);
    this.exports.end(INPUT + whole, rest - whole, data.length);
    return this;
  }

  /** FNV-1a, 64 bits. */
  fnv1a(data: Uint8Array): this {
    this.load(data);
    this.exports.fnv1a(INPUT, data.length);
    return this;
  }

  /**
   * Chain of the approximate index: h[i] = xxh64(LE64(xxh64(block i)) ++ LE64(h[i-1])). The last block may be short.
   * Source: llm-d-router v0.10.0, `dataproducer/prefixhash`.
   */
  pairChain(tokens: Uint32Array, size: number, blocks: number, into: HashList, at: number): void {
    this.chunked(tokens, size, blocks, into, at, (count, part, out) => this.exports.pairChain(INPUT, count, size, part, out));
  }

  /**
   * Chain `xxh64` of the precise index: h[i] = xxh64(LE64(h[i-1]) ++ tokens). Whole blocks only.
   * Source: llm-d-router v0.10.0, `pkg/kvcache/kvblock`.
   */
  parentChain(tokens: Uint32Array, size: number, blocks: number, into: HashList, at: number): void {
    this.chunked(tokens, size, blocks, into, at, (_, part, out) => this.exports.parentChain(INPUT, size, part, out));
  }

  /** Chain `cbor-fnv` of the precise index, of blocks without extra keys. Source: as of `parentChain`. */
  cborChain(tokens: Uint32Array, size: number, blocks: number, into: HashList, at: number): void {
    this.chunked(tokens, size, blocks, into, at, (_, part, out) => this.exports.cborChain(INPUT, size, part, 0, 0, out));
  }

  /** One step of `cbor-fnv`: the tokens (none is null) and an extra that is CBOR already. */
  cborBlock(tokens: Uint32Array, extra: Uint8Array): this {
    const end = INPUT + tokens.length * 4;
    this.reserve(end + extra.length + 16);
    this.words.set(tokens, INPUT / 4);
    this.bytes.set(extra, end);
    this.exports.cborChain(INPUT, tokens.length, 1, end, extra.length, (end + extra.length + 7) & -8);
    return this;
  }

  private load(data: Uint8Array): void {
    this.reserve(INPUT + data.length);
    this.bytes.set(data, INPUT);
  }

  private chunked(
    tokens: Uint32Array,
    size: number,
    blocks: number,
    into: HashList,
    at: number,
    run: (count: number, blocks: number, out: number) => void,
  ): void {
    const most = Math.max(1, Math.floor(CHUNK_BYTES / 4 / size));
    for (let block = 0; block < blocks; block += most) {
      const part = Math.min(most, blocks - block);
      const first = block * size;
      const count = Math.min(tokens.length - first, part * size);
      const out = (INPUT + count * 4 + 7) & -8;
      this.reserve(out + part * 8);
      this.words.set(count === tokens.length ? tokens : tokens.subarray(first, first + count), INPUT / 4);
      run(count, part, out);
      into.set(this.words.subarray(out / 4, out / 4 + part * 2), at + block * 2);
    }
  }

  private reserve(length: number): void {
    if (length <= this.bytes.length) return;
    this.exports.memory.grow(Math.ceil((length - this.bytes.length) / PAGE));
    this.bytes = new Uint8Array(this.exports.memory.buffer);
    this.words = new Uint32Array(this.exports.memory.buffer);
  }
}

/** The kernel of this process. */
export const hashKernel = new HashKernel();

/** XXH64 of the bytes, seed 0. */
export function xxh64(data: Uint8Array): bigint {
  return hashKernel.xxh64(data).hash;
}
