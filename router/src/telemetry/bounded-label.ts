/** Value that stands for all values beyond the limit of a label. Source: llm-d-router v0.10.0, `pkg/epp/metrics/cardinality.go`. */
export const overflowLabel = 'other';

/** Distinct values of a label that clients choose. Source: as above. */
const MAX_VALUES = 1000;

/** Longest value, in UTF-16 units. Names of models and tenants are shorter; a body may hold megabytes where its model should stand. */
const MAX_LENGTH = 512;

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Lets so many distinct values of a label through; all others become one value, so that clients can not fill the memory. So do values that
 * are very long, or hold halves of surrogate pairs: those would all be written as the same character, and give the page equal series.
 */
export class BoundedLabel {
  private readonly seen = new Set<string>();
  private readonly pinned = new Set<string>();

  constructor(private readonly max = MAX_VALUES) {}

  /** The value to put into the label. A value that was let through once is let through always. */
  bound(value: string): string {
    if (value === '' || this.seen.has(value) || this.pinned.has(value)) return value;
    if (this.seen.size >= this.max || value.length > MAX_LENGTH || LONE_SURROGATE.test(value)) return overflowLabel;
    this.seen.add(value);
    return value;
  }

  /** Lets a value through for ever, without counting it: one that the operator has configured. */
  pin(value: string): void {
    this.pinned.add(value);
  }
}

/** Limits that all metrics of the process share. */
export class LabelLimits {
  /** Of `model_name` and `target_model_name` together. */
  readonly models = new BoundedLabel();
  /** Of `fairness_id`. */
  readonly fairnessIds = new BoundedLabel();
}
