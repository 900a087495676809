import * as fc from 'fast-check';
import { pack } from 'msgpackr';
import { prefixCachePlugins } from '../../../src/prefix-cache/plugins';
import { TestContext } from '../../support/context';
import { payload, preciseSetUp, stored } from '../../support/precise-prefix';
import { ids, send, tokenRequest } from '../../support/prefix-cache';

const TYPE = 'precise-prefix-cache-producer';

test('what an engine stored counts for its endpoint', () => {
  const { ask, tell } = preciseSetUp();
  expect(ask(40)).toEqual({ match: [0, 0], cached: [0, 0], tiers: {}, total: 2, blockSize: 16 });
  tell(1, stored([7, 8], 1));
  expect(ask(40)).toEqual({ match: [0, 2], cached: [0, 2], tiers: { gpu: [0, 2] }, total: 2, blockSize: 16 });
  expect(ask(48, 'other-model')).toMatchObject({ match: [0, 0] });
});

test('a prompt without a whole block is not spoken of', () => {
  expect(preciseSetUp().ask(15)).toBeUndefined();
  const { plugin, context } = preciseSetUp();
  const request = tokenRequest([]);
  plugin.produce(request, context.candidates());
  expect(request.get('PrefixCacheMatchInfo', TYPE)).toBeUndefined();
});

test('endpoints that are no candidates are unknown', () => {
  const { plugin, context, pods, tell } = preciseSetUp();
  tell(0, stored([7], 1));
  const request = tokenRequest([ids(1, 16)]);
  plugin.produce(request, context.candidates([pods[1]!]));
  const info = request.get('PrefixCacheMatchInfo', TYPE)!;
  expect([info.matchBlocks[pods[0]!.slot], info.matchBlocks[pods[1]!.slot]]).toEqual([-1, 0]);
});

test('tiers weigh, and the sum is cut to whole blocks', () => {
  const { ask, tell } = preciseSetUp();
  tell(0, stored([1, 2, 3], 1, null, 'CPU'));
  expect(ask(48)).toMatchObject({ match: [2, 0], cached: [3, 0], tiers: { cpu: [3, 0] } });
  const weights = preciseSetUp({ indexerConfig: { kvCacheBackendConfigs: [{ name: 'cpu', weight: 0.5 }] } });
  weights.tell(0, stored([1, 2, 3], 1, null, 'cpu'));
  expect(weights.ask(48)).toMatchObject({ match: [1, 0], cached: [3, 0] });
});

describe('a store', () => {
  test('follows its parent', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, stored([1, 2], 1), stored([3], 33, 2));
    expect(ask(48)).toMatchObject({ cached: [3, 0] });
  });

  test('with an unknown parent is dropped', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, stored([3], 1, 99));
    expect(ask(16)).toMatchObject({ cached: [0, 0] });
  });

  test('of an adapter counts for the adapter', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, stored([1], 1, null, null, 'lora'));
    expect(ask(16)).toMatchObject({ cached: [0, 0] });
    expect(ask(16, 'lora')).toMatchObject({ cached: [1, 0] });
  });

  test('with the salt among its extra keys counts for requests with the salt', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, stored([1, 2], 1, null, null, null, [['salt'], null]));
    expect(ask(32)).toMatchObject({ cached: [0, 0] });
    expect(ask(32, 'my-model', 'salt')).toMatchObject({ cached: [2, 0] });
  });

  test('in larger blocks than ours covers all of ours', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, ['BlockStored', [5], null, [...ids(1, 64)], 64, null, null, null, [['salt']]]);
    expect(ask(64, 'my-model', 'salt')).toMatchObject({ cached: [1, 0] });
    tell(0, ['BlockStored', [6], null, [...ids(1, 64)], 64]);
    expect(ask(64)).toMatchObject({ cached: [4, 0] });
    tell(0, ['BlockRemoved', [6]]);
    expect(ask(64)).toMatchObject({ cached: [0, 0] });
  });

  test('in smaller blocks than ours joins their extra keys', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, ['BlockStored', [5, 6, 7, 8], null, [...ids(1, 32)], 8, null, null, null, [null, ['salt'], null, null]]);
    expect(ask(32, 'my-model', 'salt')).toMatchObject({ cached: [2, 0] });
  });

  test('without tokens adds a tier to blocks that are known', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, ['BlockStored', [1], null, [], 16, null, 'cpu']);
    expect(ask(32)).toMatchObject({ cached: [0, 0] });
    tell(0, stored([1, 2], 1), ['BlockStored', [1, 2, 9], null, [], 16, null, 'cpu'], ['BlockRemoved', [1, 2], 'gpu']);
    expect(ask(32)).toMatchObject({ match: [1, 0], cached: [2, 0], tiers: { cpu: [2, 0] } });
  });
});

