import type { JsonObject } from 'llm-d-epp-config';

/** A media item of a prompt, as a range of its tokens. */
export interface MediaFeature {
  readonly modality: 'image' | 'audio' | 'video';
  /** Hash that identifies the content; equal content has equal hashes. */
  readonly hash: string;
  /** First placeholder token. */
  readonly offset: number;
  /** Number of placeholder tokens. */
  readonly length: number;
}

/** One prompt as tokens. */
export interface PromptTokens {
  /** Token ids, or pseudo tokens of four bytes each in estimate mode. */
  readonly ids: Uint32Array;
  readonly features: readonly MediaFeature[];
}

/** What the token-producer knows of a request; a completion request may have several prompts. */
export interface TokenizedPrompt {
  readonly prompts: readonly PromptTokens[];
  /** Whether the ids are pseudo tokens that no engine would make. */
  readonly estimated: boolean;
}

/**
 * How much of a request's prompt each endpoint holds in its cache. Arrays are indexed by slot; -1 means that nothing is known of the
 * endpoint.
 */
export interface PrefixCacheMatchInfo {
  /** Matched blocks, weighted by tier where the producer knows tiers, truncated. */
  readonly matchBlocks: Int32Array;
  /** Matched blocks without weights. The same array where there are no tiers. */
  readonly cachedBlocks: Int32Array;
  /** Blocks of the request. */
  readonly totalBlocks: number;
  readonly blockSizeTokens: number;
  /**
   * Consecutive blocks by tier (`gpu`, `cpu`, ...).
   * @default - the producer knows no tiers
   */
  readonly tiers?: ReadonlyMap<string, Int32Array>;
}

/** How much of a request's media each endpoint has encoded already; indexed by slot. */
export interface EncoderCacheMatchInfo {
  /** Sum of the sizes of matched items. */
  readonly matchedSize: Float64Array;
  /** Sum of the sizes of all items of the request. */
  readonly requestSize: number;
}

/** Predicted latencies; arrays indexed by slot, NaN where nothing is predicted. */
export interface LatencyPredictionInfo {
  readonly ttftMs: Float64Array;
  readonly tpotMs: Float64Array;
  /** SLO minus prediction, milliseconds; negative means the SLO will be missed. */
  readonly ttftHeadroomMs: Float64Array;
  readonly tpotHeadroomMs: Float64Array;
  /** Requests that this router has running on the endpoint. */
  readonly dispatched: Float64Array;
}

/** Value types of the data keys that are computed for each request. */
export interface RequestData {
  TokenizedPrompt: TokenizedPrompt;
  PrefixCacheMatchInfo: PrefixCacheMatchInfo;
  EncoderCacheMatchInfo: EncoderCacheMatchInfo;
  LatencyPredictionInfo: LatencyPredictionInfo;
  /** Tokens of this request that an endpoint must compute, by slot. */
  UncachedRequestTokens: Float64Array;
  SessionID: string;
}

/** Name under which a producer's data stands: the key and the name of the producer, by default the default producer's type. */
export const dataName = (key: string, producer: string): string => `${key}/${producer}`;

/** Names of the columns that core-metrics-extractor fills; other producers have columns of `dataName(attribute, producer)`. */
export const coreColumns = {
  /** Waiting requests; 0 before the first scrape. */
  waiting: dataName('WaitingQueueSize', 'core-metrics-extractor'),
  /** Running requests; 0 before the first scrape. */
  running: dataName('RunningRequestsSize', 'core-metrics-extractor'),
  /** Used share of the KV cache, 0 to 1; 0 before the first scrape. */
  kvUsage: dataName('KVCacheUsagePercent', 'core-metrics-extractor'),
  /** `Clock.now()` of the last extraction; NaN before the first. */
  updatedAt: dataName('UpdateTime', 'core-metrics-extractor'),
  /** Tokens of a KV cache block; 0 when not known. */
  cacheBlockSize: dataName('CacheBlockSize', 'core-metrics-extractor'),
  /** Blocks of the KV cache; 0 when not known. */
  cacheNumBlocks: dataName('CacheNumBlocks', 'core-metrics-extractor'),
} as const;

/** Column of the requests that inflight-load-producer `producer` counts. */
export const inFlightRequests = (producer: string): string => dataName('InFlightLoad.requests', producer);
/** Column of the tokens that inflight-load-producer `producer` counts. */
export const inFlightTokens = (producer: string): string => dataName('InFlightLoad.tokens', producer);

/** A text parameter, or `fallback` when it is absent or empty. */
export function textParameter(parameters: JsonObject, name: string, fallback: string): string {
  const value = parameters[name];
  return typeof value === 'string' && value !== '' ? value : fallback;
}
