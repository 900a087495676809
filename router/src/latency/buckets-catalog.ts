/** Buckets of times per output token, seconds. Source of both: llm-d-router v0.10.0, `predictedlatency/metrics`. */
export const tpotBuckets: readonly number[] = [
  0.0005, 0.00205, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 3, 4.5, 6, 12, 18, 24,
  30, 36, 48, 60, 90, 120, 180, 270, 360,
];

/** Buckets of the time that a prediction takes, seconds. */
export const predictionBuckets: readonly number[] = [0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
