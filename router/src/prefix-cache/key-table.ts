const FIRST_CAPACITY = 1024;
/** The lookup table is at most 5/8 full. */
const FILL_NUMERATOR = 5;
const FILL_DENOMINATOR = 8;

/** An array of the same kind with room for `capacity` numbers. */
export function grown<A extends Int32Array | Uint32Array | Uint16Array | Float64Array>(array: A, capacity: number): A {
  const larger = new (array.constructor as new (length: number) => A)(capacity);
  larger.set(array);
  return larger;
}

/** The capacity after `capacity`: the double, but no more than `most`. */
export function nextCapacity(capacity: number, most: number): number {
  return Math.min(most, capacity * 2);
}

function mix(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/**
 * Gives 64-bit keys small numbers, so that what belongs to a key can stand in flat arrays. Numbers of removed keys are given out again.
 *
 * Keys lie in typed arrays and are found by open addressing, so a million keys are a few arrays to the garbage collector.
 */
export class KeyTable {
  /** Words of the keys by number. */
  low: Uint32Array;
  high: Uint32Array;
  /** Keys in the table. */
  size = 0;
  private table: Int32Array;
  private mask: number;
  private used = 0;
  private free = -1;

  /** `most` bounds the keys. */
  constructor(readonly most: number) {
    const first = Math.min(most, FIRST_CAPACITY);
    this.low = new Uint32Array(first);
    this.high = new Uint32Array(first);
    this.table = new Int32Array(tableLength(first));
    this.mask = this.table.length - 1;
  }

  /** Numbers for which there is room; grows with `insert`. */
  get capacity(): number {
    return this.low.length;
  }

  get full(): boolean {
    return this.size >= this.most;
  }

  /** Bytes of the arrays. */
  get bytes(): number {
    return this.low.byteLength + this.high.byteLength + this.table.byteLength;
  }

  /** Number of a key, -1 when it is not there. */
  find(low: number, high: number): number {
    const { table, mask, low: lows, high: highs } = this;
    for (let at = mix(low, high) & mask; ; at = (at + 1) & mask) {
      const id = (table[at] as number) - 1;
      if (id < 0) return -1;
      if (lows[id] === low && highs[id] === high) return id;
    }
  }

  /** Adds a key that is not there. The caller looks at `full` first. */
  insert(low: number, high: number): number {
    const id = this.take();
    this.low[id] = low;
    this.high[id] = high;
    this.place(id);
    this.size++;
    return id;
  }

  /** Takes a key out by its number. */
  remove(id: number): void {
    const { table, mask } = this;
    let hole = mix(this.low[id] as number, this.high[id] as number) & mask;
    while (table[hole] !== id + 1) hole = (hole + 1) & mask;
    // Moves later keys of the run into the hole, so that no marks of removed keys are left behind.
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const other = (table[at] as number) - 1;
      if (other < 0) break;
      const home = mix(this.low[other] as number, this.high[other] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole] = other + 1;
      hole = at;
    }
    table[hole] = 0;
    this.low[id] = this.free + 1;
    this.free = id;
    this.size--;
  }

  private take(): number {
    if (this.free >= 0) {
      const id = this.free;
      this.free = (this.low[id] as number) - 1;
      return id;
    }
    if (this.used === this.capacity) this.grow();
    return this.used++;
  }

  private place(id: number): void {
    const { table, mask } = this;
    let at = mix(this.low[id] as number, this.high[id] as number) & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = id + 1;
  }

  /** All numbers are in use here, so all are placed anew. */
  private grow(): void {
    const capacity = nextCapacity(this.capacity, this.most);
    this.low = grown(this.low, capacity);
    this.high = grown(this.high, capacity);
    const length = tableLength(capacity);
    if (length === this.table.length) return;
    this.table = new Int32Array(length);
    this.mask = length - 1;
    for (let id = 0; id < this.used; id++) this.place(id);
  }
}

function tableLength(capacity: number): number {
  let length = 16;
  while (length * FILL_NUMERATOR < capacity * FILL_DENOMINATOR) length *= 2;
  return length;
}
