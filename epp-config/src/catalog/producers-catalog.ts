import { own, show } from '../json';
import { alpha, deprecated, type PluginSpec, plugin, reads, writes } from '../plugin-spec';
import { flag, integer, number, type ObjectRule, text, word } from '../schema';
import { preciseParameters, preciseRules } from './precise-prefix-parameters';
import { tokenProducerParameters, tokenProducerRules } from './token-producer-parameters';

const approxParameters = {
  autoTune: flag({ default: true }),
  blockSizeTokens: integer({ default: 16 }),
  blockSize: integer({ deprecated: 'write blockSizeTokens instead' }),
  maxPrefixTokensToMatch: integer({ min: 0, default: 131072 }),
  maxPrefixBlocksToMatch: integer({ default: 2048, deprecated: 'write maxPrefixTokensToMatch instead' }),
  lruCapacityPerServer: integer({ default: 31250 }),
} as const;

const fixedBlockSize: ObjectRule = (parameters) => {
  const size = own(parameters, 'blockSizeTokens');
  if (own(parameters, 'autoTune') !== false || typeof size !== 'number' || size > 0) return [];
  return [{ field: 'blockSizeTokens', message: `${size} is no block size while autoTune is off, write a number above 0` }];
};

const smallBlockRaised: ObjectRule = (parameters) => {
  const size = own(parameters, 'blockSizeTokens');
  if (typeof size !== 'number' || size <= 0 || size >= 64) return [];
  return [{ field: 'blockSizeTokens', code: 'EPP015', message: `${size} is replaced by 64, the smallest block; write 64 or more` }];
};

/** A cap that is either off (-1) or positive. */
const offOrPositive =
  (field: string): ObjectRule =>
  (parameters) => {
    const value = own(parameters, field);
    if (typeof value !== 'number' || value === -1 || value >= 1) return [];
    return [{ field, code: 'EPP006', message: `${value} is out of range, write -1 (no cap) or a number of at least 1` }];
  };

const capHoldsOneBlock: ObjectRule = (parameters) => {
  const cap = own(parameters, 'maxPrefixTokensToMatch');
  const block = own(parameters, 'blockSizeTokens') ?? 64;
  if (typeof cap !== 'number' || cap <= 0 || typeof block !== 'number' || cap >= block) return [];
  return [
    {
      field: 'maxPrefixTokensToMatch',
      message: `${cap} is less than one block of ${show(block)} tokens, write 0 or at least ${show(block)}`,
    },
  ];
};

const headerOrCookie: ObjectRule = (parameters) => {
  const given = ['headerName', 'cookieName'].filter((name) => String(own(parameters, name) ?? '').trim() !== '');
  if (given.length === 1) return [];
  const state = given.length === 0 ? 'neither headerName nor cookieName is' : 'headerName and cookieName are both';
  return [{ field: '', message: `${state} set, write exactly one of them` }];
};

const tokenized = reads('TokenizedPrompt');

