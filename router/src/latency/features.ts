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

/** What is known of each candidate when a request is decided: a row of features and a pod type each. */
export class FeatureBatch {
  readonly rows: Float64Array;
  readonly slots: Int32Array;
  /** Role of the endpoint: '' where all do both stages. */
  readonly podTypes: string[];

  constructor(readonly size: number) {
    this.rows = new Float64Array(size * FEATURES);
    this.slots = new Int32Array(size);
    this.podTypes = new Array<string>(size).fill('');
  }
}
