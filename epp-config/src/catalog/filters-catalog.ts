import { isObject, own } from '../json';
import { alpha, deprecated, ignoresParameters, type PluginSpec, plugin, reads } from '../plugin-spec';
import { flag, list, number, type ObjectRule, object, text, word } from '../schema';
import { attributeProducerRule, scalarAttributeKey } from './attribute-parameters';
import { labelSelectorParameters } from './label-selector-parameters';
import { sessionAffinityKeys, sessionAffinityParameters, sessionAffinityRules } from './session-affinity-parameters';

const labelValuesRule: ObjectRule = (parameters) => {
  const values = own(parameters, 'validValues');
  if ((Array.isArray(values) && values.length > 0) || own(parameters, 'allowsNoLabel') === true) return [];
  return [{ field: 'validValues', message: 'validValues is empty and allowsNoLabel is off, list a value or set allowsNoLabel to true' }];
};

const kvFractionRule: ObjectRule = (condition) => {
  const maxValue = own(condition, 'maxValue');
  if (own(condition, 'metric') !== 'kv-cache-utilization' || typeof maxValue !== 'number' || maxValue <= 1) return [];
  return [
    { field: 'maxValue', code: 'EPP006', message: `${maxValue} is no fraction, write a number from 0 to 1 for kv-cache-utilization` },
  ];
};

const throughputRule: ObjectRule = (parameters) => {
  const usesThroughput = (own(parameters, 'ttftSource') || 'prefillThroughput') === 'prefillThroughput';
  if (!usesThroughput || own(parameters, 'maxTTFTPenaltyMs') === 0 || own(parameters, 'peakPrefillThroughput') !== 0) return [];
  return [
    {
      field: 'peakPrefillThroughput',
      message: 'peakPrefillThroughput is 0 while ttftSource is "prefillThroughput", write a number above 0',
    },
  ];
};

const measuresActiveRequests = (conditions: unknown): boolean =>
  Array.isArray(conditions) && conditions.some((condition) => isObject(condition) && own(condition, 'metric') === 'active-requests');

