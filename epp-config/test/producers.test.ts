import { type DataKeyName, dataKeys, topologicalOrder } from 'llm-d-epp-config';
import { accepted, expectIssue, issuesOf, withPlugins } from './support';

const created = (...plugins: readonly unknown[]) =>
  accepted(withPlugins(plugins))
    .effective.plugins.filter((plugin) => plugin.origin === 'producer')
    .map((plugin) => plugin.name);

describe('producers created on demand', () => {
  test.each([
    ['prefix-cache-scorer', ['approx-prefix-cache-producer', 'token-producer']],
    ['active-request-scorer', ['inflight-load-producer', 'token-producer']],
    ['latency-slo-admitter', ['predicted-latency-producer', 'approx-prefix-cache-producer', 'inflight-load-producer', 'token-producer']],
    ['mm-embeddings-cache-scorer', ['mm-embeddings-cache-producer', 'token-producer']],
    ['context-length-aware', ['token-producer']],
    ['queue-scorer', []],
  ])('%s creates %j', (type, names) => {
    expect(created(type)).toEqual(names);
  });

  test('none when it is declared', () => {
    expect(created('prefix-cache-scorer', 'approx-prefix-cache-producer', 'token-producer')).toEqual([]);
  });

  test('whatever a parameter retargets', () => {
    const scorer = { type: 'prefix-cache-scorer', parameters: { prefixMatchInfoProducerName: 'precise' } };
    expect(created(scorer, { name: 'precise', type: 'precise-prefix-cache-producer' })).toEqual(['token-producer']);
  });

  test('only what the parameters make a filter read', () => {
    const filter = (parameters: object) => created({ type: 'prefix-cache-affinity-filter', parameters });
    expect(filter({})).toContain('inflight-load-producer');
    expect(filter({ ttftSource: 'latencyPredictor' })).toContain('predicted-latency-producer');
    expect(filter({ maxTTFTPenaltyMs: 0 })).toEqual(['approx-prefix-cache-producer', 'token-producer']);
  });

  test('disagg-profile-handler reads prefix matches and tokens', () => {
    const config = withPlugins(['disagg-profile-handler'], { schedulingProfiles: [{ name: 'decode' }] });
    expect(accepted(config).effective.producerOrder).toEqual(['token-producer', 'approx-prefix-cache-producer']);
  });
});

describe('data without a producer', () => {
  test('token-load-scorer fails unless inflight-load-producer is declared', () => {
    expectIssue(withPlugins(['token-load-scorer']), 'EPP080', 'plugins[0]', ['UncachedRequestTokens', 'inflight-load-producer']);
    accepted(withPlugins(['token-load-scorer', 'inflight-load-producer']));
    const renamed = { name: 'load', type: 'inflight-load-producer' };
    expectIssue(withPlugins(['token-load-scorer', renamed]), 'EPP080', 'plugins[0]', ['UncachedRequestTokens']);
    accepted(withPlugins([{ type: 'token-load-scorer', parameters: { inFlightLoadProducerName: 'load' } }, renamed]));
  });

  test('our own router creates the producer which token-load-scorer lacks, once for both of its keys', () => {
    const extended = { extended: true };
    const { effective } = accepted(withPlugins(['token-load-scorer']), extended);
    expect(effective.plugins.filter(({ origin }) => origin === 'producer').map(({ name }) => name)).toEqual([
      'inflight-load-producer',
      'token-producer',
    ]);
    expect(effective.producerOrder).toEqual(['token-producer', 'inflight-load-producer']);
    const renamed = { name: 'load', type: 'inflight-load-producer' };
    accepted(withPlugins(['token-load-scorer', renamed]), extended);
    const misnamed = { type: 'token-load-scorer', parameters: { inFlightLoadProducerName: 'loads' } };
    expectIssue(withPlugins([misnamed, renamed]), 'EPP081', 'plugins[0].parameters.inFlightLoadProducerName', ['"load"'], extended);
  });

  test('scraped metrics need the extractor', () => {
    expectIssue(withPlugins(['queue-scorer'], { dataLayer: { injectDefaults: false } }), 'EPP080', 'plugins[0]', [
      'WaitingQueueSize',
      'core-metrics-extractor',
    ]);
    accepted(withPlugins(['queue-scorer', 'core-metrics-extractor'], { dataLayer: { injectDefaults: false } }));
  });

  test('a producer name that refers to nothing', () => {
    const scorer = { type: 'prefix-cache-scorer', parameters: { prefixMatchInfoProducerName: 'precise-prefix-cache-produce' } };
    const path = 'plugins[0].parameters.prefixMatchInfoProducerName';
    expectIssue(withPlugins([scorer, 'precise-prefix-cache-producer']), 'EPP081', path, [
      'is not declared',
      'did you mean "precise-prefix-cache-producer"?',
    ]);
    expectIssue(withPlugins([scorer]), 'EPP081', path, ['declare a producer of that name']);
  });

  test('a producer name that refers to another kind of plugin', () => {
    const scorer = { type: 'prefix-cache-scorer', parameters: { prefixMatchInfoProducerName: 'token-producer' } };
    expectIssue(withPlugins([scorer, 'token-producer']), 'EPP081', 'plugins[0].parameters.prefixMatchInfoProducerName', [
      'does not produce PrefixCacheMatchInfo',
    ]);
  });

  test('optional data only warns', () => {
    const config = withPlugins(['inflight-load-producer']);
    expectIssue(config, 'EPP084', 'plugins[0]', ['PrefixCacheMatchInfo', 'does without']);
    accepted(config);
    expect(issuesOf(withPlugins(['inflight-load-producer', 'prefix-cache-scorer'])).filter((issue) => issue.code === 'EPP084')).toEqual([]);
  });

  test('a producer that nobody reads warns', () => {
    const config = withPlugins(['prefix-cache-scorer', 'precise-prefix-cache-producer']);
    expectIssue(config, 'EPP085', 'plugins[1]', ['PrefixCacheMatchInfo', 'producer name parameter']);
    accepted(config);
  });

  test('a default producer that cannot start', () => {
    const customPlugins = [{ type: 'reader', roles: ['scorer' as const], consumes: [{ key: 'SessionID' }] }];
    expectIssue(withPlugins(['reader']), 'EPP086', 'plugins[0]', ['headerName or cookieName'], { customPlugins });
    accepted(withPlugins(['reader', { type: 'session-id-producer', parameters: { cookieName: 'sid' } }]), { customPlugins });
  });

  test('a default producer whose name is taken', () => {
    expectIssue(
      withPlugins(['prefix-cache-scorer', { name: 'approx-prefix-cache-producer', type: 'queue-scorer' }]),
      'EPP086',
      'plugins[0]',
      ['"queue-scorer"', 'rename'],
    );
  });
});

