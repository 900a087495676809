import type { FeatureBatch } from './features';

/** A latency that was seen, with what was known when the request was decided. Latencies are milliseconds; 0 was not measured. */
export interface LatencySample {
  readonly row: Float64Array;
  readonly podType: string;
  readonly ttftMs: number;
  readonly tpotMs: number;
}

/** Predicts latencies and learns from those that come true. */
export interface LatencyPredictor {
  /**
   * Writes the predictions for each row into the batch; what it does not write stays NaN. The rows are read before it returns.
   * @throws Error when predictions can not be had now
   */
  predict(batch: FeatureBatch): void | Promise<void>;
  learn(sample: LatencySample): void;
  start?(): void;
  stop?(): Promise<void>;
}
