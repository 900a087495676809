import { modelsFact } from '../../../src/datalayer/extractors/models-data-extractor';
import type { TopologyExtractor } from '../../../src/datalayer/extractors/topology-extractor';
import { parseModels } from '../../../src/datalayer/models-page';
import { dataLayerPlugins } from '../../../src/datalayer/plugins';
import type { MetricsExtractor, ModelsExtractor } from '../../../src/datalayer/types';
import { dataName } from '../../../src/plugin';
import { TestContext } from '../../support/context';
import { page } from '../../support/datalayer';

const metricsExtractor = (context: TestContext, type: string, parameters = {}): MetricsExtractor =>
  context.make<MetricsExtractor>(dataLayerPlugins[type]!, type, parameters);

describe('dcgm-extractor', () => {
  const sample = (pod: string | undefined, value: string): string =>
    `DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1"${pod === undefined ? '' : `,pod="${pod}"`}} ${value}\n`;

  function setup() {
    const context = new TestContext();
    const extractor = metricsExtractor(context, 'dcgm-extractor');
    const endpoint = context.endpoint('pod');
    const utilization = () => context.endpoints.existingColumn(dataName('GPUUtilization', 'dcgm-extractor'))?.at(endpoint.slot);
    return { utilization, extract: (text: string) => extractor.extractMetrics(endpoint, page(text)) };
  }

  test('takes the busiest GPU of the pod, and those that name no pod', () => {
    const { extract, utilization } = setup();
    expect(utilization()).toBeNaN();
    expect(extract(sample('pod', '40') + sample('other', '99') + sample('pod', '65') + sample('pod', '5'))).toBeUndefined();
    expect(utilization()).toBe(0.65);
    expect(extract(sample('pod', '40') + sample(undefined, '80'))).toBeUndefined();
    expect(utilization()).toBe(0.8);
    expect(extract('DCGM_FI_DEV_GPU_UTIL 12\n')).toBeUndefined();
    expect(utilization()).toBe(0.12);
  });

  test('an idle GPU is 0, also when the number is none', () => {
    const { extract, utilization } = setup();
    expect(extract(sample('pod', 'NaN') + sample('pod', '-1'))).toBeUndefined();
    expect(utilization()).toBe(0);
  });

  test('complains and keeps the old value', () => {
    const { extract, utilization } = setup();
    extract(sample('pod', '40'));
    expect(extract(sample('other', '99'))).toBe('DCGM_FI_DEV_GPU_UTIL has no sample for pod "pod"');
    expect(extract('')).toContain('has no sample');
    expect(extract(sample('pod', 'much'))).toBe('DCGM_FI_DEV_GPU_UTIL has a sample without a number');
    expect(utilization()).toBe(0.4);
  });
});

describe('multicluster-metrics-extractor', () => {
  const keys = ['llm-d.ai/multicluster-kv-cache-utilization', 'llm-d.ai/multicluster-queue-size'];

  function setup(parameters = {}) {
    const context = new TestContext();
    const extractor = metricsExtractor(context, 'multicluster-metrics-extractor', parameters);
    const endpoint = context.endpoint('cluster');
    const values = () => keys.map((key) => context.endpoints.existingColumn(dataName(key, ''))?.at(endpoint.slot));
    return { values, extract: (text: string) => extractor.extractMetrics(endpoint, page(text)) };
  }

  test('takes the averages of the other pool', () => {
    const { extract, values } = setup();
    expect(values()).toEqual([Number.NaN, Number.NaN]);
    expect(
      extract('llm_d_epp_average_kv_cache_utilization{name="pool"} 0.5\nllm_d_epp_average_queue_size{name="pool"} 2.25\n'),
    ).toBeUndefined();
    expect(values()).toEqual([0.5, 2.25]);
    expect(extract('llm_d_epp_average_queue_size{name="pool"} 3\n')).toBe('llm_d_epp_average_kv_cache_utilization is not on the page');
    expect(values()).toEqual([0.5, 3]);
  });

  test('reads other series where that is configured', () => {
    const { extract, values } = setup({ kvCacheUtilizationMetric: 'kv{name=b}', queueSizeMetric: 'q' });
    expect(extract('kv{name="a"} 1\nkv{name="b"} 0.25\nq 4\n')).toBeUndefined();
    expect(values()).toEqual([0.25, 4]);
  });

  test('a malformed series can not start', () => {
    expect(() => setup({ queueSizeMetric: 'a b' })).toThrow('"a b" is no metric');
  });
});