describe('the graph of producers', () => {
  const customPlugins = [
    { type: 'a', roles: ['producer' as const], produces: [{ key: 'A' }], consumes: [{ key: 'B', producer: 'b' }] },
    { type: 'b', roles: ['producer' as const], produces: [{ key: 'B' }], consumes: [{ key: 'A', producer: 'a' }] },
    { type: 'late', roles: ['scorer' as const], produces: [{ key: 'B', producer: 'b' }] },
  ];

  test('has no cycle', () => {
    expectIssue(withPlugins(['a', 'b']), 'EPP082', 'plugins[0]', ['cycle', '"a" -> "b" -> "a"'], { customPlugins });
  });

  test('runs producers before consumers', () => {
    expectIssue(withPlugins(['a', 'late']), 'EPP087', 'plugins[0]', ['"late" runs later'], { customPlugins });
  });

  test('agrees on types', () => {
    const parameters = { engineConfigs: [{ name: 'vllm', customMetrics: [{ attributeKey: 'WaitingQueueSize', metricSpec: 'm' }] }] };
    const extractor = { type: 'core-metrics-extractor', parameters };
    expectIssue(withPlugins(['queue-scorer', extractor]), 'EPP083', 'plugins[0]', ['as int', 'as scalar']);
    accepted(withPlugins(['kv-cache-utilization-scorer', extractor]));
  });

  test('precise-prefix-cache-scorer runs its own producer or reads the only declared one', () => {
    const own = accepted(withPlugins(['precise-prefix-cache-scorer'])).effective;
    expect(own.producerOrder).toEqual(['token-producer', 'precise-prefix-cache-scorer']);
    const bound = withPlugins(['precise-prefix-cache-scorer', 'precise-prefix-cache-producer']);
    expect(issuesOf(bound).map((issue) => issue.code)).toEqual(['EPP024']);
    const two = withPlugins([
      'precise-prefix-cache-scorer',
      'precise-prefix-cache-producer',
      { name: 'b', type: 'precise-prefix-cache-producer' },
    ]);
    expectIssue(two, 'EPP010', 'plugins[0]', ['cannot choose', '"b"']);
  });

  test('custom metrics feed attribute plugins', () => {
    const scorer = {
      type: 'endpoint-attribute-scorer',
      parameters: { attributeKey: 'Heat', algorithm: { type: 'linear_lower_is_better' } },
    };
    const extractor = {
      type: 'core-metrics-extractor',
      parameters: { engineConfigs: [{ name: 'vllm', customMetrics: [{ attributeKey: 'Heat', metricSpec: 'm' }] }] },
    };
    expect(issuesOf(withPlugins([scorer, extractor]), { allowExperimental: true })).toEqual([]);
    expectIssue(withPlugins([scorer]), 'EPP084', 'plugins[0]', ['Heat'], { allowExperimental: true });
  });

  test('orders chains of any length', () => {
    const names = Array.from({ length: 20000 }, (_, index) => `n${index}`);
    const { order } = topologicalOrder(names, (name) => (name === 'n19999' ? [] : [`n${Number(name.slice(1)) + 1}`]));
    expect(order).toEqual([...names].reverse());
  });
});

test('six keys have a producer that is created on demand and can start, or say why not', () => {
  const onDemand = (Object.keys(dataKeys) as DataKeyName[]).filter((key) => dataKeys[key].createdOnDemand === true);
  expect(onDemand).toEqual([
    'PrefixCacheMatchInfo',
    'InFlightLoad',
    'LatencyPredictionInfo',
    'EncoderCacheMatchInfo',
    'TokenizedPrompt',
    'SessionID',
  ]);
});
