import { ProbeSegments } from './probe-segments';

const FIRST_CAPACITY = 1024;
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
  private readonly segments = new ProbeSegments();
  private used = 0;
  private free = -1;

  /** `most` bounds the keys. */
  constructor(readonly most: number) {
    const first = Math.min(most, FIRST_CAPACITY);
    this.low = new Uint32Array(first);
    this.high = new Uint32Array(first);
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
    return this.low.byteLength + this.high.byteLength + this.segments.bytes;
  }

  /** Number of a key, -1 when it is not there. */
  find(low: number, high: number): number {
    const { low: lows, high: highs } = this;
    const hash = mix(low, high);
    const table = this.segments.tableOf(hash);
    const mask = table.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
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
    this.segments.insert(id, this.hashOf);
    this.size++;
    return id;
  }

  /** Takes a key out by its number. */
  remove(id: number): void {
    this.segments.remove(id, this.hashOf);
    this.low[id] = this.free + 1;
    this.free = id;
    this.size--;
  }

  private readonly hashOf = (id: number): number => mix(this.low[id] as number, this.high[id] as number);

  private take(): number {
    if (this.free >= 0) {
      const id = this.free;
      this.free = (this.low[id] as number) - 1;
      return id;
    }
    if (this.used === this.capacity) {
      const capacity = nextCapacity(this.capacity, this.most);
      this.low = grown(this.low, capacity);
      this.high = grown(this.high, capacity);
    }
    return this.used++;
  }
}