/** The 11 data producers. Source: llm-d-router v0.10.0, `requestcontrol/dataproducer`. */
export const producers: readonly PluginSpec[] = [
  plugin('token-producer', 'producer', 'tokenises the prompt: by estimate, or exactly through vLLM', {
    parameters: tokenProducerParameters,
    rules: tokenProducerRules,
    produces: [writes('TokenizedPrompt')],
  }),
  plugin('tokenizer', 'producer', 'older name of token-producer', {
    ...deprecated('token-producer', 'v0.11.0'),
    parameters: tokenProducerParameters,
    rules: tokenProducerRules,
    produces: [writes('TokenizedPrompt')],
  }),
  plugin('approx-prefix-cache-producer', 'producer', 'remembers which endpoint got which prefix', {
    parameters: approxParameters,
    rules: [fixedBlockSize, smallBlockRaised],
    produces: [writes('PrefixCacheMatchInfo')],
    consumes: [tokenized],
  }),
  plugin('multicluster-approx-prefix-cache-producer', 'producer', 'approx-prefix-cache-producer over pools of other clusters', {
    ...alpha('v0.10.0'),
    parameters: approxParameters,
    rules: [fixedBlockSize, smallBlockRaised],
    produces: [writes('PrefixCacheMatchInfo')],
    consumes: [tokenized],
  }),
  plugin('precise-prefix-cache-producer', 'producer', 'follows the KV cache events of the engines', {
    parameters: preciseParameters(),
    rules: preciseRules,
    produces: [writes('PrefixCacheMatchInfo')],
    consumes: [tokenized],
    extracts: ['endpoint-events'],
  }),
  plugin('burst-prefix-cache-producer', 'producer', 'places requests of one burst that share a prefix together', {
    ...alpha('v0.10.0'),
    parameters: {
      windowDurationMs: integer({ min: 1, max: 10000, default: 100 }),
      maxPerReplica: integer({ default: -1 }),
      blockSizeTokens: integer({ above: 0, default: 64 }),
      maxPrefixTokensToMatch: integer({ min: 0, default: 0 }),
      minColocateBlocks: integer({ min: 0, default: 0 }),
      maxBatchSize: integer({ default: 1000 }),
      balanceBy: word(['requests', 'tokens'], { default: 'requests' }),
    },
    rules: [offOrPositive('maxPerReplica'), offOrPositive('maxBatchSize'), capHoldsOneBlock],
    produces: [writes('PrefixCacheMatchInfo')],
    consumes: [tokenized],
  }),
  plugin('p2p-source-producer', 'producer', 'names a peer from which the endpoint can pull cached prefix blocks', {
    ...alpha('v0.10.0'),
    parameters: {
      prefixMatchInfoProducerName: text(),
      minCachedTokenDelta: integer({ min: 1, default: 1 }),
      prefillProfileName: text({ default: 'prefill' }),
    },
    consumes: [reads('PrefixCacheMatchInfo', 'prefixMatchInfoProducerName')],
  }),
  plugin('inflight-load-producer', 'producer', 'counts requests and tokens in flight per endpoint', {
    parameters: {
      addEstimatedOutputTokens: flag({ default: false }),
      outputRatio: number({ min: 0, default: 1.5, since: 'v0.10.0' }),
      maxEstimatedOutputTokens: integer({ min: 0, since: 'v0.10.0' }),
      prefixMatchInfoProducerName: text(),
      syncCrossReplicaState: flag({ default: true, since: 'v0.10.0' }),
    },
    produces: [writes('InFlightLoad'), writes('UncachedRequestTokens')],
    consumes: [tokenized, { key: 'PrefixCacheMatchInfo', producerParameter: 'prefixMatchInfoProducerName', optional: true }],
    extracts: ['endpoint-events'],
  }),
  plugin('predicted-latency-producer', 'producer', 'predicts latencies through the latency predictor', {
    parameters: {
      samplingMean: number({ deprecated: 'the router ignores it, remove it' }),
      maxDecodeTokenSamplesForPrediction: integer({ deprecated: 'the router ignores it, remove it' }),
      sloBufferFactor: number({ above: 0, default: 1 }),
      // Decoded into a bare Go duration, so "5m" is a type error and 300000000000 is right.
      contextTTL: integer({ min: 0, unit: 'nanoseconds', default: 300e9 }),
      streamingMode: flag({ default: false }),
      endpointRoleLabel: text(),
      predictInProduce: flag({ default: true }),
      prefixMatchInfoProducerName: text(),
      inFlightLoadProducerName: text({ since: 'v0.10.0' }),
      useEncoderCacheFeatures: flag({ default: false, since: 'v0.10.0' }),
      encoderCacheMatchInfoProducerName: text({ since: 'v0.10.0' }),
    },
    produces: [writes('LatencyPredictionInfo')],
    consumes: [
      reads('PrefixCacheMatchInfo', 'prefixMatchInfoProducerName'),
      reads('InFlightLoad', 'inFlightLoadProducerName'),
      tokenized,
      {
        key: 'EncoderCacheMatchInfo',
        producerParameter: 'encoderCacheMatchInfoProducerName',
        when: (parameters) => own(parameters, 'useEncoderCacheFeatures') === true,
      },
    ],
  }),
  plugin('mm-embeddings-cache-producer', 'producer', 'remembers which endpoint got which media', {
    // 0 counts as left out.
    parameters: { cacheSizeInMBPerServer: integer({ min: 0, default: 4096 }) },
    produces: [writes('EncoderCacheMatchInfo')],
    consumes: [tokenized],
    extracts: ['endpoint-events'],
  }),
  plugin('session-id-producer', 'producer', 'takes the session id from a header or cookie', {
    parameters: { headerName: text(), cookieName: text() },
    rules: [headerOrCookie],
    produces: [writes('SessionID')],
  }),
];
