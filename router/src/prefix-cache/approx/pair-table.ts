import { type HashOf, ProbeSegments } from '../probe-segments';

/** Hash of a block and an endpoint. */
export function pairHash(entry: number, slot: number): number {
  const mixed = Math.imul(Math.imul(entry, 0x9e3779b1) ^ Math.imul(slot + 1, 0x85ebca6b), 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}

/** Finds the node of a block at an endpoint. */
export class PairTable {
  private readonly segments = new ProbeSegments();

  /** `hashOf` gives the `pairHash` of a node. */
  constructor(private readonly hashOf: HashOf) {}

  get bytes(): number {
    return this.segments.bytes;
  }

  /** The node, -1 when there is none; the nodes' arrays are lent for the call. */
  find(entry: number, slot: number, entries: Int32Array, slots: Uint16Array): number {
    const hash = pairHash(entry, slot);
    const table = this.segments.tableOf(hash);
    const mask = table.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const node = (table[at] as number) - 1;
      if (node < 0 || (entries[node] === entry && slots[node] === slot)) return node;
    }
  }

  insert(node: number): void {
    this.segments.insert(node, this.hashOf);
  }

  remove(node: number): void {
    this.segments.remove(node, this.hashOf);
  }
}
