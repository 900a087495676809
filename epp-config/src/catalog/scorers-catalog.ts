import { isObject, type JsonObject, own, show } from '../json';
import { alpha, ignoresParameters, type PluginSpec, plugin, reads } from '../plugin-spec';
import { flag, integer, number, type ObjectRule, object, text, word } from '../schema';
import { attributeProducerRule, scalarAttributeKey } from './attribute-parameters';
import { legacyTokenizersPool } from './legacy-parameters';
import { preciseParameters, preciseRules } from './precise-prefix-parameters';
import { sessionAffinityKeys, sessionAffinityParameters, sessionAffinityRules } from './session-affinity-parameters';

const prefixCacheParameters = {
  prefixMatchInfoProducerName: text(),
  matchLengthWeight: number({ min: 0, max: 1, default: 0, since: 'v0.10.0' }),
  matchLengthScaleTokens: integer({ default: 8192, since: 'v0.10.0' }),
} as const;

const prefixCacheRules: readonly ObjectRule[] = [
  (parameters) => {
    const scale = own(parameters, 'matchLengthScaleTokens');
    const weight = own(parameters, 'matchLengthWeight');
    if (typeof weight !== 'number' || weight <= 0 || typeof scale !== 'number' || scale > 0) return [];
    return [
      { field: 'matchLengthScaleTokens', message: `${scale} leaves matchLengthWeight ${weight} without a scale, write a number above 0` },
    ];
  },
];

const prefixMatch = reads('PrefixCacheMatchInfo', 'prefixMatchInfoProducerName');

/** Out-of-range value which the scorer replaces by its default instead of failing. */
function replacedWhen(name: string, isBad: (value: number) => boolean, effect: string): ObjectRule {
  return (parameters) => {
    const value = own(parameters, name);
    return typeof value === 'number' && isBad(value) ? [{ field: name, code: 'EPP015', message: `${value} is replaced by ${effect}` }] : [];
  };
}

const oneNormalization: ObjectRule = (value) => {
  const fixed = own(value, 'fixedRange');
  if (isObject(fixed) && isObject(own(value, 'adaptiveRange'))) {
    return [{ field: '', message: 'fixedRange and adaptiveRange are given, remove one of them' }];
  }
  const [min, max] = isObject(fixed) ? [own(fixed, 'min') ?? 0, own(fixed, 'max') ?? 0] : [0, 1];
  return Number(min) < Number(max)
    ? []
    : [{ field: 'fixedRange', message: `min ${show(min)} is not below max ${show(max)}, widen the range` }];
};

const topologyKey = { key: 'Topology', producerParameter: 'topologyProducerName', optional: true } as const;

const hasTokenizersPool = (parameters: JsonObject): boolean => {
  const indexer = own(parameters, 'indexerConfig');
  return isObject(indexer) && isObject(own(indexer, 'tokenizersPoolConfig'));
};

