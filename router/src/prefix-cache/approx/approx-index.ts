import type { HashList } from '../hash/hash-kernel';
import { grown, KeyTable, nextCapacity } from '../key-table';
import { HolderRows } from './holder-rows';
import { PairTable, pairHash } from './pair-table';

const FIRST_NODES = 1024;
/** Endpoints have 16-bit slots here. */
const MOST_SLOTS = 65536;
/** Largest list. */
const MOST_BLOCKS = 2 ** 31 - 1;
/**
 * Bytes of one remembered block at worst: 14 in the node's arrays, 12 in those of its hash, and two lookup tables of 4 bytes that may be
 * filled to 5/16 only.
 */
const BYTES_PER_BLOCK = 14 + 12 + 2 * 13;
/** Part of the budget for the sets of endpoints that share a block. */
const SHARED_PART = 0.25;

/**
 * Which endpoint was sent which block, with a least-recently-used list for each endpoint.
 *
 * A node is one block at one endpoint. A hash (an entry of `keys`) has either one holder, whose slot stands in `holders`, or a row of
 * bits, whose complement stands there. All of it lies in typed arrays within `budgetBytes`.
 */
export class ApproxIndex {
  private readonly keys: KeyTable;
  private readonly rows: HolderRows;
  private readonly pairs: PairTable;
  /** By entry: slot, or ~row. */
  private holders: Int32Array;
  /** By node. */
  private nodeEntry = new Int32Array(FIRST_NODES);
  private nodeSlot = new Uint16Array(FIRST_NODES);
  private older = new Int32Array(FIRST_NODES);
  private newer = new Int32Array(FIRST_NODES);
  private used = 0;
  private free = -1;
  /** By slot. */
  private newest: Int32Array;
  private oldest: Int32Array;
  private counts: Int32Array;
  private limits: Int32Array;
  /** Blocks of all endpoints. */
  size = 0;
  /** Blocks that were forgotten early, or not remembered, because the budget was used up. */
  squeezed = 0;
  readonly most: number;

  constructor(
    slots: number,
    readonly budgetBytes: number,
  ) {
    this.most = Math.max(16, Math.floor((budgetBytes * (1 - SHARED_PART)) / BYTES_PER_BLOCK));
    this.keys = new KeyTable(this.most);
    this.rows = new HolderRows(slots, budgetBytes * SHARED_PART);
    this.pairs = new PairTable((node) => pairHash(this.nodeEntry[node] as number, this.nodeSlot[node] as number));
    this.holders = new Int32Array(this.keys.capacity);
    this.newest = new Int32Array(slots).fill(-1);
    this.oldest = new Int32Array(slots).fill(-1);
    this.counts = new Int32Array(slots);
    this.limits = new Int32Array(slots);
  }

  /** Bytes of all arrays. */
  get bytes(): number {
    const nodes = this.nodeEntry.byteLength + this.nodeSlot.byteLength + this.older.byteLength + this.newer.byteLength;
    return this.keys.bytes + this.rows.bytes + this.pairs.bytes + this.holders.byteLength + nodes;
  }

  /** Blocks of an endpoint. */
  count(slot: number): number {
    return this.counts[slot] ?? 0;
  }

  /**
   * Remembers that an endpoint was sent these blocks. `limit` is the size of its list and counts on its first insertion only.
   */
  add(hashes: HashList, slot: number, limit: number): void {
    if (slot >= this.counts.length) this.widen(slot);
    if (this.limits[slot] === 0) this.limits[slot] = Math.min(MOST_BLOCKS, Math.max(1, limit));
    const squeezedOut = this.size + hashes.length / 2 > this.most ? this.largest(slot) : slot;
    for (let i = 0; i < hashes.length; i += 2) this.addOne(hashes[i] as number, hashes[i + 1] as number, slot, squeezedOut);
  }

