/** Upper bits of a hash that choose the segment. */
const SEGMENT_BITS = 6;
const FIRST_LENGTH = 16;
/** Nothing is in it, and nothing is ever put into it. */
const EMPTY = new Int32Array(1);

/** Hash of a number that is in the table: 32 bits. */
export type HashOf = (id: number) => number;

/**
 * Finds small numbers by a hash, with open addressing. Cells hold the number plus 1; 0 is an empty cell.
 *
 * The table is cut into segments that grow on their own, so that growth at some million numbers is many short pauses, not a long one.
 */
export class ProbeSegments {
  private readonly tables: Int32Array[] = new Array<Int32Array>(1 << SEGMENT_BITS).fill(EMPTY);
  private readonly fills = new Int32Array(1 << SEGMENT_BITS);

  get bytes(): number {
    let bytes = 0;
    for (const table of this.tables) bytes += table.byteLength;
    return bytes;
  }

  /** The table to probe from `hash & (length - 1)` on. */
  tableOf(hash: number): Int32Array {
    return this.tables[hash >>> (32 - SEGMENT_BITS)] as Int32Array;
  }

  insert(id: number, hashOf: HashOf): void {
    const hash = hashOf(id);
    const segment = hash >>> (32 - SEGMENT_BITS);
    const fill = (this.fills[segment] as number) + 1;
    let table = this.tables[segment] as Int32Array;
    // At most 5/8 full.
    if (fill * 8 > table.length * 5) {
      const larger = new Int32Array(Math.max(FIRST_LENGTH, table.length * 2));
      for (const cell of table) if (cell !== 0) place(larger, cell, hashOf(cell - 1));
      table = larger;
      this.tables[segment] = larger;
    }
    place(table, id + 1, hash);
    this.fills[segment] = fill;
  }

  remove(id: number, hashOf: HashOf): void {
    const hash = hashOf(id);
    const segment = hash >>> (32 - SEGMENT_BITS);
    const table = this.tables[segment] as Int32Array;
    const mask = table.length - 1;
    let hole = hash & mask;
    while (table[hole] !== id + 1) hole = (hole + 1) & mask;
    // Moves later numbers of the run into the hole, so that no marks of removed ones are left behind.
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const cell = table[at] as number;
      if (cell === 0) break;
      const home = hashOf(cell - 1) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole] = cell;
      hole = at;
    }
    table[hole] = 0;
    this.fills[segment] = (this.fills[segment] as number) - 1;
  }
}

function place(table: Int32Array, cell: number, hash: number): void {
  const mask = table.length - 1;
  let at = hash & mask;
  while (table[at] !== 0) at = (at + 1) & mask;
  table[at] = cell;
}
