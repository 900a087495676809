import { checkInteger } from '../util/check';
import { type PluginParameters, PluginRef, unlessEmpty } from './plugin-ref';

/** Options of `Producer.approxPrefixCache`. */
export interface ApproxPrefixCacheOptions {
  /**
   * Whether block size and capacity follow what each server reports in its metrics.
   * @default true
   */
  readonly autoTune?: boolean;
  /**
   * Tokens of one block while the server reports none, or without `autoTune`. The router never goes below 64.
   * @default 16
   */
  readonly blockSizeTokens?: number;
  /**
   * Tokens of a prompt that are compared at most; 0 compares all.
   * @default 131072
   */
  readonly maxPrefixTokensToMatch?: number;
  /**
   * Blocks that the router believes each server to hold while the server reports none, or without `autoTune`.
   * @default 31250
   */
  readonly lruCapacityPerServer?: number;
}

/** Options of `Producer.precisePrefixCache`. */
export interface PrecisePrefixCacheOptions {
  /**
   * Tokens of one block of the index.
   * @default - the block size of the servers' engine
   */
  readonly blockSizeTokens?: number;
  /**
   * How the router hashes blocks; servers need not agree. Needs router v0.10.0.
   * @default cbor-fnv
   */
  readonly hashAlgorithm?: 'cbor-fnv' | 'xxh64';
  /**
   * Seed of the hash; must agree among routers that share a Redis index.
   * @default - empty
   */
  readonly hashSeed?: string;
  /**
   * Whether the chosen server counts as holding the prompt at once, before its event arrives.
   * @default false
   */
  readonly speculativeIndexing?: boolean;
  /**
   * Milliseconds for which such an entry counts.
   * @default 2000
   */
  readonly speculativeTtlMs?: number;
  /**
   * Workers that read events.
   * @default 4
   */
  readonly concurrency?: number;
  /**
   * Whether the router exposes metrics of the index.
   * @default false
   */
  readonly indexMetrics?: boolean;
  /**
   * Address of a Redis or Valkey that holds the index, shared by all routers, e.g. `redis://valkey:6379`.
   * @default - in the router's memory
   */
  readonly redisAddress?: string;
  /**
   * First part of the topic that the servers publish under.
   * @default kv@
   */
  readonly topicFilter?: string;
}

/** Options of `Producer.tokens`. */
export interface TokensOptions {
  /**
   * URL of a `vllm launch render` server that tokenizes as the engine does.
   * @default - the tokenizer that the router runs beside itself
   */
  readonly url?: string;
  /**
   * Name under which that server knows the model.
   * @default - the name under which the model is served
   */
  readonly modelName?: string;
  /**
   * Milliseconds for a request of text; after it the request is routed without tokens.
   * @default 5000
   */
  readonly timeoutMs?: number;
  /**
   * Milliseconds for a request with images, audio or video.
   * @default 30000
   */
  readonly multimodalTimeoutMs?: number;
}

/** Options of `Producer.inflightLoad`. */
export interface InflightLoadOptions {
  /**
   * Whether the tokens that the answer is expected to have count too.
   * @default false
   */
  readonly addEstimatedOutputTokens?: boolean;
  /**
   * Expected tokens of output for each token of input. Needs router v0.10.0.
   * @default 1.5
   */
  readonly outputRatio?: number;
}

/** Options of `Producer.predictedLatency`. */
export interface PredictedLatencyOptions {
  /**
   * Whether times per output token are learnt from streamed answers; needed for objectives on them.
   * @default false
   */
  readonly streamingMode?: boolean;
  /**
   * Factor on the objective of the time per output token before it is compared with the prediction.
   * @default 1
   */
  readonly sloBufferFactor?: number;
  /**
   * Pod label with the role, when prefill and decode servers are to be learnt apart.
   * @default - none
   */
  readonly endpointRoleLabel?: string;
}

/**
 * A data producer: computes what scorers and filters read. The router starts missing ones itself with their defaults; name one to set
 * its parameters, or to have two of a kind.
 */
export class Producer extends PluginRef {
  /** Guesses which server holds which prefix from the requests that this router has sent there. */
  static approxPrefixCache(options: ApproxPrefixCacheOptions = {}): Producer {
    checkCounts({ ...options, autoTune: undefined });
    return new Producer('approx-prefix-cache-producer', { ...options });
  }

  /** Knows which server holds which prefix from the KV-cache events that the servers publish. Needs real tokens: `Producer.tokens`. */
  static precisePrefixCache(options: PrecisePrefixCacheOptions = {}): Producer {
    const { blockSizeTokens, hashAlgorithm, hashSeed, speculativeIndexing, speculativeTtlMs, concurrency, indexMetrics, topicFilter } =
      options;
    checkCounts({ blockSizeTokens, concurrency });
    const index = unlessEmpty({ redisConfig: unlessEmpty({ address: options.redisAddress }), enableMetrics: indexMetrics });
    return new Producer('precise-prefix-cache-producer', {
      tokenProcessorConfig: unlessEmpty({ blockSizeTokens, hashSeed, hashAlgorithm }),
      speculativeIndexing,
      speculativeTTL: speculativeTtlMs === undefined ? undefined : `${speculativeTtlMs}ms`,
      indexerConfig: unlessEmpty({ kvBlockIndexConfig: index }),
      kvEventsConfig: unlessEmpty({ topicFilter, concurrency }),
    });
  }

  /** Tokenizes each prompt as the engine does, by asking a render server. */
  static tokens(options: TokensOptions = {}): Producer {
    const { url, modelName, timeoutMs, multimodalTimeoutMs } = options;
    const milliseconds = (value: number | undefined) => (value === undefined ? undefined : `${value}ms`);
    checkCounts({ timeoutMs, multimodalTimeoutMs });
    return new Producer('token-producer', {
      modelName,
      // Written even when empty: its presence is what selects the render server.
      vllm: { url, timeout: milliseconds(timeoutMs), mmTimeout: milliseconds(multimodalTimeoutMs) },
    });
  }

  /** Takes four bytes of text for a token: no tokenizer needed, good enough for guesses. `estimate` may set the sizes of media. */
  static estimatedTokens(estimate: PluginParameters = {}): Producer {
    return new Producer('token-producer', { estimate });
  }

  /** Counts requests and tokens in flight on each server, as this router sent them. */
  static inflightLoad(options: InflightLoadOptions = {}): Producer {
    return new Producer('inflight-load-producer', { ...options });
  }

  /** Asks the latency predictor sidecars for the latency of the request on each server. */
  static predictedLatency(options: PredictedLatencyOptions = {}): Producer {
    return new Producer('predicted-latency-producer', { ...options });
  }

  /** Any producer by its type; of your own router build, declare the type with `RoutingStrategy.withCustomPlugins`. */
  static plugin(type: string, parameters: PluginParameters = {}): Producer {
    return new Producer(type, parameters);
  }

  private constructor(type: string, parameters?: PluginParameters) {
    super(type, parameters);
    Object.freeze(this);
  }
}

function checkCounts(values: Readonly<Record<string, unknown>>): void {
  for (const [prop, value] of Object.entries(values)) {
    if (typeof value === 'number') {
      checkInteger(prop, value, prop === 'maxPrefixTokensToMatch' ? 0 : 1);
    }
  }
}
