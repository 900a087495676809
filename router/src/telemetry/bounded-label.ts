/** Value that stands for all that came after the label was full. Source: llm-d-router v0.10.0, `metrics/cardinality.go`. */
export const overflowLabel = 'other';

/** Most values of a label that clients choose. Source: llm-d-router v0.10.0, `metrics/cardinality.go`. */
export const maxLabelValues = 1000;

/** Keeps a label whose values clients choose from growing without end: the first values stand for themselves, later ones are `other`. */
export class BoundedLabel {
  private readonly seen = new Set<string>();
  private readonly pinned = new Set<string>();

  constructor(private readonly max = maxLabelValues) {}

  /** The label for a value; it is the same at every call unless the value is pinned in between. */
  of(value: string): string {
    if (value === '' || this.seen.has(value) || this.pinned.has(value)) return value;
    if (this.seen.size >= this.max) return overflowLabel;
    this.seen.add(value);
    return value;
  }

  /** Lets a value that the configuration names always stand for itself. */
  pin(value: string): void {
    this.pinned.add(value);
  }
}
