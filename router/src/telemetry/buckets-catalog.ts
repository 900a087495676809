const powers = (first: number, last: number): number[] => {
  const values: number[] = [];
  for (let value = first; value <= last; value *= 2) values.push(value);
  return values;
};

const requestSeconds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600,
  900, 1200, 1800, 2700, 3600,
];
// 32778 is a slip of upstream for 32768, kept because the series must stay comparable.
const responseBytes = [1, ...powers(8, 16384), 32778, 65536];

/** Upper bounds of the histograms that requests fill. Source: llm-d-router v0.10.0, `pkg/epp/metrics`. */
export const buckets = {
  /** Seconds of a whole request. */
  requestSeconds,
  /** Bytes of a request's body. */
  requestBytes: powers(64, 1 << 30),
  /** Bytes of an answer's body. */
  responseBytes,
  /** Tokens of a prompt. */
  inputTokens: [...responseBytes, 131072, 262144, 524288, 1048576],
  /** Tokens of an answer. */
  outputTokens: [1, ...powers(8, 8192)],
  /** Seconds of a whole request for each token of its answer. */
  secondsPerToken: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  /** Seconds to the first byte of the answer. */
  firstTokenSeconds: requestSeconds.filter((bound) => bound <= 120),
  /** Seconds for each token after the first. */
  streamingSecondsPerToken: [0.0005, 0.00205, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 2],
  /** Seconds between two chunks of an answer. */
  secondsBetweenChunks: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2],
  /** Seconds of a plugin. */
  pluginSeconds: [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1],
  /** Seconds that an ext-proc stream is open. */
  streamSeconds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600],
  /** Seconds that the router itself spends on a request. */
  requestProcessingSeconds: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  /** Seconds that the router itself spends on an answer. */
  responseProcessingSeconds: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
} as const;
