import type { MediaFeature } from '../../plugin/data';
import { type HashList, hashKernel } from '../hash/hash-kernel';

const MOST_ROOTS = 1024;
const NO_TOKENS = new Uint32Array(0);

/** Extra hashes of each block: media that overlap it, and the cache salt; undefined where there are none. */
export type BlockExtras = readonly (readonly string[] | undefined)[];

/** How block keys are made. */
export interface BlockKeyOptions {
  readonly blockSize: number;
  readonly seed: string;
  readonly algorithm: 'cbor-fnv' | 'xxh64';
}

/**
 * Makes the keys of the precise index from tokens: a chain over whole blocks that starts from the model's name.
 * Source: llm-d-router v0.10.0, `pkg/kvcache/kvblock`.
 */
export class BlockKeys {
  readonly blockSize: number;
  private readonly seed: readonly [low: number, high: number];
  private readonly roots = new Map<string, readonly [low: number, high: number]>();

  constructor(private readonly options: BlockKeyOptions) {
    this.blockSize = options.blockSize;
    const seed = Buffer.from(options.seed);
    const { low, high } = options.algorithm === 'xxh64' ? hashKernel.xxh64(seed) : hashKernel.fnv1a(seed);
    this.seed = [low, high];
  }

  /** Keys of the whole blocks of a prompt. */
  ofPrompt(model: string, tokens: Uint32Array, extras: BlockExtras | undefined): HashList {
    const [low, high] = this.root(model);
    return this.following(low, high, tokens, extras);
  }

  /** Keys of the blocks that follow the block of a known key. */
  following(low: number, high: number, tokens: Uint32Array, extras: BlockExtras | undefined): HashList {
    const blocks = Math.floor(tokens.length / this.blockSize);
    const keys: HashList = new Uint32Array(blocks * 2);
    hashKernel.start(low, high);
    for (let from = 0; from < blocks; ) {
      const extra = extras?.[from];
      if (extra !== undefined) {
        const block = tokens.subarray(from * this.blockSize, (from + 1) * this.blockSize);
        this.withExtra(block, extra);
        keys[2 * from] = hashKernel.low;
        keys[2 * from + 1] = hashKernel.high;
        from++;
        continue;
      }
      let to = blocks;
      if (extras !== undefined) for (to = from + 1; to < blocks && extras[to] === undefined; ) to++;
      this.plain(from === 0 ? tokens : tokens.subarray(from * this.blockSize), to - from, keys, from * 2);
      from = to;
    }
    return keys;
  }

  private plain(tokens: Uint32Array, blocks: number, keys: HashList, at: number): void {
    if (this.options.algorithm === 'xxh64') hashKernel.parentChain(tokens, this.blockSize, blocks, keys, at);
    else hashKernel.cborChain(tokens, this.blockSize, blocks, keys, at);
  }

  private withExtra(tokens: Uint32Array, extra: readonly string[]): void {
    if (this.options.algorithm === 'cbor-fnv') hashKernel.cborBlock(tokens, cborHashes(extra));
    else hashKernel.xxh64(lengthPrefixed(hashKernel.low, hashKernel.high, tokens, extra));
  }

  private root(model: string): readonly [low: number, high: number] {
    const known = this.roots.get(model);
    if (known !== undefined) return known;
    const [low, high] = this.seed;
    hashKernel.start(low, high);
    if (this.options.algorithm === 'cbor-fnv') hashKernel.cborBlock(NO_TOKENS, cborText(model));
    else hashKernel.xxh64(lengthPrefixed(low, high, NO_TOKENS, [model]));
    const root = [hashKernel.low, hashKernel.high] as const;
    // Clients choose model names, so the memory of them is bounded.
    if (this.roots.size >= MOST_ROOTS) this.roots.clear();
    this.roots.set(model, root);
    return root;
  }
}

/**
 * Extra hashes of a prompt's blocks: of each media item in the blocks its placeholders lie in, in prompt order, and the salt at the end
 * of those of the first block. Undefined when no block has any.
 */
export function promptExtras(features: readonly MediaFeature[], salt: string, tokens: number, blockSize: number): BlockExtras | undefined {
  const blocks = Math.floor(tokens / blockSize);
  if (blocks === 0 || (features.length === 0 && salt === '')) return undefined;
  const extras = new Array<string[] | undefined>(blocks).fill(undefined);
  const add = (block: number, hash: string): void => {
    const list = extras[block];
    if (list === undefined) extras[block] = [hash];
    else list.push(hash);
  };
  for (const { hash, offset, length } of [...features].sort((a, b) => a.offset - b.offset)) {
    const end = Math.min(blocks, Math.ceil((offset + length) / blockSize));
    for (let block = Math.max(0, Math.floor(offset / blockSize)); block < end; block++) add(block, hash);
  }
  if (salt !== '') add(0, salt);
  return extras;
}

function cborHead(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([major | value]);
  if (value < 0x100) return Buffer.from([major | 24, value]);
  if (value < 0x10000) return Buffer.from([major | 25, value >> 8, value & 255]);
  return Buffer.from([major | 26, value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
}

function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([cborHead(0x60, bytes.length), bytes]);
}

/** A list of maps `{"Hash": hash}`. */
function cborHashes(hashes: readonly string[]): Buffer {
  const key = cborText('Hash');
  return Buffer.concat([cborHead(0x80, hashes.length), ...hashes.flatMap((hash) => [cborHead(0xa0, 1), key, cborText(hash)])]);
}

function lengthPrefixed(low: number, high: number, tokens: Uint32Array, extra: readonly string[]): Buffer {
  const parts: Buffer[] = [words(low, high), Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength)];
  for (const text of extra) {
    const bytes = Buffer.from(text);
    parts.push(words(bytes.length, 0), bytes);
  }
  return Buffer.concat(parts);
}

const words = (low: number, high: number): Buffer => Buffer.from(new Uint32Array([low, high]).buffer);
