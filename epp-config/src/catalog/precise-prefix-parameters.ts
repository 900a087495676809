import { own } from '../json';
import { duration, flag, integer, list, number, type ObjectRule, object, text, type ValueSchema, word } from '../schema';

const port = { min: 0, max: 65535 } as const;

const tokenProcessorConfig = object({
  blockSize: integer({ min: 0, deprecated: 'write blockSizeTokens instead' }),
  // 0 counts as left out; without either field the block has 16 tokens.
  blockSizeTokens: integer({ min: 0 }),
  hashSeed: text({ default: '' }),
  hashAlgorithm: word(['cbor-fnv', 'xxh64'], { default: 'cbor-fnv', since: 'v0.10.0' }),
});

const kvBlockIndexConfig = object({
  inMemoryConfig: object({ size: integer({ above: 0, default: 1e8 }), podCacheSize: integer({ above: 0, default: 10 }) }),
  redisConfig: object({ address: text({ default: 'redis://127.0.0.1:6379' }) }),
  costAwareMemoryConfig: object({ size: text({ format: 'bytes', default: '2GiB' }) }),
  enableMetrics: flag({ default: false }),
  // Decoded into a bare Go duration, which JSON writes as a number.
  metricsLoggingInterval: integer({ min: 0, unit: 'nanoseconds' }),
});

const kvEventsConfig = object({
  zmqEndpoint: text(),
  topicFilter: text({ default: 'kv@' }),
  concurrency: integer({ above: 0, default: 4 }),
  engineType: word(['vllm', 'sglang'], { default: 'vllm' }),
  discoverPods: flag({ default: true }),
  podDiscoveryConfig: object({
    podLabelSelector: text({ default: 'llm-d.ai/inference-serving=true' }),
    podNamespace: text(),
    socketPort: integer({ ...port, default: 5557 }),
    replaySocketPort: integer({ ...port, default: 0, since: 'v0.10.0' }),
  }),
});

/** Parameters of the precise prefix cache. Source: llm-d-router v0.10.0, `pkg/kvcache` and `pkg/kvevents`. */
export function preciseParameters(extraIndexerFields: Readonly<Record<string, ValueSchema>> = {}): Readonly<Record<string, ValueSchema>> {
  return {
    tokenProcessorConfig,
    indexerConfig: object({
      kvBlockIndexConfig,
      kvCacheBackendConfigs: list(object({ name: text({ required: true }), weight: number() })),
      ...extraIndexerFields,
    }),
    kvEventsConfig,
    speculativeIndexing: flag({ default: false }),
    speculativeTTL: duration({ default: '2s' }),
  };
}

/** Settings that have no effect alone. */
export const preciseRules: readonly ObjectRule[] = [
  (parameters) =>
    own(parameters, 'speculativeTTL') !== undefined && own(parameters, 'speculativeIndexing') !== true
      ? [
          {
            field: 'speculativeTTL',
            code: 'EPP015',
            message: 'speculativeTTL is ignored while speculativeIndexing is off, set speculativeIndexing to true',
          },
        ]
      : [],
];
