import type { HashList } from '../hash/hash-kernel';
import { grown, KeyTable } from '../key-table';

interface Counts {
  readonly hashes: KeyTable;
  counts: Int32Array;
}

/**
 * Counts how often an engine has announced a block, by pod and kind of entry: an engine that offloads in chunks announces blocks that
 * chunks share more than once, and only the last removal means that the block is gone.
 */
export class RefCounts {
  private readonly pods = new Map<number, Map<number, Counts>>();
  /** Counted blocks. */
  size = 0;

  /** `most` bounds the counted blocks; further ones count as announced once. */
  constructor(private readonly most: number) {}

  /** Notes a store. */
  stored(pod: number, kind: number, hashes: HashList): void {
    const counts = this.of(pod, kind);
    for (let i = 0; i < hashes.length; i += 2) {
      let id = counts.hashes.find(hashes[i] as number, hashes[i + 1] as number);
      if (id < 0) {
        if (this.size >= this.most) continue;
        id = counts.hashes.insert(hashes[i] as number, hashes[i + 1] as number);
        if (counts.counts.length < counts.hashes.capacity) counts.counts = grown(counts.counts, counts.hashes.capacity);
        counts.counts[id] = 0;
        this.size++;
      }
      counts.counts[id] = (counts.counts[id] as number) + 1;
    }
  }

  /** Notes a removal: true when it was the last one, or the block was never counted. */
  removed(pod: number, kind: number, low: number, high: number): boolean {
    const counts = this.pods.get(pod)?.get(kind);
    const id = counts?.hashes.find(low, high) ?? -1;
    if (counts === undefined || id < 0) return true;
    const left = (counts.counts[id] as number) - 1;
    counts.counts[id] = left;
    if (left > 0) return false;
    counts.hashes.remove(id);
    this.size--;
    return true;
  }

  /** Forgets a pod. */
  clear(pod: number): void {
    for (const { hashes } of this.pods.get(pod)?.values() ?? []) this.size -= hashes.size;
    this.pods.delete(pod);
  }

  private of(pod: number, kind: number): Counts {
    let kinds = this.pods.get(pod);
    if (kinds === undefined) {
      kinds = new Map();
      this.pods.set(pod, kinds);
    }
    let counts = kinds.get(kind);
    if (counts === undefined) {
      const hashes = new KeyTable(this.most);
      counts = { hashes, counts: new Int32Array(hashes.capacity) };
      kinds.set(kind, counts);
    }
    return counts;
  }
}
