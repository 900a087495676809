const FIRST_CAPACITY = 1024;

const mix = (entry: number, slot: number): number => {
  const mixed = Math.imul(Math.imul(entry, 0x9e3779b1) ^ Math.imul(slot + 1, 0x85ebca6b), 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
};

/** Finds the node of a hash and an endpoint; the nodes' own arrays are lent for each call. */
export class PairTable {
  private table: Int32Array;
  private mask: number;
  private size = 0;

  constructor(private readonly most: number) {
    this.table = new Int32Array(lengthFor(Math.min(most, FIRST_CAPACITY)));
    this.mask = this.table.length - 1;
  }

  get bytes(): number {
    return this.table.byteLength;
  }

  /** The node, -1 when there is none. */
  find(entry: number, slot: number, entries: Int32Array, slots: Uint16Array): number {
    const { table, mask } = this;
    for (let at = mix(entry, slot) & mask; ; at = (at + 1) & mask) {
      const node = (table[at] as number) - 1;
      if (node < 0 || (entries[node] === entry && slots[node] === slot)) return node;
    }
  }

  insert(node: number, entries: Int32Array, slots: Uint16Array): void {
    if ((this.size + 1) * 8 > this.table.length * 5) this.grow(entries, slots);
    this.place(node, entries, slots);
    this.size++;
  }

  remove(node: number, entries: Int32Array, slots: Uint16Array): void {
    const { table, mask } = this;
    let hole = mix(entries[node] as number, slots[node] as number) & mask;
    while (table[hole] !== node + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const other = (table[at] as number) - 1;
      if (other < 0) break;
      const home = mix(entries[other] as number, slots[other] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole] = other + 1;
      hole = at;
    }
    table[hole] = 0;
    this.size--;
  }

  private place(node: number, entries: Int32Array, slots: Uint16Array): void {
    const { table, mask } = this;
    let at = mix(entries[node] as number, slots[node] as number) & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = node + 1;
  }

  private grow(entries: Int32Array, slots: Uint16Array): void {
    const length = lengthFor(Math.min(this.most, Math.max(this.size + 1, this.size * 2)));
    if (length <= this.table.length) return;
    const old = this.table;
    this.table = new Int32Array(length);
    this.mask = length - 1;
    for (const value of old) if (value !== 0) this.place(value - 1, entries, slots);
  }
}

function lengthFor(size: number): number {
  let length = 16;
  while (length * 5 < size * 8) length *= 2;
  return length;
}