describe('models-data-extractor', () => {
  const list = {
    object: 'list',
    data: [{ id: 'm', object: 'model', created: 5, owned_by: 'vllm', root: 'x' }, { id: 'l', parent: 'm' }, 7],
  };

  test('keeps the list with the endpoint', () => {
    const context = new TestContext();
    const extractor = context.make<ModelsExtractor>(dataLayerPlugins['models-data-extractor']!, 'models-data-extractor');
    const endpoint = context.endpoint('pod');
    extractor.extractModels(endpoint, [{ id: 'm' }]);
    expect(endpoint.facts.get(modelsFact)).toEqual([{ id: 'm' }]);
    expect(modelsFact).toBe('/v1/models/models-data-extractor');
  });

  test('a list is read', () => {
    expect(parseModels(page(JSON.stringify(list)))).toEqual([
      { id: 'm', object: 'model', created: 5, ownedBy: 'vllm' },
      { id: 'l', parent: 'm' },
    ]);
    expect(parseModels(page('{"object":"list"}'))).toEqual([]);
    expect(parseModels(page('{"data":[{"id":"模型"}]}'))).toEqual([{ id: '模型' }]);
  });

  test.each([
    ['', /no JSON/],
    ['{', /no JSON/],
    ['[]', /no list "data"/],
    ['null', /no list "data"/],
    ['{"data":{}}', /no list "data"/],
  ])('%j is none', (text, reason) => {
    expect(parseModels(page(text))).toMatch(reason);
  });
});

describe('topology-extractor', () => {
  const labels = {
    'kubernetes.io/hostname': 'node-1',
    'topology.kubernetes.io/rack': 'r1',
    'topology.kubernetes.io/zone': 'z1',
    'topology.kubernetes.io/region': 'eu',
  };

  test('takes the labels of endpoints that are there and of those that come or change', () => {
    const context = new TestContext();
    const early = context.endpoint('early', { labels });
    const extractor = context.make<TopologyExtractor>(dataLayerPlugins['topology-extractor']!, 'topology-extractor');
    const late = context.endpoint('late', { labels: { 'topology.kubernetes.io/zone': 'z2' } });
    const fact = dataName('Topology', 'topology-extractor');
    expect(early.facts.get(fact)).toEqual({ hostname: 'node-1', rack: 'r1', zone: 'z1', region: 'eu' });
    expect(late.facts.get(fact)).toEqual({ hostname: '', rack: '', zone: 'z2', region: '' });
    context.endpoints.upsert({ ...late.metadata, hostname: 'spec-host' });
    expect(late.facts.get(fact)).toMatchObject({ hostname: 'spec-host', zone: 'z2' });
    context.endpoints.upsert({ ...late.metadata, hostname: 'spec-host', labels });
    expect(late.facts.get(fact)).toMatchObject({ hostname: 'node-1' });
    context.endpoints.upsert({ ...late.metadata, hostname: '', labels: {} });
    expect(late.facts.has(fact)).toBe(false);
    extractor.stop();
    expect(context.endpoint('after', { labels }).facts.size).toBe(0);
  });

  test('reads other labels, under its own name', () => {
    const context = new TestContext();
    context.make(dataLayerPlugins['topology-extractor']!, 'topology-extractor', { zone: 'my/zone' }, 'mine');
    const endpoint = context.endpoint('pod', { labels: { ...labels, 'my/zone': 'here' } });
    expect(endpoint.facts.get(dataName('Topology', 'mine'))).toMatchObject({ zone: 'here', rack: 'r1' });
  });
});
