/** Samples that the memory holds in effect: each new one lets the old fade by 1/500. */
const MEMORY = 500;
/** The memory while the law seems to have changed. */
const SHORT_MEMORY = 20;
/** Samples before the first prediction. */
const WARM_UP = 32;
/** Pulls what no sample speaks of to 0; the weight of a fraction of one sample. */
const RIDGE = 0.01;
/** Rounds of descent for each sample. They start from the last solution, so few do. */
const SWEEPS = 4;
/** Values below this share of the mean count as it when errors are weighed: small values are mostly noise. */
const SMALLEST_SHARE = 0.02;
/** Steps of the averages of the relative error, short and long. */
const SHORT = 1 / 24;
const LONG = 1 / 256;
/** The law has changed when recent errors are notable and that many times the usual ones, or lean to one side by that share of them. */
const CHANGED = 2;
const LEANING = 0.6;
const NOTABLE = 0.1;
/** A sample that errs by more than so many usual errors counts as if it erred by that. */
const OUTLIER = 4;

/**
 * Learns a linear law with coefficients of 0 or more from one sample at a time: least squares of the relative error, old samples
 * fading.
 *
 * Holds only the sums x xᵀ and x y, so memory and time for a sample do not grow (both are of the order of the square of the number of
 * features), and solves them by coordinate descent. That no coefficient is negative keeps features which rise and fall together, as
 * queue and tokens in flight do, from being played off against each other: more load never predicts less latency. Single outliers are
 * clipped; when errors stay high, the law has changed and old samples fade fast.
 */
export class OnlineRegression {
  private readonly gram: Float64Array;
  private readonly moments: Float64Array;
  private readonly coefficients: Float64Array;
  private samples = 0;
  private mean = 0;
  private shortError = 0;
  private longError = 0;
  private bias = 0;
  private changing = false;

  /** `size` counts the features; one of them should be constant. */
  constructor(private readonly size: number) {
    this.gram = new Float64Array(size * size);
    this.moments = new Float64Array(size);
    this.coefficients = new Float64Array(size);
  }

  /** Whether enough was seen for predictions. */
  get ready(): boolean {
    return this.samples >= WARM_UP;
  }

  /** The value that the law gives. */
  predict(features: Float64Array): number {
    let value = 0;
    for (let i = 0; i < this.size; i++) value += (this.coefficients[i] as number) * (features[i] as number);
    return value;
  }

  /** Takes in a value above 0; others are ignored, as are features that are no numbers. */
  learn(features: Float64Array, value: number): void {
    if (!(value > 0) || !Number.isFinite(value)) return;
    for (let i = 0; i < this.size; i++) if (!Number.isFinite(features[i])) return;
    this.samples++;
    this.mean += (value - this.mean) * Math.max(LONG, 1 / this.samples);
    const expected = this.ready ? this.predict(features) : this.mean;
    const reference = Math.max(expected, SMALLEST_SHARE * this.mean);
    const fading = this.ready ? this.noteError(Math.max(-1, Math.min(1, (value - expected) / reference))) : 1 - 1 / MEMORY;
    const bound = OUTLIER * Math.max(this.longError, NOTABLE) * reference;
    const believed = this.ready && !this.changing ? Math.min(expected + bound, Math.max(expected - bound, value)) : value;
    this.add(features, believed, (this.mean / reference) ** 2, fading);
    for (let sweep = 0; sweep < SWEEPS; sweep++) this.descend();
  }

  /** Takes in a relative error from -1 to 1, so that one outlier is no change, and tells by how much old samples fade. */
  private noteError(error: number): number {
    const size = Math.abs(error);
    this.bias += (error - this.bias) * SHORT;
    this.shortError += (size - this.shortError) * SHORT;
    this.longError += (size - this.longError) * Math.max(LONG, 1 / (this.samples - WARM_UP + 1));
    const before = this.changing;
    const usual = this.longError;
    this.changing = this.shortError > NOTABLE && (this.shortError > CHANGED * usual || Math.abs(this.bias) > LEANING * usual);
    if (!this.changing) return 1 - 1 / MEMORY;
    return before ? 1 - 1 / SHORT_MEMORY : SHORT_MEMORY / MEMORY;
  }

  private add(features: Float64Array, value: number, weight: number, fading: number): void {
    const { gram, moments, size } = this;
    for (let i = 0; i < size; i++) {
      const weighted = weight * (features[i] as number);
      moments[i] = (moments[i] as number) * fading + weighted * value;
      for (let j = 0; j < size; j++) {
        const at = i * size + j;
        gram[at] = (gram[at] as number) * fading + weighted * (features[j] as number);
      }
    }
  }

  private descend(): void {
    const { gram, moments, coefficients, size } = this;
    for (let i = 0; i < size; i++) {
      let rest = moments[i] as number;
      for (let j = 0; j < size; j++) if (j !== i) rest -= (gram[i * size + j] as number) * (coefficients[j] as number);
      coefficients[i] = Math.max(0, rest / ((gram[i * size + i] as number) + RIDGE));
    }
  }
}
