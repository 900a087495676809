import { checkRendered } from '../../lib/routing/check-rendered';
import { Filter } from '../../lib/routing/filter';
import { Picker } from '../../lib/routing/picker';
import { Producer } from '../../lib/routing/producer';
import { renderConfig } from '../../lib/routing/render-config';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { SaturationDetector } from '../../lib/routing/saturation-detector';
import { Scorer } from '../../lib/routing/scorer';
import type { ServersPlan } from '../../lib/values/plan';
import { AGGREGATED, EVENTS, SPLIT, serversPlan } from './servers';

const V9 = { version: 'v0.9.0' } as const;
const V10 = { version: 'v0.10.0' } as const;
const HEAD = { apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig' };

describe('the two dialects', () => {
  test('v0.10.0 writes the headers by itself and nests the decider', () => {
    const { plugins } = renderConfig(RoutingStrategy.prefillDecode({ minUncachedTokens: 512 }), SPLIT, V10);
    expect(plugins.slice(0, 2)).toEqual([
      { type: 'prefix-based-pd-decider', parameters: { nonCachedTokens: 512 } },
      { type: 'disagg-profile-handler', parameters: { deciders: { prefill: 'prefix-based-pd-decider' } } },
    ]);
    expect(plugins.map(({ type }) => type)).not.toContain('disagg-headers-handler');
  });

  test('the session header has a field of its own in v0.9.0', () => {
    const strategy = RoutingStrategy.sessionAffinity({ header: 'x-s' });
    const parametersIn = (options: typeof V9 | typeof V10) => renderConfig(strategy, AGGREGATED, options).plugins[1]?.parameters;
    expect(parametersIn(V9)).toEqual({ headerName: 'x-s' });
    expect(parametersIn(V10)).toEqual({ encodedEndpointHeaderConfig: { header: 'x-s' } });
  });
});

describe('what only the servers know', () => {
  test('the engine of the metrics is named when it is not vLLM', () => {
    const servers = { ...AGGREGATED, engineType: 'sglang' } as const;
    const last = (plan: ServersPlan) => renderConfig(RoutingStrategy.loadAware(), plan, V10).plugins.at(-1);
    expect(last(servers)).toEqual({ type: 'core-metrics-extractor', parameters: { defaultEngine: 'sglang' } });
    expect(last(AGGREGATED)).toEqual({ type: 'kv-cache-utilization-scorer' });
  });

  test('an event index of SGLang servers reads their dialect', () => {
    const servers = serversPlan('aggregated', ['decode'], { engineType: 'sglang', kvBlockTokens: 32, kvEventsPort: 5600 });
    const config = renderConfig(RoutingStrategy.precisePrefix(), servers, { ...V10, tokenizerUrl: 'http://t' });
    expect(config.plugins.find(({ type }) => type === 'precise-prefix-cache-producer')?.parameters).toMatchObject({
      tokenProcessorConfig: { blockSizeTokens: 32 },
      kvEventsConfig: { engineType: 'sglang', podDiscoveryConfig: { socketPort: 5600 } },
    });
  });

  test('what the strategy says wins over the servers', () => {
    const strategy = RoutingStrategy.precisePrefix({ blockTokens: 128, renderUrl: 'http://mine' });
    const { plugins } = renderConfig(strategy, EVENTS, { ...V10, tokenizerUrl: 'http://routers' });
    expect(plugins[0]?.parameters).toMatchObject({ vllm: { url: 'http://mine' } });
    expect(plugins[2]?.parameters).toMatchObject({ tokenProcessorConfig: { blockSizeTokens: 128 } });
  });

  test('a tokenizer without a URL is refused (LLMD510), estimated tokens need none', () => {
    expect(() => renderConfig(RoutingStrategy.precisePrefix(), EVENTS, V10)).toThrow('LLMD510');
    const estimated = RoutingStrategy.prefixAware().withProducer(Producer.estimatedTokens());
    expect(renderConfig(estimated, AGGREGATED, V10).plugins[0]).toEqual({ type: 'token-producer', parameters: { estimate: {} } });
  });
});

describe('plugins and their names', () => {
  test('one scorer with other parameters in one profile becomes an instance of that profile', () => {
    const strategy = RoutingStrategy.prefillDecode().withScorer(Scorer.prefixCache(5, { matchLengthWeight: 0.5 }), { profile: 'decode' });
    const config = renderConfig(strategy, SPLIT, V10);
    const names = config.plugins.filter(({ type }) => type === 'prefix-cache-scorer').map(({ name }) => name);
    expect(names).toEqual(['prefill-prefix-cache-scorer', 'decode-prefix-cache-scorer']);
    expect(config.schedulingProfiles?.[1]?.plugins?.at(-1)).toEqual({ pluginRef: 'decode-prefix-cache-scorer', weight: 5 });
    expect(checkRendered(config, 'v0.10.0')).toEqual([]);
  });

  test('another weight alone shares the instance', () => {
    const strategy = RoutingStrategy.prefillDecode().withScorer(Scorer.prefixCache(5), { profile: 'decode' });
    const config = renderConfig(strategy, SPLIT, V10);
    expect(config.plugins.filter(({ type }) => type === 'prefix-cache-scorer')).toEqual([{ type: 'prefix-cache-scorer' }]);
    expect(
      config.schedulingProfiles?.map(({ plugins }) => plugins?.find(({ pluginRef }) => pluginRef === 'prefix-cache-scorer')?.weight),
    ).toEqual([3, 5]);
  });

  test('one name for two types is refused', () => {
    const strategy = RoutingStrategy.loadAware()
      .withScorer(Scorer.runningRequests().named('queue-scorer'))
      .withFilter(Filter.decodeRole().named('queue-scorer'));
    expect(() => renderConfig(strategy, AGGREGATED, V10)).toThrow('LLMD509');
  });

  test('one instance cannot have two sets of parameters: a detector that filters too', () => {
    const strategy = (limit: number) =>
      RoutingStrategy.loadAware()
        .withFlowControl({ detector: SaturationDetector.concurrency({ maxConcurrency: 10 }) })
        .withFilter(Filter.plugin('concurrency-detector', { maxConcurrency: limit }));
    expect(() => renderConfig(strategy(20), AGGREGATED, V10)).toThrow('LLMD518 "concurrency-detector"');
    expect(checkRendered(renderConfig(strategy(10), AGGREGATED, V10), 'v0.10.0')).toEqual([]);
  });

  test('a plugin that filters and scores stands in the profile once, with its weight', () => {
    const strategy = RoutingStrategy.loadAware()
      .withFilter(Filter.contextLengthAware())
      .withScorer(Scorer.contextLengthAware(4, { label: 'range' }));
    const config = renderConfig(strategy, AGGREGATED, V10);
    expect(config.plugins[0]).toEqual({ type: 'context-length-aware', parameters: { enableFiltering: true, label: 'range' } });
    expect(config.schedulingProfiles?.[0]?.plugins?.filter(({ pluginRef }) => pluginRef === 'context-length-aware')).toEqual([
      { pluginRef: 'context-length-aware', weight: 4 },
    ]);
    expect(checkRendered(config, 'v0.10.0')).toEqual([]);
  });

  test('two tiers of the KV cache are two producers and two scorers', () => {
    const strategy = RoutingStrategy.loadAware()
      .withProducer(Producer.approxPrefixCache().named('gpu'))
      .withProducer(Producer.approxPrefixCache({ autoTune: false, lruCapacityPerServer: 82_000 }).named('cpu'))
      .withScorer(Scorer.prefixCache(1, { producer: 'gpu' }).named('gpu-scorer'))
      .withScorer(Scorer.prefixCache(1, { producer: 'cpu' }).named('cpu-scorer'));
    const config = renderConfig(strategy, AGGREGATED, V9);
    expect(config.plugins.map(({ name }) => name).filter((name) => name !== undefined)).toEqual(['gpu', 'cpu', 'gpu-scorer', 'cpu-scorer']);
    expect(checkRendered(config, 'v0.9.0')).toEqual([]);
  });

  test('a picker is the last entry of its profile', () => {
    const strategy = RoutingStrategy.prefillDecode().withPicker(Picker.random({ maxNumOfEndpoints: 2 }), { profile: 'decode' });
    const profiles = renderConfig(strategy, SPLIT, V10).schedulingProfiles;
    expect(profiles?.map(({ plugins }) => plugins?.at(-1)?.pluginRef)).toEqual(['kv-cache-utilization-scorer', 'random-picker']);
  });

  test('token load declares the counter that the router would miss, unless it is there', () => {
    const strategy = RoutingStrategy.loadAware().withScorer(Scorer.tokenLoad());
    const producers = (s: RoutingStrategy) =>
      renderConfig(s, AGGREGATED, V10).plugins.filter(({ type }) => type === 'inflight-load-producer');
    expect(producers(strategy)).toEqual([{ type: 'inflight-load-producer' }]);
    const counted = strategy.withProducer(Producer.inflightLoad({ addEstimatedOutputTokens: true }));
    expect(producers(counted)).toEqual([{ type: 'inflight-load-producer', parameters: { addEstimatedOutputTokens: true } }]);
  });

  test('topology plugins get the extractor that they read; it finds its sources by itself', () => {
    const strategy = RoutingStrategy.prefillDecode()
      .withScorer(Scorer.topologyAffinity(2), { profile: 'prefill' })
      .withFilter(Filter.topologyAffinity({ minAffinity: 'zone' }), { profile: 'prefill' });
    const config = renderConfig(strategy, SPLIT, V10);
    expect(config.plugins[0]).toEqual({ type: 'topology-extractor' });
    expect(config.dataLayer).toBeUndefined();
    expect(checkRendered(config, 'v0.10.0')).toEqual([]);
  });

  test('parameters by type come before what the servers know', () => {
    const strategy = RoutingStrategy.precisePrefix()
      .withParameters('token-producer', { vllm: { url: 'http://r', timeout: '1s' } })
      .withParameters('precise-prefix-cache-producer', { kvEventsConfig: { concurrency: 2 } });
    const { plugins } = renderConfig(strategy, EVENTS, V10);
    expect(plugins[0]?.parameters).toEqual({ modelName: 'Qwen/Qwen3-32B', vllm: { url: 'http://r', timeout: '1s' } });
    expect(plugins[2]?.parameters).toMatchObject({ kvEventsConfig: { concurrency: 2, podDiscoveryConfig: { socketPort: 5556 } } });
  });

  test('parameters by type reach scorers, handlers, policies and the metrics extractor', () => {
    const strategy = RoutingStrategy.prefillDecode()
      .withFlowControl({ detector: SaturationDetector.concurrency() })
      .withParameters('active-request-scorer', { idleThreshold: 3 })
      .withParameters('disagg-profile-handler', { profiles: { decode: 'decode' } })
      .withParameters('concurrency-detector', { maxConcurrency: 7 })
      .withParameters('core-metrics-extractor', { engineLabelKey: 'engine' });
    const { plugins } = renderConfig(strategy, SPLIT, V10);
    const parametersOf = (type: string) => plugins.find((plugin) => plugin.type === type)?.parameters;
    expect(parametersOf('active-request-scorer')).toEqual({ idleThreshold: 3 });
    expect(parametersOf('disagg-profile-handler')).toEqual({
      deciders: { prefill: 'always-disagg-pd-decider' },
      profiles: { decode: 'decode' },
    });
    expect(parametersOf('concurrency-detector')).toEqual({ maxConcurrency: 7 });
    expect(parametersOf('core-metrics-extractor')).toEqual({ engineLabelKey: 'engine' });
  });
});

describe('rendering', () => {
  test('gives equal data for equal input, holds nothing undefined and shares nothing with the strategy', () => {
    const strategy = RoutingStrategy.precisePrefix({ renderUrl: 'http://r' }).withFlowControl({ priorityBands: [{ priority: 1 }] });
    const first = renderConfig(strategy, EVENTS, V10);
    const before = JSON.stringify(first);
    expect(JSON.parse(before)).toStrictEqual(first);
    (first.plugins as unknown[]).length = 0;
    expect(JSON.stringify(renderConfig(strategy, EVENTS, V10))).toBe(before);
  });

  test('takes a custom configuration as written and only says what kind of object it is', () => {
    const config = {
      plugins: [{ type: 'my-scorer' }, { type: 'random-picker' }],
      schedulingProfiles: [{ name: 'x', plugins: [{ pluginRef: 'my-scorer' }] }],
    };
    const strategy = RoutingStrategy.custom(config, { plugins: ['my-scorer'] });
    const rendered = renderConfig(strategy, AGGREGATED, V10);
    expect(rendered).toEqual({ ...HEAD, ...config });
    expect(checkRendered(rendered, 'v0.10.0', strategy.customPlugins)).toEqual([]);
  });
});

describe('checkRendered', () => {
  test('says where and what the router would refuse, and at which construct', () => {
    const findings = checkRendered({ ...HEAD, plugins: [{ type: 'queue-scorr' }] }, 'v0.10.0', [], 'app/gateway');
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ code: 'LLMD501', severity: 'error', path: 'app/gateway' });
    expect(findings[0]?.message).toMatch(/^router configuration: EPP020 plugins\[0\].*queue-scorer/);
  });

  test('warns of a deprecated plugin only for a router that knows of its end', () => {
    const config = { ...HEAD, plugins: [{ type: 'queue-scorer' }, { type: 'by-label', parameters: { label: 'a', validValues: ['b'] } }] };
    expect(checkRendered(config, 'v0.10.0').map(({ code, severity }) => [code, severity])).toEqual([['LLMD502', 'warning']]);
    expect(checkRendered(config, 'v0.9.0')).toEqual([]);
  });

  test('takes what only our own router starts with', () => {
    const config = { ...HEAD, plugins: [{ type: 'token-load-scorer' }] };
    expect(checkRendered(config, 'v0.10.0').map(({ code, message }) => [code, message])).toEqual([
      ['LLMD501', expect.stringMatching(/EPP080.*UncachedRequestTokens/)],
    ]);
    expect(checkRendered(config, 'v0.10.0', [], '', true)).toEqual([]);
  });

  test('takes an undeclared plugin type for a misspelt one', () => {
    const strategy = RoutingStrategy.loadAware().withScorer(Scorer.plugin('my-scorer'));
    const codes = (s: RoutingStrategy) =>
      checkRendered(renderConfig(s, AGGREGATED, V10), 'v0.10.0', s.customPlugins).map(({ code }) => code);
    expect(codes(strategy)).toContain('LLMD501');
    expect(codes(strategy.withCustomPlugins('my-scorer'))).toEqual([]);
  });
});