/** The 14 filters. Source: llm-d-router v0.10.0, `scheduling/filter`. */
export const filters: readonly PluginSpec[] = [
  plugin('decode-filter', 'filter', 'keeps endpoints that decode, by the label llm-d.ai/role; no label counts', ignoresParameters),
  plugin('prefill-filter', 'filter', 'keeps endpoints that prefill, by the label llm-d.ai/role', ignoresParameters),
  plugin('encode-filter', 'filter', 'keeps endpoints that encode media, by the label llm-d.ai/role', ignoresParameters),
  plugin('label-selector-filter', 'filter', 'keeps endpoints that a Kubernetes label selector matches', {
    parameters: labelSelectorParameters,
  }),
  plugin('by-label-selector', 'filter', 'older name of label-selector-filter', {
    ...deprecated('label-selector-filter', 'v0.11.0'),
    parameters: labelSelectorParameters,
  }),
  plugin('by-label', 'filter', 'keeps endpoints whose label has one of the listed values', {
    ...deprecated('label-selector-filter', 'v0.11.0'),
    parameters: { label: text({ required: true }), validValues: list(text()), allowsNoLabel: flag({ default: false }) },
    rules: [labelValuesRule],
  }),
  plugin('session-affinity-filter', 'filter', 'keeps only the endpoint that served the session before', {
    ...alpha(),
    parameters: sessionAffinityParameters,
    rules: sessionAffinityRules,
    parameterKeys: sessionAffinityKeys,
  }),
  plugin('multicluster-session-affinity-filter', 'filter', 'session-affinity-filter over pools of other clusters', {
    ...alpha('v0.10.0'),
    parameters: sessionAffinityParameters,
    rules: sessionAffinityRules,
    parameterKeys: sessionAffinityKeys,
  }),
  plugin('endpoint-attribute-filter', 'filter', 'keeps endpoints whose scalar attribute passes a threshold', {
    ...alpha('v0.10.0'),
    parameters: {
      attribute: text({ required: true }),
      producer: text({ since: 'main' }),
      onMissing: word(['Pass', 'Fail'], { default: 'Pass' }),
      fallbackOnEmpty: flag({ default: false }),
      algorithm: object(
        {
          type: word(['threshold'], { required: true }),
          threshold: object(
            {
              operator: word(['LessThan', 'LessThanOrEqual', 'GreaterThan', 'GreaterThanOrEqual', 'Equal', 'NotEqual'], { required: true }),
              value: number({ default: 0 }),
            },
            { required: true },
          ),
        },
        { required: true },
      ),
    },
    rules: [attributeProducerRule('attribute')],
    parameterKeys: (parameters) => scalarAttributeKey(parameters, 'attribute'),
  }),
  plugin('topology-affinity-filter', 'filter', 'keeps endpoints near the peer of the other stage', {
    ...alpha('v0.10.0'),
    parameters: { minAffinity: word(['host', 'rack', 'zone', 'region'], { default: 'host' }), topologyProducerName: text() },
    consumes: [{ key: 'Topology', producerParameter: 'topologyProducerName', optional: true }],
  }),
  plugin('utilization-filter', 'filter', 'keeps endpoints below limits of load', {
    ...alpha('v0.10.0'),
    parameters: {
      conditions: list(
        object(
          {
            metric: word(['active-requests', 'running-requests', 'waiting-queue', 'kv-cache-utilization'], { required: true }),
            maxValue: number({ min: 0, required: true }),
          },
          { rules: [kvFractionRule] },
        ),
        { required: true, minItems: 1 },
      ),
      fallbackOnEmpty: flag({ default: false }),
      inFlightLoadProducerName: text(),
    },
    consumes: [
      {
        key: 'InFlightLoad',
        producerParameter: 'inFlightLoadProducerName',
        when: (parameters) => measuresActiveRequests(own(parameters, 'conditions')),
      },
    ],
  }),
  plugin('prefix-cache-affinity-filter', 'filter', 'keeps endpoints that hold most of the prefix unless they are much slower', {
    parameters: {
      affinityThreshold: number({ max: 1, default: 0.8 }),
      explorationProbability: number({ min: 0, max: 1, default: 0 }),
      maxTTFTPenaltyMs: number({ min: 0, default: 18000 }),
      ttftSource: word(['prefillThroughput', 'latencyPredictor'], { default: 'prefillThroughput' }),
      peakPrefillThroughput: number({ min: 0, default: 15928 }),
      prefixMatchInfoProducerName: text(),
      latencyPredictionInfoProducerName: text(),
      inFlightLoadProducerName: text(),
    },
    rules: [throughputRule],
    consumes: [
      reads('PrefixCacheMatchInfo', 'prefixMatchInfoProducerName'),
      {
        key: 'LatencyPredictionInfo',
        producerParameter: 'latencyPredictionInfoProducerName',
        when: (parameters) => own(parameters, 'maxTTFTPenaltyMs') !== 0 && own(parameters, 'ttftSource') === 'latencyPredictor',
      },
      {
        key: 'InFlightLoad',
        producerParameter: 'inFlightLoadProducerName',
        when: (parameters) => own(parameters, 'maxTTFTPenaltyMs') !== 0 && own(parameters, 'ttftSource') !== 'latencyPredictor',
      },
    ],
  }),
  plugin('slo-headroom-tier-filter', 'filter', 'keeps endpoints predicted to meet the latency objectives', {
    parameters: { epsilonExploreNeg: number({ min: 0, max: 1, default: 0.01 }), latencyPredictionInfoProducerName: text() },
    consumes: [reads('LatencyPredictionInfo', 'latencyPredictionInfoProducerName')],
  }),
  plugin(
    'header-based-testing-filter',
    'filter',
    'keeps the endpoints that a test header lists; for conformance tests only',
    ignoresParameters,
  ),
];
