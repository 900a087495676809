import type { SessionAffinityOptions } from './session-affinity';

/** Options of `RoutingStrategy.precisePrefix`. */
export interface PrecisePrefixOptions {
  /**
   * URL of a `vllm launch render` server that tokenizes as the engine does.
   * @default - the router runs a tokenizer beside itself
   */
  readonly renderUrl?: string;
  /**
   * Tokens of one block of the index. It and the engine's block size must divide one another.
   * @default - the block size of the servers' engine, which must then be set
   */
  readonly blockTokens?: number;
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
   * Whether the chosen server counts as holding the prompt at once, for two seconds, before its event arrives.
   * @default true
   */
  readonly speculativeIndexing?: boolean;
  /**
   * Address of a Redis or Valkey that holds the index, shared by all routers, e.g. `redis://valkey:6379`.
   * @default - in the router's memory
   */
  readonly redisAddress?: string;
}

/** Options of `RoutingStrategy.prefillDecode`. */
export interface PrefillDecodeOptions {
  /**
   * Tokens of the prompt that the chosen decode server must lack for the prompt to go to a prefill server; below it the decode server
   * prefills by itself. 512 to 2048 suit production.
   * @default - every prompt goes to a prefill server
   */
  readonly minUncachedTokens?: number;
  /**
   * Shortest prompt, in tokens, that goes to a prefill server. Only with `minUncachedTokens`; needs router v0.10.0.
   * @default - any length
   */
  readonly minPromptTokens?: number;
}

/** Options of `RoutingStrategy.wideEp`. */
export interface WideEpOptions {
  /**
   * Whether prefill and decode run on groups of their own.
   * @default true
   */
  readonly prefillDecode?: boolean;
}

/** Options of `RoutingStrategy.predictedLatency`. */
export interface PredictedLatencyStrategyOptions {
  /**
   * Whether clients name objectives (headers `x-llm-d-slo-ttft-ms` and `x-llm-d-slo-tpot-ms`): servers that are predicted to meet them
   * are preferred, and requests of negative priority that none can meet are refused.
   * @default false
   */
  readonly slo?: boolean;
  /**
   * Whether times per output token are learnt from streamed answers.
   * @default - as `slo`
   */
  readonly streaming?: boolean;
}

/** Options of `RoutingStrategy.sessionAffinity`. */
export interface SessionAffinityStrategyOptions extends SessionAffinityOptions {
  /**
   * Whether only the server of the session may be chosen while it is there; otherwise it is preferred and load still counts.
   * @default false
   */
  readonly strict?: boolean;
}

/** Options of `RoutingStrategy.custom`. */
export interface CustomRoutingOptions {
  /**
   * Plugin types of your own router build; types that are neither upstream's nor listed here are errors.
   * @default - none
   */
  readonly plugins?: readonly string[];
}

/** Where a method that derives a strategy acts. */
export interface ProfileOptions {
  /**
   * Name of the profile: `prefill` or `decode`, or `default` when the stages are not split.
   * @default - all profiles
   */
  readonly profile?: string;
}