  /** Forgets an endpoint; takes as long as it has blocks. */
  remove(slot: number): void {
    if (slot >= this.counts.length) return;
    while ((this.oldest[slot] as number) >= 0) this.drop(this.oldest[slot] as number);
    this.limits[slot] = 0;
  }

  /**
   * Adds to `into[slot]`, for the blocks `from` to `to` of a prompt, how many of them the endpoint holds. The walk ends at the first
   * block that nobody holds. A block counts although the endpoint lacks one before it, as upstream counts.
   * Source: llm-d-router v0.10.0, `approximateprefix`.
   */
  match(hashes: HashList, from: number, to: number, into: Int32Array): void {
    const { keys, rows, holders } = this;
    // Neighbours mostly have the same holders, so equal ones are counted together.
    let run = 0;
    let last = 0;
    for (let i = from; i < to; i++) {
      const entry = keys.find(hashes[2 * i] as number, hashes[2 * i + 1] as number);
      if (entry < 0) break;
      const holder = holders[entry] as number;
      if (run > 0 && (holder === last || (holder < 0 && last < 0 && rows.equal(~holder, ~last)))) {
        run++;
        continue;
      }
      if (run > 0) this.countRun(last, run, into);
      last = holder;
      run = 1;
    }
    if (run > 0) this.countRun(last, run, into);
  }

  /** As `match`, but an endpoint counts no further than to the first block it lacks. */
  matchStrictly(hashes: HashList, from: number, to: number, into: Int32Array): void {
    const { keys, rows, holders } = this;
    const alive = new Uint32Array(rows.width);
    let run = 0;
    for (let i = from; i < to; i++) {
      const entry = keys.find(hashes[2 * i] as number, hashes[2 * i + 1] as number);
      if (entry < 0) break;
      const holder = holders[entry] as number;
      let left = 0;
      for (let w = 0; w < alive.length; w++) {
        const had = run === 0 ? -1 : (alive[w] as number);
        const has = holder < 0 ? (rows.words[~holder * rows.width + w] as number) : holder >> 5 === w ? 1 << (holder & 31) : 0;
        if (run > 0) addBits(had & ~has, w, run, into);
        alive[w] = had & has;
        left |= had & has;
      }
      if (left === 0) return;
      run++;
    }
    for (let w = 0; w < alive.length; w++) addBits(alive[w] as number, w, run, into);
  }

  private countRun(holder: number, run: number, into: Int32Array): void {
    if (holder >= 0) {
      into[holder] = (into[holder] as number) + run;
      return;
    }
    const { words, width } = this.rows;
    for (let w = 0; w < width; w++) addBits(words[~holder * width + w] as number, w, run, into);
  }

  private addOne(low: number, high: number, slot: number, squeezedOut: number): void {
    let entry = this.keys.find(low, high);
    if (entry >= 0) {
      const node = this.holds(entry, slot) ? this.pairs.find(entry, slot, this.nodeEntry, this.nodeSlot) : -1;
      if (node >= 0) {
        this.touch(node, slot);
        return;
      }
    }
    if ((this.counts[slot] as number) >= (this.limits[slot] as number)) this.drop(this.oldest[slot] as number);
    if (this.size >= this.most) {
      this.squeezed++;
      const victim = (this.oldest[squeezedOut] as number) >= 0 ? squeezedOut : this.largest(slot);
      this.drop(this.oldest[victim] as number);
    }
    // What was dropped may have been the last holder.
    entry = this.keys.find(low, high);
    if (entry < 0) {
      entry = this.keys.insert(low, high);
      if (this.holders.length < this.keys.capacity) this.holders = grown(this.holders, this.keys.capacity);
      this.holders[entry] = slot;
    } else if (!this.share(entry, slot)) {
      this.squeezed++;
      return;
    }
    this.link(entry, slot);
  }

  private holds(entry: number, slot: number): boolean {
    const holder = this.holders[entry] as number;
    return holder < 0 ? this.rows.has(~holder, slot) : holder === slot;
  }

