import { grown } from './key-table';

/** Order of use of small numbers, as a list in flat arrays. */
export class RecencyList {
  private older: Int32Array;
  private newer: Int32Array;
  private newest = -1;
  /** The number that was used longest ago, -1 when there is none. */
  oldest = -1;

  constructor(capacity: number) {
    this.older = new Int32Array(capacity);
    this.newer = new Int32Array(capacity);
  }

  get bytes(): number {
    return this.older.byteLength + this.newer.byteLength;
  }

  /** Makes room for numbers below `capacity`. */
  grow(capacity: number): void {
    if (capacity <= this.older.length) return;
    this.older = grown(this.older, capacity);
    this.newer = grown(this.newer, capacity);
  }

  /** Adds a number that is not in the list, as the newest. */
  add(id: number): void {
    this.older[id] = this.newest;
    this.newer[id] = -1;
    if (this.newest >= 0) this.newer[this.newest] = id;
    else this.oldest = id;
    this.newest = id;
  }

  remove(id: number): void {
    const older = this.older[id] as number;
    const newer = this.newer[id] as number;
    if (older >= 0) this.newer[older] = newer;
    else this.oldest = newer;
    if (newer >= 0) this.older[newer] = older;
    else this.newest = older;
  }

  /** Makes a number of the list the newest. */
  touch(id: number): void {
    if (id === this.newest) return;
    this.remove(id);
    this.add(id);
  }
}
