import { own } from '../json';
import { alpha, ignoresParameters, type PluginSpec, plugin, reads } from '../plugin-spec';
import { duration, integer, number, type ObjectRule, text, word } from '../schema';

const headroom = number({ min: 0, default: 0 });

/** The router only logs this one, because a percentage in place of a fraction is easily written. */
const headroomIsFraction: ObjectRule = (parameters) => {
  const value = own(parameters, 'headroom');
  if (typeof value !== 'number' || value <= 1) return [];
  return [
    {
      field: 'headroom',
      code: 'EPP015',
      message: `${value} allows a burst of ${value * 100} %, headroom is a fraction; write for example 0.2`,
    },
  ];
};

const ceilingsAscend: ObjectRule = (parameters) => {
  const [lowest, highest] = [own(parameters, 'minCeiling'), own(parameters, 'maxCeiling') ?? 1];
  if (typeof lowest !== 'number' || typeof highest !== 'number' || lowest < highest) return [];
  return [{ field: 'minCeiling', message: `minCeiling ${lowest} is not below maxCeiling ${highest}, lower it or raise maxCeiling` }];
};

/** Policies and detectors of flow control. Source: llm-d-router v0.10.0, `flowcontrol`. */
export const flowControlPlugins: readonly PluginSpec[] = [
  plugin('global-strict-fairness-policy', 'fairness-policy', 'serves the best request over all flows', ignoresParameters),
  plugin('round-robin-fairness-policy', 'fairness-policy', 'serves the flows in turn', ignoresParameters),
  plugin('program-aware-fairness', 'fairness-policy', 'serves the program that got the least service', {
    parameters: {
      strategy: word(['las'], { default: 'las' }),
      evictionTtlSeconds: number({ min: 0, default: 3600 }),
      evictionSweepSeconds: number({ above: 0, default: 300 }),
      lasWeightService: number({ min: 0, default: 0.8 }),
      lasWeightHeadWait: number({ min: 0, default: 0.2 }),
      lasDecayFactor: number({ above: 0, max: 1, removedIn: 'main' }),
      lasHalfLifeSeconds: number({ min: 0, default: 60 }),
    },
  }),
  plugin('fcfs-ordering-policy', 'ordering-policy', 'first come, first served', ignoresParameters),
  plugin('edf-ordering-policy', 'ordering-policy', 'earliest deadline first, by enqueue time and TTL', ignoresParameters),
  plugin(
    'slo-deadline-ordering-policy',
    'ordering-policy',
    'earliest deadline first, by the TTFT objective of the request',
    ignoresParameters,
  ),
  plugin('static-usage-limit-policy', 'usage-limit-policy', 'one ceiling of saturation for every priority', {
    parameters: { threshold: number({ default: 1 }) },
  }),
  plugin('priority-holdback-policy', 'usage-limit-policy', 'lower ceilings for lower priorities', {
    ...alpha('v0.10.0'),
    parameters: {
      shape: word(['linear'], { default: 'linear' }),
      domain: word(['rank', 'value'], { default: 'rank' }),
      minCeiling: number({ min: 0, below: 1, required: true }),
      maxCeiling: number({ above: 0, max: 1, default: 1 }),
    },
    rules: [ceilingsAscend],
  }),
  plugin('soft-reflective-ceiling-policy', 'usage-limit-policy', 'thins out lower priorities as saturation grows', alpha('v0.10.0')),
  plugin('sheddable-eviction-filter', 'eviction-filter', 'lets only requests of negative priority be evicted', {
    ...alpha('v0.10.0'),
    ...ignoresParameters,
  }),
  plugin('priority-then-time-eviction-order-policy', 'eviction-order-policy', 'evicts the lowest priority first, then the newest', {
    ...alpha('v0.10.0'),
    ...ignoresParameters,
  }),
  plugin('utilization-detector', ['saturation-detector', 'filter'], 'saturation by queue depth and KV cache', {
    parameters: {
      queueDepthThreshold: integer({ above: 0, default: 5 }),
      kvCacheUtilThreshold: number({ above: 0, max: 1, default: 0.8 }),
      metricsStalenessThreshold: duration({ positive: true, default: '200ms' }),
      headroom,
    },
    rules: [headroomIsFraction],
  }),
  plugin('concurrency-detector', ['saturation-detector', 'filter'], 'saturation by requests or tokens in flight', {
    parameters: {
      maxConcurrency: integer({ above: 0, default: 100 }),
      headroom,
      concurrencyMode: word(['requests', 'tokens', 'hybrid'], { default: 'requests', newerWords: { hybrid: 'v0.10.0' } }),
      maxTokenConcurrency: integer({ above: 0, default: 1000000 }),
      inFlightLoadProducerName: text(),
    },
    rules: [headroomIsFraction],
    consumes: [reads('InFlightLoad', 'inFlightLoadProducerName')],
  }),
];
