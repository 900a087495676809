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
   * Writes milliseconds for each row of the batch; NaN where nothing can be said.
   * @throws Error when predictions can not be had now
   */
  predict(batch: FeatureBatch, ttftMs: Float64Array, tpotMs: Float64Array): void | Promise<void>;
  learn(sample: LatencySample): void;
  start?(): void;
  stop?(): Promise<void>;
}
