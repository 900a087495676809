/** Features of a prediction, in the order of a row. Source: llm-d-router v0.10.0, the API of its latency predictor. */
export const featureNames = [
  'kv_cache_percentage',
  'input_token_length',
  'num_request_waiting',
  'num_request_running',
  'num_tokens_generated',
  'prefix_cache_score',
  'encoder_input_size',
  'encoder_matched_size',
  'prefill_tokens_in_flight',
  'decode_tokens_in_flight',
] as const;

/** Position of each feature in a row. */
export const feature = {
  kvUsage: 0,
  inputTokens: 1,
  waiting: 2,
  running: 3,
  generatedTokens: 4,
  prefixScore: 5,
  encoderInput: 6,
  encoderMatched: 7,
  prefillTokens: 8,
  decodeTokens: 9,
} as const;

/** Numbers in a row. */
export const FEATURES = featureNames.length;

/** What is known and predicted of each candidate when a request is decided; the arrays may be longer than `size` rows. */
export class FeatureBatch {
  readonly rows: Float64Array;
  readonly slots: Int32Array;
  /** Role of the endpoint: '' where all do both stages. */
  readonly podTypes: string[];
  /** Predictions in milliseconds; NaN where there is none. */
  readonly ttftMs: Float64Array;
  readonly tpotMs: Float64Array;
  size: number;

  constructor(readonly capacity: number) {
    this.rows = new Float64Array(capacity * FEATURES);
    this.slots = new Int32Array(capacity);
    this.podTypes = new Array<string>(capacity).fill('');
    this.ttftMs = new Float64Array(capacity).fill(Number.NaN);
    this.tpotMs = new Float64Array(capacity).fill(Number.NaN);
    this.size = capacity;
  }
}

/** Batches that are kept for reuse. */
const MAX_FREE = 64;

/** Lends batches: for a thousand endpoints one is 100 KB, too much to leave to the garbage collector at each request. */
export class BatchPool {
  private readonly free: FeatureBatch[] = [];

  /** A batch of `size` rows of 0 without predictions. */
  take(size: number): FeatureBatch {
    const batch = this.free.pop();
    if (batch === undefined || batch.capacity < size) return new FeatureBatch(size);
    batch.size = size;
    batch.rows.fill(0, 0, size * FEATURES);
    batch.podTypes.fill('', 0, size);
    batch.ttftMs.fill(Number.NaN, 0, size);
    batch.tpotMs.fill(Number.NaN, 0, size);
    return batch;
  }

  /** Takes a batch back that nobody reads or writes any more. */
  give(batch: FeatureBatch): void {
    if (this.free.length < MAX_FREE) this.free.push(batch);
  }
}
