import { grown, nextCapacity } from '../key-table';

const FIRST_ROWS = 256;

/** Sets of endpoint slots as rows of bits. Only blocks that two or more endpoints hold have one. */
export class HolderRows {
  /** Words of a row. */
  width: number;
  words: Uint32Array;
  private used = 0;
  private readonly freed: number[] = [];

  constructor(
    slots: number,
    private readonly budgetBytes: number,
  ) {
    this.width = Math.ceil(slots / 32);
    this.words = new Uint32Array(Math.max(1, Math.min(FIRST_ROWS, this.most)) * this.width);
  }

  /** Rows within the budget. */
  get most(): number {
    return Math.floor(this.budgetBytes / 4 / this.width);
  }

  get bytes(): number {
    return this.words.byteLength;
  }

  /** Makes room for more slots. */
  widen(slots: number): void {
    const width = Math.ceil(slots / 32);
    if (width <= this.width) return;
    const words = new Uint32Array(Math.max(this.used, 1) * width);
    for (let row = 0; row < this.used; row++) words.set(this.words.subarray(row * this.width, (row + 1) * this.width), row * width);
    this.words = words;
    this.width = width;
  }

  /** A new empty row; -1 when the budget is used up. */
  take(): number {
    const freed = this.freed.pop();
    if (freed !== undefined) return freed;
    const capacity = Math.floor(this.words.length / this.width);
    if (this.used === capacity) {
      const next = nextCapacity(capacity, this.most);
      if (next <= capacity) return -1;
      this.words = grown(this.words, next * this.width);
    }
    return this.used++;
  }

  release(row: number): void {
    this.words.fill(0, row * this.width, (row + 1) * this.width);
    this.freed.push(row);
  }

  set(row: number, slot: number): void {
    const at = row * this.width + (slot >> 5);
    this.words[at] = (this.words[at] as number) | (1 << (slot & 31));
  }

  unset(row: number, slot: number): void {
    const at = row * this.width + (slot >> 5);
    this.words[at] = (this.words[at] as number) & ~(1 << (slot & 31));
  }

  has(row: number, slot: number): boolean {
    return (((this.words[row * this.width + (slot >> 5)] as number) >>> (slot & 31)) & 1) === 1;
  }

  /** The one slot of a row; -1 when it has more. */
  only(row: number): number {
    let slot = -1;
    for (let i = 0; i < this.width; i++) {
      const word = this.words[row * this.width + i] as number;
      if (word === 0) continue;
      if (slot >= 0 || (word & (word - 1)) !== 0) return -1;
      slot = i * 32 + 31 - Math.clz32(word);
    }
    return slot;
  }

  /** Whether two rows hold the same slots. */
  equal(row: number, other: number): boolean {
    const { width, words } = this;
    const a = row * width;
    const b = other * width;
    for (let i = 0; i < width; i++) if (words[a + i] !== words[b + i]) return false;
    return true;
  }
}
