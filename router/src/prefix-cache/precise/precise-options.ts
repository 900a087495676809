import { type JsonObject, parseGoDuration } from 'llm-d-epp-config';
import { indexBudget } from '../settings';
import type { BlockKeyOptions } from './block-keys';
import { parseByteSize } from './byte-size';
import type { EngineType } from './event-decoder';
import type { PreciseIndexLimits } from './precise-index';

const DEFAULT_BLOCK_SIZE = 16;
const DEFAULT_KEYS = 1e8;
const DEFAULT_PODS_PER_KEY = 10;
const DEFAULT_BYTES = 2 * 1024 ** 3;
const DEFAULT_SOCKET_PORT = 5557;
const DEFAULT_SPECULATIVE_MS = 2000;
const DEFAULT_WEIGHTS = [
  { name: 'gpu', weight: 1 },
  { name: 'cpu', weight: 0.8 },
];

/** Where events come from. */
export interface KvEventOptions {
  /** Address to bind; '' when engines do not connect to us. */
  readonly bind: string;
  readonly topicFilter: string;
  readonly engine: EngineType;
  /** Whether each endpoint is connected to. */
  readonly discoverPods: boolean;
  readonly socketPort: number;
  /** 0 when there is none. */
  readonly replayPort: number;
}

/** Parameters of the precise prefix cache. */
export interface PreciseOptions {
  readonly keys: BlockKeyOptions;
  readonly limits: PreciseIndexLimits;
  readonly weights: ReadonlyMap<string, number>;
  readonly events: KvEventOptions;
  readonly enableMetrics: boolean;
  /** How long a guess counts, in milliseconds; 0 makes no guesses. */
  readonly speculativeMs: number;
}

/** Reads the parameters; objects that are left out have the defaults of their fields. @throws Error for what this router can not do */
export function preciseOptions(parameters: JsonObject, env: Readonly<Record<string, string | undefined>>): PreciseOptions {
  const indexer = part(parameters, 'indexerConfig') ?? {};
  if (indexer.tokenizersPoolConfig !== undefined)
    throw new Error('tokenizersPoolConfig is not supported, configure a token-producer plugin instead');
  const blockIndex = part(indexer, 'kvBlockIndexConfig') ?? {};
  const backends = Array.isArray(indexer.kvCacheBackendConfigs) ? (indexer.kvCacheBackendConfigs as JsonObject[]) : DEFAULT_WEIGHTS;
  return {
    keys: keyOptions(part(parameters, 'tokenProcessorConfig') ?? {}),
    limits: limitsOf(blockIndex, env),
    weights: new Map(backends.map(({ name, weight }) => [String(name), typeof weight === 'number' ? weight : 0])),
    events: eventOptions(part(parameters, 'kvEventsConfig') ?? {}),
    enableMetrics: blockIndex.enableMetrics === true,
    speculativeMs: speculative(parameters),
  };
}

function keyOptions(config: JsonObject): BlockKeyOptions {
  return {
    blockSize: numberIn(config, 'blockSizeTokens', 0) || numberIn(config, 'blockSize', 0) || DEFAULT_BLOCK_SIZE,
    seed: textIn(config, 'hashSeed', ''),
    algorithm: config.hashAlgorithm === 'xxh64' ? 'xxh64' : 'cbor-fnv',
  };
}

/** Of several backends the cost-aware one counts, then Redis, then the one in memory. */
function limitsOf(config: JsonObject, env: Readonly<Record<string, string | undefined>>): PreciseIndexLimits {
  const costAware = part(config, 'costAwareMemoryConfig');
  if (costAware !== undefined) {
    const size = textIn(costAware, 'size', '2GiB');
    const budgetBytes = parseByteSize(size);
    if (budgetBytes === undefined || budgetBytes <= 0)
      throw new Error(`costAwareMemoryConfig.size is "${size}", write a size such as 2GiB`);
    return { keys: DEFAULT_KEYS, podsPerKey: Number.POSITIVE_INFINITY, budgetBytes };
  }
  if (part(config, 'redisConfig') !== undefined)
    throw new Error(
      'redisConfig is not supported: this router keeps the index in its own memory; use inMemoryConfig or costAwareMemoryConfig',
    );
  const inMemory = part(config, 'inMemoryConfig') ?? {};
  return {
    keys: numberIn(inMemory, 'size', DEFAULT_KEYS),
    podsPerKey: numberIn(inMemory, 'podCacheSize', DEFAULT_PODS_PER_KEY),
    budgetBytes: indexBudget(env, DEFAULT_BYTES),
  };
}

function eventOptions(config: JsonObject): KvEventOptions {
  const discovery = part(config, 'podDiscoveryConfig') ?? {};
  return {
    bind: textIn(config, 'zmqEndpoint', ''),
    topicFilter: textIn(config, 'topicFilter', 'kv@'),
    engine: config.engineType === 'sglang' ? 'sglang' : 'vllm',
    discoverPods: config.discoverPods !== false,
    socketPort: numberIn(discovery, 'socketPort', DEFAULT_SOCKET_PORT),
    replayPort: numberIn(discovery, 'replaySocketPort', 0),
  };
}

function speculative(parameters: JsonObject): number {
  if (parameters.speculativeIndexing !== true) return 0;
  const milliseconds = parseGoDuration(textIn(parameters, 'speculativeTTL', `${DEFAULT_SPECULATIVE_MS}ms`)) ?? 0;
  return milliseconds > 0 ? milliseconds : DEFAULT_SPECULATIVE_MS;
}

function part(config: JsonObject, name: string): JsonObject | undefined {
  const value = config[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

function textIn(config: JsonObject, name: string, fallback: string): string {
  const value = config[name];
  return typeof value === 'string' && value !== '' ? value : fallback;
}

function numberIn(config: JsonObject, name: string, fallback: number): number {
  const value = config[name];
  return typeof value === 'number' ? value : fallback;
}
