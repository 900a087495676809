import { isObject, type JsonObject, own, show } from '../json';
import { alpha, ignoresParameters, type ParameterKeys, type PluginSpec, plugin } from '../plugin-spec';
import { duration, flag, integer, list, type ObjectRule, object, type RuleBreach, text, word } from '../schema';
import { type DataKeyName, dataKeys } from './data-key-catalog';

const scheme = word(['http', 'https'], { default: 'http' });
const port = { min: 1, max: 65535 } as const;
const newTls = {
  caCertPath: text({ since: 'v0.10.0' }),
  clientCertPath: text({ since: 'v0.10.0' }),
  clientKeyPath: text({ since: 'v0.10.0' }),
} as const;
const polling = { insecureSkipVerify: flag({ default: true }), ...newTls, interval: duration({ since: 'v0.10.0' }) } as const;

const metric = () => text({ format: 'metric' });

/** Engines which core-metrics-extractor knows without configuration. Source: llm-d-router v0.10.0. */
const builtInEngines = ['vllm', 'sglang', 'trtllm-serve', 'triton-tensorrt-llm', 'triton'] as const;

const engineConfig = object({
  name: text({ required: true }),
  queuedRequestsSpec: metric(),
  runningRequestsSpec: metric(),
  kvUsageSpec: metric(),
  loraSpec: metric(),
  cacheInfoSpec: metric(),
  cacheBlockSizeLabelName: text(),
  cacheNumBlocksLabelName: text(),
  cacheBlockSizeSpec: metric(),
  cacheNumBlocksSpec: metric(),
  customMetrics: list(object({ attributeKey: text({ required: true }), metricSpec: text({ required: true, format: 'metric' }) })),
});

const entries = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

const engineRules: ObjectRule = (parameters) => {
  const names = entries(own(parameters, 'engineConfigs')).map((engine) => own(engine, 'name'));
  const wanted = own(parameters, 'defaultEngine') || 'vllm';
  const breaches: RuleBreach[] = [];
  names.forEach((name, index) => {
    const field = `engineConfigs[${index}].name`;
    if (name === 'default') breaches.push({ field, message: 'the name "default" is reserved, choose another one' });
    else if (name !== undefined && names.indexOf(name) < index)
      breaches.push({ field, message: `engine ${show(name)} is configured twice, remove one` });
  });
  if (!names.includes(wanted) && !(builtInEngines as readonly unknown[]).includes(wanted)) {
    const known = [...builtInEngines, ...names.filter((name) => typeof name === 'string')].join(', ');
    breaches.push({
      field: 'defaultEngine',
      code: 'EPP005',
      message: `engine ${show(wanted)} is not configured, add it to engineConfigs or write one of ${known}`,
    });
  }
  return breaches;
};

const attributeRules: ObjectRule = (parameters) =>
  entries(own(parameters, 'engineConfigs')).flatMap((engine, engineIndex) => {
    const keys = entries(own(engine, 'customMetrics')).map((custom) => own(custom, 'attributeKey'));
    return keys.flatMap((key, index) =>
      typeof key !== 'string' || keys.indexOf(key) === index
        ? []
        : [
            {
              field: `engineConfigs[${engineIndex}].customMetrics[${index}].attributeKey`,
              message: `attribute ${show(key)} is written twice, remove one`,
            },
          ],
    );
  });

/** Custom metrics become scalars under their attribute key, also in place of a built-in key of the same name. */
function customMetricKeys(parameters: JsonObject): ParameterKeys {
  const custom = entries(own(parameters, 'engineConfigs')).flatMap((engine) => entries(own(engine, 'customMetrics')));
  const names = custom.map((entry) => own(entry, 'attributeKey')).filter((key) => typeof key === 'string');
  return { produces: names.map((key) => ({ key, producer: 'core-metrics-extractor', valueType: 'scalar' })) };
}

/** A key which an extractor writes under its type's name, whatever the instance is called. */
const underTypeName = (key: DataKeyName) => ({ key, producer: dataKeys[key].defaultProducer });

