/** Options of `Scorer.loadAware`. */
export interface LoadAwareScorerOptions {
  /**
   * Waiting requests at which a server scores 0.
   * @default 128
   */
  readonly threshold?: number;
}

/** Options of `Scorer.activeRequests`. */
export interface ActiveRequestsScorerOptions {
  /**
   * A server with at most this many requests in flight counts as idle and scores 1.
   * @default 0
   */
  readonly idleThreshold?: number;
  /**
   * Highest score of a server that is not idle, 0 to 1. Below 1 an idle server always wins.
   * @default 1
   */
  readonly maxBusyScore?: number;
  /**
   * Name of the producer that counts the requests in flight.
   * @default - the router's own `inflight-load-producer`
   */
  readonly producer?: string;
}

/** Options of `Scorer.tokenLoad`. */
export interface TokenLoadScorerOptions {
  /**
   * Tokens in flight at which a server scores 0.
   * @default 4194304
   */
  readonly queueThresholdTokens?: number;
  /**
   * Name of the producer that counts the tokens in flight.
   * @default - `inflight-load-producer`, which is declared when a strategy holds this scorer
   */
  readonly producer?: string;
}

/** Options of `Scorer.prefixCache`. */
export interface PrefixCacheScorerOptions {
  /**
   * Name of the producer that knows which server holds which prefix.
   * @default - the router's own `approx-prefix-cache-producer`
   */
  readonly producer?: string;
  /**
   * Share of the score that the absolute length of the match gives, 0 to 1; the rest is the matched part of the prompt. Needs router
   * v0.10.0.
   * @default 0
   */
  readonly matchLengthWeight?: number;
  /**
   * Matched tokens at which the absolute part is full. Needs router v0.10.0.
   * @default 8192
   */
  readonly matchLengthScaleTokens?: number;
}

/** Options of `Scorer.noHitLru`. */
export interface NoHitLruScorerOptions {
  /**
   * Servers whose last cold request is remembered.
   * @default 1024
   */
  readonly lruSize?: number;
  /**
   * Name of the producer that knows which server holds which prefix.
   * @default - the router's own `approx-prefix-cache-producer`
   */
  readonly producer?: string;
}

/** Options of `Scorer.contextLengthAware` and `Filter.contextLengthAware`. */
export interface ContextLengthAwareOptions {
  /**
   * Pod label with the range of prompt lengths that a server is meant for, `min-max` in tokens.
   * @default llm-d.ai/context-length-range
   */
  readonly label?: string;
}

/** Options of `Scorer.endpointAttribute`. */
export interface EndpointAttributeScorerOptions {
  /** Attribute that an extractor reads from every server. */
  readonly attributeKey: string;
  /** Which values score high. */
  readonly prefer: 'lower' | 'higher';
  /**
   * Value of the attribute that scores 0 (1 with `prefer: 'lower'`). Give `max` too.
   * @default - the lowest value among the candidates
   */
  readonly min?: number;
  /**
   * Value of the attribute that scores 1 (0 with `prefer: 'lower'`). Give `min` too.
   * @default - the highest value among the candidates
   */
  readonly max?: number;
  /**
   * Name of the extractor that reads the attribute. Needs a router newer than v0.10.0.
   * @default core-metrics-extractor
   */
  readonly producer?: string;
}

/** Options of `Scorer.latency`. */
export interface LatencyScorerOptions {
  /**
   * Weight of the time to the first token.
   * @default 0.8
   */
  readonly ttftWeight?: number;
  /**
   * Weight of the time per output token.
   * @default 0.2
   */
  readonly tpotWeight?: number;
  /**
   * Among servers that meet the objective: `least` packs onto the one with the least headroom, `most` spreads.
   * @default least
   */
  readonly headroomSelectionStrategy?: 'least' | 'most';
  /**
   * Weight of the free KV cache while there are no predictions.
   * @default 1
   */
  readonly compositeKVWeight?: number;
  /**
   * Weight of the queue while there are no predictions.
   * @default 1
   */
  readonly compositeQueueWeight?: number;
  /**
   * Weight of the matched prefix while there are no predictions.
   * @default 1
   */
  readonly compositePrefixWeight?: number;
  /**
   * Name of the producer of the predictions.
   * @default - the router's own `predicted-latency-producer`
   */
  readonly predictionProducer?: string;
  /**
   * Name of the producer that knows which server holds which prefix.
   * @default - the router's own `approx-prefix-cache-producer`
   */
  readonly prefixProducer?: string;
}