/** The 20 scorers. Source: llm-d-router v0.10.0, `scheduling/scorer`. */
export const scorers: readonly PluginSpec[] = [
  plugin('queue-scorer', 'scorer', 'prefers endpoints with few waiting requests', {
    ...ignoresParameters,
    consumes: [reads('WaitingQueueSize')],
  }),
  plugin('running-requests-size-scorer', 'scorer', 'prefers endpoints with few running requests', {
    ...ignoresParameters,
    consumes: [reads('RunningRequestsSize')],
  }),
  plugin('kv-cache-utilization-scorer', 'scorer', 'prefers endpoints with free KV cache', {
    ...ignoresParameters,
    consumes: [reads('KVCacheUsagePercent')],
  }),
  plugin('load-aware-scorer', 'scorer', 'halves the score of endpoints with a queue, down to 0 at the threshold', {
    parameters: { threshold: integer({ default: 128 }) },
    rules: [replacedWhen('threshold', (value) => value <= 0, 'the default 128, write a number above 0')],
  }),
  plugin('active-request-scorer', 'scorer', 'prefers endpoints with few requests in flight, as the router itself counts them', {
    parameters: {
      requestTimeout: text({ deprecated: 'the router ignores it, remove it' }),
      idleThreshold: integer({ default: 0 }),
      maxBusyScore: number({ default: 1 }),
      inFlightLoadProducerName: text(),
    },
    rules: [
      replacedWhen('idleThreshold', (value) => value < 0, 'the default 0, write 0 or more'),
      replacedWhen('maxBusyScore', (value) => value < 0 || value > 1, 'the default 1, write a number from 0 to 1'),
    ],
    consumes: [reads('InFlightLoad', 'inFlightLoadProducerName')],
  }),
  plugin('token-load-scorer', 'scorer', 'prefers endpoints with few tokens in flight', {
    parameters: { queueThresholdTokens: integer({ default: 4194304 }), inFlightLoadProducerName: text() },
    rules: [replacedWhen('queueThresholdTokens', (value) => value <= 0, 'the default 4194304, write a number above 0')],
    consumes: [reads('InFlightLoad', 'inFlightLoadProducerName'), reads('UncachedRequestTokens', 'inFlightLoadProducerName')],
  }),
  plugin('lora-affinity-scorer', 'scorer', 'prefers endpoints that have the LoRA adapter loaded', {
    ...ignoresParameters,
    consumes: [reads('ActiveModels'), reads('WaitingModels')],
  }),
  plugin('prefix-cache-scorer', 'scorer', 'prefers endpoints that hold the prefix of the prompt', {
    parameters: prefixCacheParameters,
    rules: prefixCacheRules,
    consumes: [prefixMatch],
  }),
  plugin(
    'precise-prefix-cache-scorer',
    ['scorer', 'producer'],
    'older form of precise-prefix-cache-producer and prefix-cache-scorer in one',
    {
      // Upstream registers it as Beta, but documents it as the legacy form.
      stability: 'deprecated',
      replacedBy: 'precise-prefix-cache-producer with prefix-cache-scorer',
      parameters: preciseParameters(legacyTokenizersPool),
      rules: preciseRules,
      produces: [{ key: 'PrefixCacheMatchInfo' }],
      consumes: [{ key: 'TokenizedPrompt', when: (parameters) => !hasTokenizersPool(parameters) }],
      extracts: ['endpoint-events'],
    },
  ),
  plugin('no-hit-lru-scorer', 'scorer', 'spreads requests that hit no cache over the least recently used endpoints', {
    parameters: {
      prefixPluginType: text({ deprecated: 'the router ignores it, use prefixMatchInfoProducerName' }),
      prefixPluginName: text({ deprecated: 'the router ignores it, use prefixMatchInfoProducerName' }),
      lruSize: integer({ default: 1024 }),
      prefixMatchInfoProducerName: text(),
    },
    rules: [replacedWhen('lruSize', (value) => value < 0, 'the default 1024, write a number above 0')],
    consumes: [prefixMatch],
  }),
  plugin('context-length-aware', ['filter', 'scorer'], 'prefers endpoints whose label names the context length range of the request', {
    parameters: { label: text({ default: 'llm-d.ai/context-length-range' }), enableFiltering: flag({ default: false }) },
    consumes: [reads('TokenizedPrompt')],
  }),
  plugin('session-affinity-scorer', 'scorer', 'prefers the endpoint that served the session before', {
    ...alpha(),
    parameters: sessionAffinityParameters,
    rules: sessionAffinityRules,
    parameterKeys: sessionAffinityKeys,
  }),
  plugin('header-label-affinity-scorer', 'scorer', 'prefers endpoints whose label equals a request header', {
    ...alpha('v0.10.0'),
    parameters: { headerName: text({ required: true }), labelKey: text({ required: true }) },
  }),
  plugin('topology-affinity-scorer', 'scorer', 'prefers endpoints near the peer of the other stage', {
    ...alpha('v0.10.0'),
    parameters: { topologyProducerName: text() },
    consumes: [topologyKey],
  }),
  plugin('endpoint-attribute-scorer', 'scorer', 'scores a scalar attribute of the endpoint', {
    ...alpha('v0.10.0'),
    parameters: {
      attributeKey: text({ required: true }),
      producer: text({ since: 'main' }),
      algorithm: object(
        {
          type: word(['linear_lower_is_better', 'linear_higher_is_better'], { required: true }),
          normalization: object(
            { fixedRange: object({ min: number(), max: number() }), adaptiveRange: object({}) },
            { rules: [oneNormalization] },
          ),
        },
        { required: true },
      ),
    },
    rules: [attributeProducerRule('attributeKey')],
    parameterKeys: (parameters) => scalarAttributeKey(parameters, 'attributeKey'),
  }),
  plugin('mm-embeddings-cache-scorer', 'scorer', 'prefers endpoints that hold the embeddings of the media in the prompt', {
    parameters: { producerName: text() },
    consumes: [reads('EncoderCacheMatchInfo', 'producerName')],
  }),
  plugin('latency-scorer', 'scorer', 'prefers endpoints with headroom to the latency objectives, as predicted', {
    parameters: {
      ttftWeight: number({ default: 0.8 }),
      tpotWeight: number({ default: 0.2 }),
      headroomSelectionStrategy: word(['least', 'most'], { default: 'least' }),
      compositeKVWeight: number({ default: 1 }),
      compositeQueueWeight: number({ default: 1 }),
      compositePrefixWeight: number({ default: 1 }),
      latencyPredictionInfoProducerName: text(),
      prefixMatchInfoProducerName: text(),
    },
    consumes: [reads('LatencyPredictionInfo', 'latencyPredictionInfoProducerName'), prefixMatch],
  }),
  plugin('multicluster-queue-scorer', 'scorer', 'queue-scorer over pools of other clusters', {
    ...alpha('v0.10.0'),
    ...ignoresParameters,
    consumes: [reads('llm-d.ai/multicluster-queue-size')],
  }),
  plugin('multicluster-kv-cache-utilization-scorer', 'scorer', 'kv-cache-utilization-scorer over pools of other clusters', {
    ...alpha('v0.10.0'),
    ...ignoresParameters,
    consumes: [reads('llm-d.ai/multicluster-kv-cache-utilization')],
  }),
  plugin('multicluster-prefix-cache-scorer', 'scorer', 'prefix-cache-scorer over pools of other clusters', {
    ...alpha('v0.10.0'),
    parameters: prefixCacheParameters,
    rules: prefixCacheRules,
    consumes: [prefixMatch],
  }),
];