/** Data sources, extractors and discovery. Source: llm-d-router v0.10.0, `datalayer`. */
export const dataLayerPlugins: readonly PluginSpec[] = [
  plugin('metrics-data-source', 'source', 'scrapes the Prometheus metrics of the endpoints', {
    parameters: { scheme, path: text({ default: '/metrics' }), port: integer({ ...port, since: 'v0.10.0' }), ...polling },
    emits: 'metrics',
  }),
  plugin('core-metrics-extractor', 'extractor', 'takes queue, cache and LoRA state from the scraped metrics', {
    parameters: {
      engineLabelKey: text({ default: 'llm-d.ai/engine-type' }),
      defaultEngine: text({ default: 'vllm' }),
      engineConfigs: list(engineConfig),
    },
    rules: [engineRules, attributeRules],
    produces: (['KVCacheUsagePercent', 'WaitingQueueSize', 'RunningRequestsSize', 'ActiveModels', 'WaitingModels'] as const).map(
      underTypeName,
    ),
    parameterKeys: customMetricKeys,
    extracts: ['metrics'],
  }),
  plugin('models-data-source', 'source', 'lists the models of the endpoints', {
    parameters: { scheme, path: text({ default: '/v1/models' }), ...polling },
    emits: 'models',
  }),
  plugin('models-data-extractor', 'extractor', 'takes the model list', {
    ...ignoresParameters,
    produces: [{ key: '/v1/models' }],
    extracts: ['models'],
  }),
  plugin('dcgm-data-source', 'source', 'scrapes the DCGM exporter', {
    ...alpha('v0.10.0'),
    parameters: {
      scheme,
      path: text({ default: '/metrics' }),
      port: integer({ min: 0, max: 65535, default: 9400 }),
      insecureSkipVerify: flag(),
      useNodeAddress: flag({ default: false }),
      interval: duration(),
    },
    rules: [
      (parameters) =>
        own(parameters, 'useNodeAddress') === true && own(parameters, 'port') === 0
          ? [{ field: 'port', message: 'port is 0 while useNodeAddress is on, write the port of the exporter' }]
          : [],
    ],
    emits: 'metrics',
  }),
  plugin('dcgm-extractor', 'extractor', 'takes the GPU utilization of the pod', {
    ...alpha('v0.10.0'),
    ...ignoresParameters,
    produces: [{ key: 'GPUUtilization' }],
    extracts: ['metrics'],
  }),
  plugin('topology-extractor', 'extractor', 'takes host, rack, zone and region from labels', {
    ...alpha('v0.10.0'),
    parameters: {
      hostname: text({ default: 'kubernetes.io/hostname' }),
      rack: text({ default: 'topology.kubernetes.io/rack' }),
      zone: text({ default: 'topology.kubernetes.io/zone' }),
      region: text({ default: 'topology.kubernetes.io/region' }),
    },
    produces: [{ key: 'Topology' }],
  }),
  plugin('k8s-notification-source', 'source', 'watches a kind of Kubernetes object', {
    parameters: { group: text({ default: '' }), version: text({ required: true }), kind: text({ required: true }) },
    emits: 'object-events',
  }),
  plugin('endpoint-notification-source', 'source', 'tells extractors about added, updated and deleted endpoints', {
    ...ignoresParameters,
    emits: 'endpoint-events',
  }),
  plugin('multicluster-metrics-data-source', 'source', 'scrapes the routers of other clusters', {
    ...alpha('v0.10.0'),
    parameters: {
      scheme: word(['http', 'https'], { default: 'https' }),
      path: text({ default: '/metrics' }),
      port: integer(),
      ...polling,
      insecureSkipVerify: flag({ default: false }),
    },
    rules: [
      (parameters) =>
        own(parameters, 'port') === undefined
          ? []
          : [{ field: 'port', code: 'EPP015', message: 'port is ignored, the endpoint names its own metrics port; remove it' }],
    ],
    emits: 'metrics',
  }),
  plugin('multicluster-metrics-extractor', 'extractor', 'takes pool averages from the metrics of other routers', {
    ...alpha('v0.10.0'),
    parameters: {
      kvCacheUtilizationMetric: text({ format: 'metric', default: 'llm_d_epp_average_kv_cache_utilization' }),
      queueSizeMetric: text({ format: 'metric', default: 'llm_d_epp_average_queue_size' }),
    },
    produces: (['llm-d.ai/multicluster-kv-cache-utilization', 'llm-d.ai/multicluster-queue-size'] as const).map(underTypeName),
    extracts: ['metrics'],
  }),
  plugin('file-discovery', 'discovery', 'reads the endpoints from a file instead of Kubernetes', {
    parameters: { path: text({ required: true }), watchFile: flag({ default: false }) },
  }),
  plugin('multicluster-file-discovery', 'discovery', 'reads the routers of other clusters from a file', {
    ...alpha('v0.10.0'),
    parameters: { path: text({ required: true }), watchFile: flag({ default: false }) },
  }),
];
