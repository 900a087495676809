import type { HashList } from '../hash/hash-kernel';
import { grown, KeyTable } from '../key-table';
import { RecencyList } from '../recency-list';

/** The router's keys for the block hashes of the engines; the least recently used hashes give way. */
export class EngineKeys {
  private readonly table: KeyTable;
  private readonly recency: RecencyList;
  /** The last key of each hash, which is what a following block starts from. */
  private low: Uint32Array;
  private high: Uint32Array;
  /** All keys, of hashes that have more than one. */
  private readonly several = new Map<number, HashList>();

  constructor(most: number) {
    this.table = new KeyTable(most);
    this.recency = new RecencyList(this.table.capacity);
    this.low = new Uint32Array(this.table.capacity);
    this.high = new Uint32Array(this.table.capacity);
  }

  get size(): number {
    return this.table.size;
  }

  get bytes(): number {
    return this.table.bytes + this.recency.bytes + this.low.byteLength + this.high.byteLength;
  }

  /**
   * Maps E engine hashes to R keys: with m = max(E, R), for i in 0..m-1, hash i*E/m gets key i*R/m.
   * Source: llm-d-router v0.10.0, `pkg/kvcache/kvblock`.
   */
  map(engine: HashList, keys: HashList): void {
    const hashes = engine.length / 2;
    const count = keys.length / 2;
    if (hashes === 0 || count === 0) return;
    const steps = Math.max(hashes, count);
    for (let i = 0; i < steps; ) {
      const hash = Math.floor((i * hashes) / steps);
      const first = Math.floor((i * count) / steps);
      let last = first;
      for (i++; i < steps && Math.floor((i * hashes) / steps) === hash; i++) last = Math.floor((i * count) / steps);
      this.set(engine[2 * hash] as number, engine[2 * hash + 1] as number, keys, first, last);
    }
  }

  /** Number of a hash for `lastKey` and `keys`, -1 when it is not known. Counts as a use. */
  find(low: number, high: number): number {
    const id = this.table.find(low, high);
    if (id >= 0) this.recency.touch(id);
    return id;
  }

  /** Low and high word of the last key of a hash. */
  lastKey(id: number): readonly [low: number, high: number] {
    return [this.low[id] as number, this.high[id] as number];
  }

  /** All keys of a hash. */
  keys(id: number): HashList {
    return this.several.get(id) ?? new Uint32Array([this.low[id] as number, this.high[id] as number]);
  }

  remove(id: number): void {
    this.table.remove(id);
    this.recency.remove(id);
    this.several.delete(id);
  }

  private set(low: number, high: number, keys: HashList, first: number, last: number): void {
    let id = this.find(low, high);
    if (id < 0) {
      if (this.table.full) this.remove(this.recency.oldest);
      id = this.table.insert(low, high);
      this.recency.grow(this.table.capacity);
      this.recency.add(id);
      if (this.low.length < this.table.capacity) {
        this.low = grown(this.low, this.table.capacity);
        this.high = grown(this.high, this.table.capacity);
      }
    }
    this.low[id] = keys[2 * last] as number;
    this.high[id] = keys[2 * last + 1] as number;
    if (first === last) this.several.delete(id);
    else this.several.set(id, keys.slice(2 * first, 2 * last + 2));
  }
}