describe('a removal', () => {
  test('counts only on the tier it names', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, stored([1], 1), ['BlockRemoved', [1], 'cpu']);
    expect(ask(16)).toMatchObject({ cached: [1, 0] });
    tell(0, ['BlockRemoved', [1]]);
    expect(ask(16)).toMatchObject({ cached: [0, 0] });
  });

  test('of blocks that were announced twice counts the second time', () => {
    const { context, ask, tell } = preciseSetUp();
    tell(0, stored([1], 1), stored([1], 1), ['BlockRemoved', [1]]);
    expect(ask(16)).toMatchObject({ cached: [1, 0] });
    tell(0, ['BlockRemoved', [1]]);
    expect(ask(16)).toMatchObject({ cached: [0, 0] });
    const text = context.metrics.text();
    expect(text).toContain('llm_d_epp_kv_cache_events_dedup_removed_hashes_suppressed_total 1\n');
    expect(text).toContain('kvcache_kvevents_dedup_removed_hashes_forwarded_total 1\n');
  });

  test('of one pod leaves the other its blocks', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, stored([1], 1));
    tell(1, stored([1], 1), ['BlockRemoved', [1]]);
    expect(ask(16)).toMatchObject({ cached: [1, 0] });
  });
});

test('its state tells what each pod holds', () => {
  const { plugin, tell } = preciseSetUp();
  tell(0, stored([1, 2], 1));
  tell(1, stored([1], 1), stored([1], 1, null, 'cpu'));
  const state = () => plugin.state() as { keys: number; engineHashes: number; pods: { pod: string; blocks: number; digest: string }[] };
  expect(state()).toMatchObject({ keys: 2, engineHashes: 2, pods: [{ pod: '10.0.0.1:8000', blocks: 2 }, { blocks: 2 }] });
  expect(state().pods[0]?.digest).not.toBe(state().pods[1]?.digest);
  tell(0, ['AllBlocksCleared'], stored([1], 1), stored([1], 1, null, 'cpu'));
  expect(state().pods[0]?.digest).toBe(state().pods[1]?.digest);
});

test('a clear empties all tiers of the pod, counts of announcements too', () => {
  const { ask, tell } = preciseSetUp();
  tell(1, stored([1], 1));
  tell(0, stored([1], 1), stored([1], 1), stored([1], 1, null, 'cpu'), ['AllBlocksCleared']);
  expect(ask(16)).toMatchObject({ cached: [0, 1] });
  tell(0, stored([1], 1), ['BlockRemoved', [1]]);
  expect(ask(16)).toMatchObject({ cached: [0, 1] });
});

describe('cache groups', () => {
  const grouped = (kind: string | null, group: number, tokens = 16) => [
    'BlockStored',
    [1],
    null,
    [...ids(1, tokens)],
    16,
    null,
    null,
    null,
    null,
    group,
    kind,
  ];

  test.each(['full_attention', 'mla_attention', 'sink_full_attention'])('of %s count', (kind) => {
    const { ask, tell } = preciseSetUp();
    tell(0, grouped(kind, 0));
    expect(ask(16)).toMatchObject({ cached: [1, 0] });
    tell(0, ['BlockRemoved', [1], null, 0]);
    expect(ask(16)).toMatchObject({ cached: [0, 0] });
  });

  test.each([
    [grouped('sliding_window', 0), 'cache_kind="sliding_window",reason="unsupported_cache_kind"'],
    [grouped(null, 0), 'cache_kind="unknown",reason="unsupported_cache_kind"'],
    [grouped('full_attention', 0, 32), 'cache_kind="full_attention",reason="non_dense_block_span"'],
  ])('%j does not', (event, labels) => {
    const { context, ask, tell } = preciseSetUp();
    tell(0, event);
    expect(ask(16)).toMatchObject({ cached: [0, 0] });
    expect(context.metrics.text()).toContain(`llm_d_epp_kv_cache_events_stores_skipped_total{${labels}} 1\n`);
  });

  test('are of the kind that an earlier event said, and of no kind that another pod said', () => {
    const { ask, tell } = preciseSetUp();
    tell(0, grouped('full_attention', 3), ['BlockRemoved', [1], null, 3], grouped(null, 3));
    tell(1, grouped(null, 3));
    expect(ask(16)).toMatchObject({ cached: [1, 0] });
  });

  test('that are unknown keep their blocks', () => {
    const { context, tell, ask } = preciseSetUp();
    tell(0, grouped('full_attention', 0), ['BlockRemoved', [1], null, 1]);
    expect(ask(16)).toMatchObject({ cached: [1, 0] });
    expect(context.metrics.text()).toContain('removals_skipped_total{cache_kind="unknown",reason="unknown_group"} 1\n');
  });
});

