import fc from 'fast-check';
import { CoreMetricsExtractor } from '../../../src/datalayer/extractors/core-metrics-extractor';
import { dataLayerPlugins } from '../../../src/datalayer/plugins';
import type { MetricsExtractor } from '../../../src/datalayer/types';
import { coreColumns, dataName, type Endpoint } from '../../../src/plugin';
import { TestContext } from '../../support/context';
import { page, vllmPage } from '../../support/datalayer';

type Parameters = Record<string, unknown>;

function setup(parameters: Parameters = {}, labels: Record<string, string> = {}) {
  const context = new TestContext();
  const extractor = context.make<MetricsExtractor>(dataLayerPlugins['core-metrics-extractor']!, 'core-metrics-extractor', parameters);
  const endpoint = context.endpoint('pod', { labels });
  const extract = (text: string, of: Endpoint = endpoint): string | undefined => extractor.extractMetrics(of, page(text));
  const value = (column: string, of: Endpoint = endpoint): number | undefined => context.endpoints.existingColumn(column)?.at(of.slot);
  const core = (of: Endpoint = endpoint) => ({
    waiting: value(coreColumns.waiting, of),
    running: value(coreColumns.running, of),
    kvUsage: value(coreColumns.kvUsage, of),
    cacheBlockSize: value(coreColumns.cacheBlockSize, of),
    cacheNumBlocks: value(coreColumns.cacheNumBlocks, of),
    updatedAt: value(coreColumns.updatedAt, of),
  });
  return { context, endpoint, extract, value, core };
}

const unknown = { waiting: 0, running: 0, kvUsage: 0, cacheBlockSize: 0, cacheNumBlocks: 0, updatedAt: Number.NaN };

const pages: Record<string, string> = {
  vllm: `vllm:num_requests_waiting{m="x"} 3.0
vllm:num_requests_running{m="x"} 5.0
vllm:kv_cache_usage_perc{m="x"} 0.25
vllm:cache_config_info{block_size="16",num_gpu_blocks="1000"} 1.0
`,
  sglang: `sglang:num_queue_reqs 3
sglang:num_running_reqs 5
sglang:token_usage 0.25
sglang:cache_config_info{page_size="16",num_pages="1000"} 1
`,
  'trtllm-serve': `trtllm_num_requests_waiting 3
trtllm_num_requests_running 5
trtllm_kv_cache_utilization 0.25
trtllm_kv_cache_tokens_per_block 16
trtllm_kv_cache_max_blocks 1000
`,
  'triton-tensorrt-llm': `nv_trt_llm_request_metrics{model="x",request_type="waiting",version="1"} 3
nv_trt_llm_request_metrics{model="x",request_type="scheduled",version="1"} 5
nv_trt_llm_request_metrics{model="x",request_type="max",version="1"} 512
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction",model="x"} 0.25
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="tokens_per",model="x"} 16
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="used",model="x"} 250
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="max",model="x"} 1000
`,
};

const full = { waiting: 3, running: 5, kvUsage: 0.25, cacheBlockSize: 16, cacheNumBlocks: 1000, updatedAt: 700 };

describe.each(Object.keys(pages))('%s', (engine) => {
  test.each(['llm-d.ai/engine-type', 'inference.networking.k8s.io/engine-type'])('is known by the label %s', (label) => {
    const { context, extract, core } = setup({ defaultEngine: 'triton' }, { [label]: engine });
    context.clock.advance(700);
    expect(extract(pages[engine]!)).toBeUndefined();
    expect(core()).toEqual(full);
  });

  test('can be the default', () => {
    const { context, extract, core } = setup({ defaultEngine: engine }, { 'llm-d.ai/engine-type': 'unheard-of' });
    context.clock.advance(700);
    expect(extract(pages[engine]!)).toBeUndefined();
    expect(core()).toEqual(full);
  });
});

test('triton has queue and running only', () => {
  const { extract, core } = setup({}, { 'llm-d.ai/engine-type': 'triton' });
  expect(extract('nv_inference_pending_request_count 4\nnv_inference_exec_count 9\n')).toBeUndefined();
  expect(core()).toEqual({ ...unknown, waiting: 4, running: 9, updatedAt: 0 });
});

test('the own label wins over the legacy one, and its key can be chosen', () => {
  const labels = { engine: 'sglang', 'inference.networking.k8s.io/engine-type': 'triton' };
  const { extract, core } = setup({ engineLabelKey: 'engine' }, labels);
  expect(extract(pages.sglang!)).toBeUndefined();
  expect(core().waiting).toBe(3);
});

