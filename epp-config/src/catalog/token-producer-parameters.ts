import { isObject, own } from '../json';
import { anything, duration, flag, integer, map, number, type ObjectRule, object, text, word } from '../schema';

const resolution = object({ width: integer({ min: 0 }), height: integer({ min: 0 }) });
const factor = object({ factor: integer({ min: 0, default: 1024 }) });

const image = object({
  mode: word(['dynamic', 'static'], { default: 'dynamic' }),
  defaultResolution: resolution,
  static: object({ staticToken: integer({ min: 0 }) }),
  dynamic: factor,
});

const video = object(
  {
    defaultResolution: resolution,
    defaultDuration: number({ min: 0, unit: 'seconds' }),
    tokensPerFrame: object({
      mode: word(['dynamic', 'static'], { default: 'dynamic' }),
      static: object({ numTokensPerFrame: integer({ min: 0 }) }),
      dynamic: factor,
    }),
    frames: object({
      mode: word(['sampled', 'strided'], { default: 'sampled' }),
      minFrames: integer({ min: 0 }),
      maxFrames: integer({ min: 0 }),
      sampled: object({ sampleFPS: number({ min: 0, default: 2 }), temporalPatchSize: integer({ min: 0 }) }),
      strided: object({ defaultSourceFPS: number({ min: 0, default: 24 }), frameStride: integer({ min: 0 }) }),
    }),
    maxVideoTokens: integer({ min: 0 }),
  },
  { since: 'v0.10.0' },
);

/** Parameters of token-producer. Source: llm-d-router v0.10.0, `dataproducer/tokenizer`, and llm-d-kv-cache for the socket. */
export const tokenProducerParameters = {
  estimate: object({ image, video }),
  vllm: object({
    url: text({ default: 'http://localhost:8000' }),
    timeout: duration({ default: '5s' }),
    mmTimeout: duration({ default: '30s' }),
  }),
  udsTokenizerConfig: object(
    { socketFile: text(), useTCP: flag({ default: false }), modelTokenizerMap: map(anything()) },
    { deprecated: 'write vllm instead' },
  ),
  modelName: text(),
} as const;

const oneSource: ObjectRule = (parameters) => {
  const socket = own(parameters, 'udsTokenizerConfig');
  const usesSocket = isObject(socket) && (own(socket, 'socketFile') ?? '') !== '';
  const hasModel = (own(parameters, 'modelName') ?? '') !== '';
  const usesVllm = isObject(own(parameters, 'vllm')) || (hasModel && !usesSocket);
  const estimates = isObject(own(parameters, 'estimate'));
  const given = [
    ...(estimates ? ['estimate'] : []),
    ...(usesVllm ? ['vllm or modelName'] : []),
    ...(usesSocket ? ['udsTokenizerConfig'] : []),
  ];
  if (given.length > 1)
    return [{ field: '', message: `${given.join(' and ')} are given, only one tokenizer source is allowed; remove the others` }];
  // The router counts a modelName beside a socket as a request for vllm, so that combination never starts either.
  if (usesSocket && hasModel) {
    return [
      {
        field: 'udsTokenizerConfig',
        message: 'udsTokenizerConfig does not start together with modelName and needs it, write vllm instead',
      },
    ];
  }
  if ((usesVllm || usesSocket) && !hasModel) {
    return [{ field: 'modelName', code: 'EPP004', message: `modelName is missing, ${given[0]} needs the name of the served model` }];
  }
  return [];
};

/** Exactly one source of tokens. */
export const tokenProducerRules: readonly ObjectRule[] = [oneSource];