describe('messages that make no sense', () => {
  test('are dropped as a whole and said once a minute', () => {
    const { context, ask, tell } = preciseSetUp();
    tell(0, stored([1], 1), ['BlockMoved']);
    tell(0, ['BlockMoved']);
    expect(ask(16)).toMatchObject({ cached: [0, 0] });
    expect(context.log.messages('error')).toEqual(['a message about the KV cache can not be read and is dropped']);
    expect(context.metrics.text()).toContain('llm_d_epp_kv_cache_events_invalid_messages_total 2\n');
  });

  test('never throw', () => {
    const { plugin } = preciseSetUp();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => plugin.message('10.0.0.1:8000', 'm', bytes)),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom('BlockStored', 'BlockRemoved'), fc.jsonValue()), { maxLength: 13 }), (event) =>
        plugin.message('10.0.0.1:8000', 'm', pack([0, [event]])),
      ),
      { numRuns: 500 },
    );
  });
});

test('a pod that is no endpoint is named once', () => {
  const { context, plugin } = preciseSetUp();
  for (let i = 0; i < 3; i++) plugin.message('pod-name', 'my-model', payload(stored([1], 1)));
  expect(context.log.messages('warn')).toEqual([expect.stringContaining('ip:port is expected')]);
});

test('a removed endpoint takes its blocks with it', () => {
  const { context, pods, ask, tell } = preciseSetUp();
  tell(0, stored([1], 1));
  context.endpoints.remove(pods[0]!.id);
  context.endpoint('newcomer', { address: '10.0.0.1' });
  expect(ask(16)).toMatchObject({ cached: [0, 0] });
});

test('endpoints that share an address share its blocks, and keep them while one is left', () => {
  const { context, ask, tell } = preciseSetUp();
  const twin = context.endpoint('twin', { address: '10.0.0.1' });
  tell(0, stored([1], 1));
  expect(ask(16)).toMatchObject({ cached: [1, 0, 1] });
  context.endpoints.remove(twin.id);
  expect(ask(16)).toMatchObject({ cached: [1, 0] });
});

describe('guesses', () => {
  const setUp = () => preciseSetUp({ speculativeIndexing: true, speculativeTTL: '500ms' });
  const guess = ({ plugin, context, pods }: ReturnType<typeof setUp>, ...targets: number[]) =>
    send(plugin, tokenRequest([ids(1, 32)]), context.candidates(), ...targets.map((target) => pods[target]!));

  test('count at once, under a tier of their own, for the prefill target too, and end', () => {
    const made = setUp();
    guess(made, 1, 0);
    expect(made.ask(32)).toMatchObject({ match: [2, 2], tiers: { speculative: [2, 2] } });
    made.context.clock.advance(499);
    expect(made.ask(32)).toMatchObject({ match: [2, 2] });
    made.context.clock.advance(1);
    expect(made.ask(32)).toMatchObject({ match: [0, 0], tiers: {} });
  });

  test('are prolonged by the next request', () => {
    const made = setUp();
    guess(made, 0);
    made.context.clock.advance(400);
    guess(made, 0);
    made.context.clock.advance(400);
    expect(made.ask(32)).toMatchObject({ match: [2, 0] });
    made.context.clock.advance(100);
    expect(made.ask(32)).toMatchObject({ match: [0, 0] });
  });

  test('leave what was confirmed', () => {
    const made = setUp();
    guess(made, 0);
    made.tell(0, stored([1, 2], 1));
    made.context.clock.advance(500);
    expect(made.ask(32)).toMatchObject({ match: [2, 0], tiers: { gpu: [2, 0] } });
  });

  test('are off unless asked for', () => {
    const made = preciseSetUp();
    guess(made, 0);
    expect(made.ask(32)).toMatchObject({ match: [0, 0] });
  });
});