  /** Adds a holder to a hash that has one. */
  private share(entry: number, slot: number): boolean {
    const holder = this.holders[entry] as number;
    if (holder < 0) {
      this.rows.set(~holder, slot);
      return true;
    }
    const row = this.rows.take();
    if (row < 0) return false;
    this.rows.set(row, holder);
    this.rows.set(row, slot);
    this.holders[entry] = ~row;
    return true;
  }

  private unshare(entry: number, slot: number): void {
    const holder = this.holders[entry] as number;
    if (holder >= 0) {
      this.keys.remove(entry);
      return;
    }
    this.rows.unset(~holder, slot);
    const only = this.rows.only(~holder);
    if (only < 0) return;
    this.rows.release(~holder);
    this.holders[entry] = only;
  }

  private link(entry: number, slot: number): void {
    const node = this.take();
    this.nodeEntry[node] = entry;
    this.nodeSlot[node] = slot;
    this.pairs.insert(node);
    this.toFront(node, slot);
    this.counts[slot] = (this.counts[slot] as number) + 1;
    this.size++;
  }

  private drop(node: number): void {
    const slot = this.nodeSlot[node] as number;
    this.pairs.remove(node);
    this.unshare(this.nodeEntry[node] as number, slot);
    this.unlink(node, slot);
    this.counts[slot] = (this.counts[slot] as number) - 1;
    this.size--;
    this.older[node] = this.free;
    this.free = node;
  }

  private touch(node: number, slot: number): void {
    if (this.newest[slot] === node) return;
    this.unlink(node, slot);
    this.toFront(node, slot);
  }

  private toFront(node: number, slot: number): void {
    const front = this.newest[slot] as number;
    this.older[node] = front;
    this.newer[node] = -1;
    if (front >= 0) this.newer[front] = node;
    else this.oldest[slot] = node;
    this.newest[slot] = node;
  }

  private unlink(node: number, slot: number): void {
    const older = this.older[node] as number;
    const newer = this.newer[node] as number;
    if (older >= 0) this.newer[older] = newer;
    else this.oldest[slot] = newer;
    if (newer >= 0) this.older[newer] = older;
    else this.newest[slot] = older;
  }

  private take(): number {
    if (this.free >= 0) {
      const node = this.free;
      this.free = this.older[node] as number;
      return node;
    }
    if (this.used === this.nodeEntry.length) {
      const capacity = nextCapacity(this.used, Math.max(this.most, FIRST_NODES));
      this.nodeEntry = grown(this.nodeEntry, capacity);
      this.nodeSlot = grown(this.nodeSlot, capacity);
      this.older = grown(this.older, capacity);
      this.newer = grown(this.newer, capacity);
    }
    return this.used++;
  }

  /** The endpoint that gives way: the one with the most blocks, itself included. */
  private largest(slot: number): number {
    let largest = slot;
    for (let i = 0; i < this.counts.length; i++) if ((this.counts[i] as number) > (this.counts[largest] as number)) largest = i;
    return largest;
  }

  private widen(slot: number): void {
    if (slot >= MOST_SLOTS) throw new Error(`the prefix index has room for ${MOST_SLOTS} endpoints`);
    const had = this.counts.length;
    const slots = Math.max(slot + 1, had * 2);
    this.newest = grown(this.newest, slots).fill(-1, had);
    this.oldest = grown(this.oldest, slots).fill(-1, had);
    this.counts = grown(this.counts, slots);
    this.limits = grown(this.limits, slots);
    this.rows.widen(slots);
  }
}

function addBits(bits: number, word: number, amount: number, into: Int32Array): void {
  for (let left = bits; left !== 0; left &= left - 1) {
    const slot = word * 32 + 31 - Math.clz32(left & -left);
    into[slot] = (into[slot] as number) + amount;
  }
}
