import type { HashList } from '../hash/hash-kernel';
import { grown, KeyTable } from '../key-table';
import { RecencyList } from '../recency-list';
import { EngineKeys } from './engine-keys';
import { PodNodes } from './pod-nodes';

/** Nodes for each key, on the average, that the memory is laid out for. */
const NODES_PER_KEY = 2;
/**
 * Bytes of a key at worst: 33 for itself, 37 for the engine's hash of it, 36 for each of its nodes and 25 for the count of the stores
 * that a node stands for.
 */
const BYTES_PER_KEY = 33 + 37 + NODES_PER_KEY * (36 + 25);

/** Bounds of the index. */
export interface PreciseIndexLimits {
  /** Keys; the least recently used give way. */
  readonly keys: number;
  /** Entries of one key; the oldest give way. */
  readonly podsPerKey: number;
  /** Bytes; fewer keys are kept when `keys` would take more. */
  readonly budgetBytes: number;
}

/**
 * Which pod holds which block, as the engines report it.
 *
 * A key (an entry of `keys`) has a short list of nodes; see `PodNodes`. Keys and hashes beyond the limits are forgotten in the order of
 * their last use.
 */
export class PreciseIndex {
  readonly engine: EngineKeys;
  private readonly keys: KeyTable;
  private readonly recency: RecencyList;
  /** Entries of all keys. */
  readonly nodes: PodNodes;
  /** First node by entry. */
  private first: Int32Array;

  constructor(private readonly limits: PreciseIndexLimits) {
    const most = Math.max(16, Math.min(limits.keys, Math.floor(limits.budgetBytes / BYTES_PER_KEY)));
    this.keys = new KeyTable(most);
    this.recency = new RecencyList(this.keys.capacity);
    this.nodes = new PodNodes(most * NODES_PER_KEY, this.keys);
    this.engine = new EngineKeys(most);
    this.first = new Int32Array(this.keys.capacity);
  }

  get size(): number {
    return this.keys.size;
  }

  /** How many entries there are. */
  get entries(): number {
    return this.nodes.size;
  }

  /** Most entries within the memory. */
  get mostEntries(): number {
    return this.nodes.most;
  }

  get bytes(): number {
    return this.keys.bytes + this.recency.bytes + this.nodes.bytes + this.engine.bytes + this.first.byteLength;
  }

  /** Notes that a pod holds these blocks; a guess does so until `expires`. */
  add(keys: HashList, pod: number, kind: number, expires = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < keys.length; i += 2) this.addOne(keys[i] as number, keys[i + 1] as number, pod, kind, expires);
  }

  /** Notes that a pod no longer holds the blocks of an engine's hash. */
  evictHash(low: number, high: number, pod: number, kind: number): void {
    const id = this.engine.find(low, high);
    if (id < 0) return;
    const keys = this.engine.keys(id);
    let held = false;
    for (let i = 0; i < keys.length; i += 2) {
      const entry = this.keys.find(keys[i] as number, keys[i + 1] as number);
      if (entry >= 0 && !this.evict(entry, pod, kind)) held = true;
    }
    if (!held) this.engine.remove(id);
  }

  /** Takes back guesses that are over. */
  evictExpired(keys: HashList, pod: number, kind: number, now: number): void {
    for (let i = 0; i < keys.length; i += 2) {
      const entry = this.keys.find(keys[i] as number, keys[i + 1] as number);
      if (entry < 0) continue;
      const node = this.nodeOf(entry, pod, kind);
      if (node >= 0 && (this.nodes.expires[node] as number) <= now) this.evict(entry, pod, kind);
    }
  }

  /** Forgets a pod; takes as long as it has blocks. Mappings of hashes stay: the pod may store the same blocks again. */
  clear(pod: number): void {
    for (let node = this.nodes.firstOf(pod); node >= 0; node = this.nodes.firstOf(pod)) {
      this.evict(this.nodes.entry[node] as number, pod, this.nodes.kind[node] as number);
    }
  }

  /** First node of a key, -1 when nobody holds it. */
  firstNode(low: number, high: number): number {
    const entry = this.keys.find(low, high);
    if (entry < 0) return -1;
    // A use matters only when something has to give way soon; until then the order of the stores is good enough.
    if (this.keys.size > this.keys.most >> 1 || this.nodes.size > this.nodes.most >> 1) this.recency.touch(entry);
    return this.first[entry] as number;
  }

  private addOne(low: number, high: number, pod: number, kind: number, expires: number): void {
    let entry = this.keys.find(low, high);
    if (entry < 0) entry = this.insert(low, high);
    else this.recency.touch(entry);
    const known = this.nodeOf(entry, pod, kind);
    if (known >= 0) {
      this.nodes.expires[known] = expires;
      this.toFront(entry, known);
      return;
    }
    // The key itself is the newest, so it is not what gives way.
    while (this.nodes.size >= this.nodes.most && this.recency.oldest !== entry) this.forget(this.recency.oldest);
    const node = this.nodes.add(entry, pod, kind);
    this.nodes.expires[node] = expires;
    this.nodes.next[node] = this.first[entry] as number;
    this.first[entry] = node;
    this.trim(entry);
  }

  private insert(low: number, high: number): number {
    if (this.keys.full) this.forget(this.recency.oldest);
    const entry = this.keys.insert(low, high);
    if (this.first.length < this.keys.capacity) this.first = grown(this.first, this.keys.capacity);
    this.recency.grow(this.keys.capacity);
    this.recency.add(entry);
    this.first[entry] = -1;
    return entry;
  }

  private forget(entry: number): void {
    for (let node = this.first[entry] as number; node >= 0; ) {
      const next = this.nodes.next[node] as number;
      this.nodes.release(node);
      node = next;
    }
    this.recency.remove(entry);
    this.keys.remove(entry);
  }

  /** True when nobody holds the key any more. */
  private evict(entry: number, pod: number, kind: number): boolean {
    let previous = -1;
    for (let node = this.first[entry] as number; node >= 0; node = this.nodes.next[node] as number) {
      if (this.nodes.pod[node] === pod && this.nodes.kind[node] === kind) {
        this.detach(entry, node, previous);
        this.nodes.release(node);
        break;
      }
      previous = node;
    }
    if ((this.first[entry] as number) >= 0) return false;
    this.recency.remove(entry);
    this.keys.remove(entry);
    return true;
  }

  private nodeOf(entry: number, pod: number, kind: number): number {
    for (let node = this.first[entry] as number; node >= 0; node = this.nodes.next[node] as number)
      if (this.nodes.pod[node] === pod && this.nodes.kind[node] === kind) return node;
    return -1;
  }

  private toFront(entry: number, node: number): void {
    let previous = -1;
    for (let at = this.first[entry] as number; at !== node; at = this.nodes.next[at] as number) previous = at;
    if (previous < 0) return;
    this.detach(entry, node, previous);
    this.nodes.next[node] = this.first[entry] as number;
    this.first[entry] = node;
  }

  private detach(entry: number, node: number, previous: number): void {
    const next = this.nodes.next[node] as number;
    if (previous < 0) this.first[entry] = next;
    else this.nodes.next[previous] = next;
  }

  /** Lets the oldest node go when a key has too many. */
  private trim(entry: number): void {
    let previous = -1;
    let node = this.first[entry] as number;
    let count = 1;
    for (; (this.nodes.next[node] as number) >= 0; count++) {
      previous = node;
      node = this.nodes.next[node] as number;
    }
    if (count <= this.limits.podsPerKey) return;
    this.detach(entry, node, previous);
    this.nodes.release(node);
  }
}