describe('parameters', () => {
  const refused = (parameters: object) => () => preciseSetUp(parameters as never);

  test('Redis and tokenizer pools are refused with a reason', () => {
    expect(refused({ indexerConfig: { kvBlockIndexConfig: { redisConfig: {} } } })).toThrow(
      'this router keeps the index in its own memory',
    );
    expect(refused({ indexerConfig: { tokenizersPoolConfig: {} } })).toThrow('configure a token-producer plugin');
    expect(refused({ indexerConfig: { kvBlockIndexConfig: { costAwareMemoryConfig: { size: 'much' } } } })).toThrow(
      '"much", write a size such as 2GiB',
    );
  });

  test('a cost-aware index goes before Redis', () => {
    expect(
      refused({ indexerConfig: { kvBlockIndexConfig: { redisConfig: {}, costAwareMemoryConfig: { size: '64 MiB' } } } }),
    ).not.toThrow();
  });

  test('block size and algorithm', () => {
    const { ask, tell } = preciseSetUp({ tokenProcessorConfig: { blockSizeTokens: 32, hashAlgorithm: 'xxh64', hashSeed: '42' } });
    tell(0, stored([1, 2, 3, 4], 1));
    expect(ask(70)).toMatchObject({ cached: [2, 0], total: 2, blockSize: 32 });
    expect(preciseSetUp({ tokenProcessorConfig: { blockSize: 64 } }).ask(64)).toMatchObject({ blockSize: 64 });
  });

  test('the pods of a key are as many as configured', () => {
    const { ask, tell } = preciseSetUp({ indexerConfig: { kvBlockIndexConfig: { inMemoryConfig: { podCacheSize: 1 } } } });
    tell(0, stored([1], 1));
    tell(1, stored([1], 1));
    expect(ask(16)).toMatchObject({ cached: [0, 1] });
  });

  test('index metrics come when asked for', () => {
    const { context, ask, tell } = preciseSetUp({ indexerConfig: { kvBlockIndexConfig: { enableMetrics: true } } });
    tell(0, stored([1, 2], 1), ['BlockRemoved', [2]]);
    ask(32);
    const text = context.metrics.text();
    for (const line of [
      'admissions_total 2',
      'evictions_total 1',
      'lookup_requests_total 1',
      'lookup_hits_total 1',
      'max_pod_hit_count_total 1',
      'lookup_latency_seconds_count 1',
    ])
      for (const prefix of ['llm_d_epp_kv_cache_index_', 'kvcache_index_']) expect(text).toContain(`\n${prefix}${line}\n`);
    expect(preciseSetUp().context.metrics.text()).not.toContain('cache_index_');
  });
});

describe('the older scorer', () => {
  const SCORER = 'precise-prefix-cache-scorer';
  const make = (context: TestContext, parameters: object = {}) =>
    context.make<never>(prefixCachePlugins[SCORER]!, SCORER, parameters as never);
  type Old = import('../../../src/prefix-cache/precise/precise-prefix-cache-scorer').PrecisePrefixCacheScorer;

  test('scores by a producer that is configured, whatever its place', async () => {
    const context = new TestContext();
    const pods = context.pods(2);
    const scorer = make(context) as Old;
    const producer = context.make<ReturnType<typeof preciseSetUp>['plugin']>(prefixCachePlugins[TYPE]!, TYPE, {}, 'mine');
    await scorer.start();
    producer.message('10.0.0.1:8000', 'my-model', payload(stored([1], 1)));
    const request = tokenRequest([ids(1, 32)]);
    producer.produce(request, context.candidates());
    scorer.produce(request, context.candidates());
    const scores = new Float64Array(4);
    scorer.score({ request, profile: 'p' }, context.candidates(), scores);
    expect([...scores]).toEqual([0.5, 0, 0, 0]);
    scorer.preRequest(request, { primary: 'p', profiles: new Map([['p', { targets: [pods[0]!] }]]) });
    await scorer.stop();
  });

  test('runs a producer of its own otherwise', async () => {
    const context = new TestContext();
    context.pods(1);
    const scorer = make(context, { kvEventsConfig: { discoverPods: false }, speculativeIndexing: true }) as Old;
    await scorer.start();
    for (const expected of [0, 1]) {
      const request = tokenRequest([ids(1, 32)]);
      send(scorer, request, context.candidates(), context.endpoints.all()[0]!);
      const scores = new Float64Array(1);
      scorer.score({ request, profile: 'p' }, context.candidates(), scores);
      expect(scores[0]).toBe(expected);
    }
    await scorer.stop();
  });

  test('can not choose between two', async () => {
    const context = new TestContext();
    const scorer = make(context) as Old;
    for (const name of ['one', 'two']) context.make(prefixCachePlugins[TYPE]!, TYPE, {}, name);
    await expect(scorer.start()).rejects.toThrow('can not choose between "one" and "two"');
  });

  test('scores 0 without data', () => {
    const context = new TestContext();
    context.pods(2);
    const scores = new Float64Array(2);
    (make(context) as Old).score({ request: tokenRequest([]), profile: 'p' }, context.candidates(), scores);
    expect([...scores]).toEqual([0, 0]);
  });
});
