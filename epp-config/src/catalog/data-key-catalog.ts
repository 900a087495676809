/** What is known about a kind of data that plugins exchange. */
export interface DataKeySpec {
  /** Producer name under which consumers look for the data unless a parameter names another one. */
  readonly defaultProducer: string;
  /**
   * Whether a plugin of type `defaultProducer` is created when a consumer requires the data and nobody produces it; `extended`: by the
   * router of this project only.
   */
  readonly createdOnDemand: boolean | 'extended';
  /** Name of the value's type; producer and consumer must agree. */
  readonly valueType: string;
}

const onDemand = (defaultProducer: string, valueType: string): DataKeySpec => ({ defaultProducer, createdOnDemand: true, valueType });
const declaredOnly = (defaultProducer: string, valueType: string): DataKeySpec => ({ defaultProducer, createdOnDemand: false, valueType });

/** Data keys that built-in plugins exchange. Source: llm-d-router v0.10.0, `datalayer/attribute/*` and the runner's registrations. */
export const dataKeys = {
  PrefixCacheMatchInfo: onDemand('approx-prefix-cache-producer', 'PrefixCacheMatchInfo'),
  InFlightLoad: onDemand('inflight-load-producer', 'InFlightLoad'),
  // Upstream has no default producer here, although the very plugin that it creates for InFlightLoad would produce it too.
  UncachedRequestTokens: { defaultProducer: 'inflight-load-producer', createdOnDemand: 'extended', valueType: 'UncachedRequestTokens' },
  LatencyPredictionInfo: onDemand('predicted-latency-producer', 'LatencyPredictionInfo'),
  EncoderCacheMatchInfo: onDemand('mm-embeddings-cache-producer', 'EncoderCacheMatchInfo'),
  TokenizedPrompt: onDemand('token-producer', 'TokenizedRequest'),
  SessionID: onDemand('session-id-producer', 'SessionID'),
  KVCacheUsagePercent: declaredOnly('core-metrics-extractor', 'float'),
  WaitingQueueSize: declaredOnly('core-metrics-extractor', 'int'),
  RunningRequestsSize: declaredOnly('core-metrics-extractor', 'int'),
  ActiveModels: declaredOnly('core-metrics-extractor', 'model counts'),
  WaitingModels: declaredOnly('core-metrics-extractor', 'model counts'),
  Topology: declaredOnly('topology-extractor', 'Topology'),
  GPUUtilization: declaredOnly('dcgm-extractor', 'scalar'),
  '/v1/models': declaredOnly('models-data-extractor', 'models'),
  'llm-d.ai/multicluster-kv-cache-utilization': declaredOnly('', 'scalar'),
  'llm-d.ai/multicluster-queue-size': declaredOnly('', 'scalar'),
} as const satisfies Readonly<Record<string, DataKeySpec>>;

/** Name of a built-in data key. */
export type DataKeyName = keyof typeof dataKeys;
