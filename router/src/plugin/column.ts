/**
 * One number per endpoint slot: a metric, a counter, an attribute.
 *
 * `values` is replaced when the table grows, so keep the column, not the array, and read `values` anew for each request.
 */
export class Column {
  values: Float64Array;

  constructor(
    readonly name: string,
    /** Value of a slot that nobody has written: 0 for counters, NaN for "not known". */
    readonly empty: number,
    capacity: number,
  ) {
    this.values = new Float64Array(capacity).fill(empty);
  }

  /** Value of a slot. */
  at(slot: number): number {
    return this.values[slot] ?? this.empty;
  }

  /** Writes a slot. */
  set(slot: number, value: number): void {
    this.values[slot] = value;
  }

  /** Adds to a counter, which never goes below 0. */
  add(slot: number, delta: number): void {
    this.values[slot] = Math.max(0, this.at(slot) + delta);
  }

  /** Forgets what a slot held. */
  clear(slot: number): void {
    this.values[slot] = this.empty;
  }

  /** Makes room for more slots. */
  grow(capacity: number): void {
    const values = new Float64Array(capacity).fill(this.empty);
    values.set(this.values);
    this.values = values;
  }
}