test('a real page of vLLM is read', () => {
  const { extract, core } = setup();
  expect(extract(vllmPage({ waiting: 7, running: 31, kvUsage: 0.625 }))).toBeUndefined();
  expect(core()).toEqual({ waiting: 7, running: 31, kvUsage: 0.625, cacheBlockSize: 16, cacheNumBlocks: 27483, updatedAt: 0 });
});

test('what is missing is told, what is there is taken, and old values stay', () => {
  const { context, extract, core } = setup();
  extract(pages.vllm!);
  context.clock.advance(50);
  expect(extract('vllm:num_requests_waiting 9\n')).toBe(
    'vllm:num_requests_running is not on the page; vllm:kv_cache_usage_perc is not on the page; vllm:cache_config_info is not on the page',
  );
  expect(core()).toEqual({ ...full, waiting: 9, updatedAt: 50 });
});

test('a page with nothing of interest changes nothing, not even the time', () => {
  const { context, extract, core } = setup();
  context.clock.advance(50);
  expect(extract('')).toContain('vllm:num_requests_waiting is not on the page');
  expect(core()).toEqual(unknown);
});

test('counts are whole numbers, and what is no number leaves the old value', () => {
  const { extract, core } = setup();
  extract(pages.vllm!);
  const complaint = extract(
    'vllm:num_requests_waiting NaN\nvllm:num_requests_running 4.9\nvllm:kv_cache_usage_perc +Inf\nvllm:cache_config_info 1\n',
  );
  expect(complaint).toBe('vllm:num_requests_waiting is NaN; vllm:kv_cache_usage_perc is Infinity');
  expect(core()).toMatchObject({ waiting: 3, running: 4, kvUsage: 0.25 });
  expect(extract('vllm:num_requests_waiting x\n')).toContain('vllm:num_requests_waiting has no number');
});

describe('the cache', () => {
  test('forgets the block size when it is unreadable, not the number of blocks', () => {
    const { extract, core } = setup();
    extract(pages.vllm!);
    const complaint = extract(`${pages.vllm!.split('vllm:cache')[0]}vllm:cache_config_info{block_size="None",num_gpu_blocks="None"} 1\n`);
    expect(complaint).toBe(
      'label block_size of vllm:cache_config_info is "None", not a whole number; label num_gpu_blocks of vllm:cache_config_info is "None", not a whole number',
    );
    expect(core()).toMatchObject({ cacheBlockSize: 0, cacheNumBlocks: 1000 });
  });

  test('may lack its labels', () => {
    const { extract, core } = setup();
    expect(extract(`${pages.vllm!.split('vllm:cache')[0]}vllm:cache_config_info{block_size=""} 1\n`)).toBeUndefined();
    expect(core()).toMatchObject({ cacheBlockSize: 0, cacheNumBlocks: 0 });
  });
});

describe('LoRA adapters', () => {
  const info = (running: string, waiting: string, max: string, created: string): string =>
    `vllm:lora_requests_info{max_lora="${max}",running_lora_adapters="${running}",waiting_lora_adapters="${waiting}"} ${created}\n`;

  test('are those of the sample with the largest value', () => {
    const { endpoint, extract } = setup();
    expect(
      extract(pages.vllm! + info('old', '', '2', '1.7e+09') + info('a, b,', 'c', '4', '1.8e+09') + info('old2', '', '2', '1.75e+09')),
    ).toBeUndefined();
    expect([...endpoint.lora.active]).toEqual(['a', 'b']);
    expect([...endpoint.lora.waiting]).toEqual(['c']);
    expect(endpoint.lora.maxAdapters).toBe(4);
  });

  test('stay when the series is gone, and are forgotten when it is empty', () => {
    const { endpoint, extract } = setup();
    extract(pages.vllm! + info('a', 'b', '4', '1'));
    const { lora } = endpoint;
    expect(extract(pages.vllm!)).toBeUndefined();
    extract(pages.vllm! + info('a', 'b', '4', '2'));
    expect(endpoint.lora).toBe(lora);
    extract(pages.vllm! + info('', '', '4', '3'));
    expect(endpoint.lora).toEqual({ active: new Set(), waiting: new Set(), maxAdapters: 4 });
  });

  test('keep the limit when it is unreadable', () => {
    const { endpoint, extract } = setup();
    extract(pages.vllm! + info('a', '', '4', '1'));
    expect(extract(pages.vllm! + info('b', '', 'many', '2'))).toBe('label max_lora is "many", not a whole number');
    expect(endpoint.lora).toEqual({ active: new Set(['b']), waiting: new Set(), maxAdapters: 4 });
    expect(extract(pages.vllm! + 'vllm:lora_requests_info{running_lora_adapters="c"} 3\n')).toBeUndefined();
    expect(endpoint.lora).toEqual({ active: new Set(['c']), waiting: new Set(), maxAdapters: 4 });
  });

  test('of a new endpoint in an old slot are its own', () => {
    const { context, endpoint, extract } = setup();
    extract(pages.vllm! + info('a', '', '4', '1'));
    context.endpoints.remove(endpoint.id);
    const second = context.endpoint('second');
    expect(second.slot).toBe(endpoint.slot);
    extract(pages.vllm! + info('a', '', '4', '1'), second);
    expect([...second.lora.active]).toEqual(['a']);
  });

  test('of one endpoint are not those of another', () => {
    const { context, endpoint, extract } = setup();
    const second = context.endpoint('second');
    extract(pages.vllm! + info('a', '', '4', '1'));
    extract(pages.vllm! + info('b', '', '4', '1'), second);
    expect([...endpoint.lora.active, ...second.lora.active]).toEqual(['a', 'b']);
  });
});

