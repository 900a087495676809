/** Value that stands for all values over a limit. Source: llm-d-router v0.10.0, `metrics`. */
export const OTHER = 'other';

/** Keeps the values of a label that clients choose to a number that a metrics store can bear. */
export class LabelLimit {
  private readonly known = new Set<string>();

  /** `max` is the number of values that are shown as they are. */
  constructor(private readonly max = 1000) {}

  /** The value, or `other` when it is new and the limit is reached. */
  bound(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size >= this.max) return OTHER;
    this.known.add(value);
    return value;
  }
}