describe('configured engines', () => {
  const mine = { name: 'mine', queuedRequestsSpec: 'queue{kind=all}', runningRequestsSpec: 'run' };

  test('are used by the label, and by default when that is said', () => {
    const text = 'queue{kind="some"} 1\nqueue{kind="all"} 6\nrun 2\n';
    for (const [parameters, labels] of [
      [{ engineConfigs: [mine] }, { 'llm-d.ai/engine-type': 'mine' }],
      [{ engineConfigs: [mine], defaultEngine: 'mine' }, {}],
    ] as [Parameters, Record<string, string>][]) {
      const { extract, core } = setup(parameters, labels);
      expect(extract(text)).toBeUndefined();
      expect(core()).toMatchObject({ waiting: 6, running: 2 });
    }
  });

  test('replace a built-in one of their name entirely', () => {
    const { extract, core } = setup({ engineConfigs: [{ name: 'vllm', queuedRequestsSpec: 'queue' }] });
    expect(extract(`queue 8\n${pages.vllm}`)).toBeUndefined();
    expect(core()).toMatchObject({ waiting: 8, running: 0, kvUsage: 0 });
  });

  test('read custom metrics into columns, whatever the extractor is called', () => {
    const customMetrics = [
      { attributeKey: 'Temperature', metricSpec: 'temp{unit="c"}' },
      { attributeKey: 'Total', metricSpec: 'requests_total' },
    ];
    const context = new TestContext();
    const parameters = { engineConfigs: [{ ...mine, customMetrics }], defaultEngine: 'mine' };
    const extractor = context.make<MetricsExtractor>(
      dataLayerPlugins['core-metrics-extractor']!,
      'core-metrics-extractor',
      parameters,
      'renamed',
    );
    const endpoint = context.endpoint('pod');
    const value = (key: string) => context.endpoints.existingColumn(dataName(key, 'core-metrics-extractor'))?.at(endpoint.slot);
    expect(value('Temperature')).toBeNaN();
    expect(extractor.extractMetrics(endpoint, page('temp{unit="f"} 90\ntemp{unit="c"} 36.6\n'))).toContain(
      'requests_total is not on the page',
    );
    expect([value('Temperature'), value('Total')]).toEqual([36.6, Number.NaN]);
    extractor.extractMetrics(endpoint, page('requests_total +Inf\n'));
    expect([value('Temperature'), value('Total')]).toEqual([36.6, Infinity]);
  });

  test.each([
    [{ defaultEngine: 'none' }, /defaultEngine "none" is none of vllm, sglang, trtllm-serve, triton-tensorrt-llm, triton/],
    [{ engineConfigs: [{ ...mine, kvUsageSpec: 'a b' }] }, /engine "mine": "a b" is no metric/],
  ])('%j can not start', (parameters, reason) => {
    const context = new TestContext();
    expect(() => new CoreMetricsExtractor(context.contextOf('core-metrics-extractor', parameters))).toThrow(reason);
  });
});

test('numbers come through as they stand on the page', () => {
  const { extract, core } = setup();
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(1_000_000), share, (waiting, running, kvUsage) => {
      extract(vllmPage({ waiting, running, kvUsage }));
      expect(core()).toMatchObject({ waiting, running, kvUsage });
    }),
    { numRuns: 30 },
  );
});
