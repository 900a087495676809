import { coreColumns, type DataProducer, type PreRequest } from '../../../src/plugin';
import { prefixCachePlugins } from '../../../src/prefix-cache/plugins';
import { TestContext } from '../../support/context';
import { ids, send, tokenRequest } from '../../support/prefix-cache';

type Producer = DataProducer & PreRequest;
const TYPE = 'approx-prefix-cache-producer';

function setUp(parameters: object = {}, env: Record<string, string> = {}, type = TYPE) {
  const context = new TestContext({ env });
  const pods = context.pods(3);
  const plugin = context.make<Producer>(prefixCachePlugins[type]!, type, parameters as never);
  const ask = (...prompts: Uint32Array[]) => {
    const request = tokenRequest(prompts);
    send(plugin, request, context.candidates());
    const { matchBlocks, totalBlocks, blockSizeTokens } = request.get('PrefixCacheMatchInfo', type)!;
    return { matched: context.endpoints.all().map(({ slot }) => matchBlocks[slot]), totalBlocks, blockSizeTokens };
  };
  const tell = (target: number, ...prompts: Uint32Array[]) => send(plugin, tokenRequest(prompts), context.candidates(), pods[target]!);
  return { context, pods, plugin, ask, tell };
}

test.each([TYPE, 'multicluster-approx-prefix-cache-producer'])('%s knows what it sent', (type) => {
  const { ask, tell } = setUp({}, {}, type);
  expect(ask(ids(1, 200)).matched).toEqual([0, 0, 0]);
  tell(1, ids(1, 200));
  expect(ask(ids(1, 200))).toEqual({ matched: [0, 4, 0], totalBlocks: 4, blockSizeTokens: 64 });
  expect(ask(ids(1, 190)).matched).toEqual([0, 2, 0]);
  expect(ask(ids(2, 200)).matched).toEqual([0, 0, 0]);
});

test('after its end no page asks for its size, so a replaced configuration frees its index', () => {
  const { context, plugin, tell } = setUp();
  const size = `llm_d_epp_prefix_indexer_size{plugin_name="${TYPE}",plugin_type="${TYPE}"}`;
  tell(1, ids(1, 200));
  expect(context.metrics.text()).toContain(`${size} 4\n`);
  plugin.stop?.();
  tell(1, ids(5000, 200));
  expect(context.metrics.text()).toContain(`${size} 4\n`);
});

test('prompts count on their own and are summed', () => {
  const { ask, tell } = setUp();
  tell(0, ids(1, 128));
  tell(2, ids(5000, 64));
  expect(ask(ids(1, 128), ids(5000, 64))).toEqual({ matched: [2, 0, 1], totalBlocks: 3, blockSizeTokens: 64 });
});

test('a request without tokens matches nothing of nothing', () => {
  const { plugin, context, pods } = setUp();
  const request = tokenRequest([]);
  send(plugin, request, context.candidates(), pods[0]!);
  expect(request.get('PrefixCacheMatchInfo', TYPE)).toMatchObject({ totalBlocks: 0 });
});

test('the prefill target is remembered too', () => {
  const { plugin, context, pods, ask } = setUp();
  send(plugin, tokenRequest([ids(1, 64)]), context.candidates(), pods[0]!, pods[2]!);
  expect(ask(ids(1, 64)).matched).toEqual([1, 0, 1]);
});

describe('the block size', () => {
  test('is what the first candidate reports, but at least 64', () => {
    const { context, pods, ask } = setUp();
    context.set(coreColumns.cacheBlockSize, pods[0]!, 16);
    expect(ask(ids(1, 512)).blockSizeTokens).toBe(64);
    context.set(coreColumns.cacheBlockSize, pods[0]!, 128);
    expect(ask(ids(1, 512))).toMatchObject({ blockSizeTokens: 128, totalBlocks: 4 });
  });

  test('is the parameter when nothing is tuned', () => {
    const { context, pods, ask } = setUp({ autoTune: false, blockSizeTokens: 100 });
    context.set(coreColumns.cacheBlockSize, pods[0]!, 128);
    expect(ask(ids(1, 500))).toMatchObject({ blockSizeTokens: 100, totalBlocks: 5 });
  });

  test('is the older parameter only beside the default of the newer', () => {
    expect(setUp({ blockSize: 200 }).ask(ids(1, 400)).blockSizeTokens).toBe(200);
    expect(setUp({ blockSize: 200, blockSizeTokens: 80 }).ask(ids(1, 400)).blockSizeTokens).toBe(80);
  });

  test('of 0 is refused while nothing is tuned', () => {
    expect(() => setUp({ autoTune: false, blockSizeTokens: 0 })).toThrow('write a number above 0');
  });
});

test.each([
  [{}, 2048],
  [{ maxPrefixTokensToMatch: 200 }, 3],
  [{ maxPrefixTokensToMatch: 10 }, 0],
  [{ maxPrefixTokensToMatch: 0, maxPrefixBlocksToMatch: 5 }, 5],
  [{ maxPrefixTokensToMatch: 0, maxPrefixBlocksToMatch: 0 }, 3125],
])('%j looks at %d blocks', (parameters, blocks) => {
  expect(setUp(parameters).ask(ids(1, 200_000)).totalBlocks).toBe(blocks);
});

describe('the list of an endpoint', () => {
  test('is as long as its reported blocks at the first insertion, and stays so', () => {
    const { context, pods, ask, tell } = setUp();
    context.set(coreColumns.cacheNumBlocks, pods[0]!, 2);
    tell(0, ids(1, 64));
    context.set(coreColumns.cacheNumBlocks, pods[0]!, 100);
    tell(0, ids(1000, 128));
    expect(ask(ids(1, 64)).matched).toEqual([0, 0, 0]);
    expect(ask(ids(1000, 128)).matched).toEqual([2, 0, 0]);
  });

  test('is the parameter when nothing is tuned or reported', () => {
    const { context, pods, ask, tell } = setUp({ autoTune: false, lruCapacityPerServer: 1, blockSizeTokens: 64 });
    context.set(coreColumns.cacheNumBlocks, pods[0]!, 50);
    tell(0, ids(1, 64));
    tell(0, ids(1000, 64));
    expect(ask(ids(1, 64)).matched).toEqual([0, 0, 0]);
    expect(ask(ids(1000, 64)).matched).toEqual([1, 0, 0]);
  });

  test('evicts the start of a chain first, and the rest counts only up to a block that nobody holds', () => {
    const { ask, tell } = setUp({ lruCapacityPerServer: 3 });
    tell(0, ids(1, 256));
    expect(ask(ids(1, 256)).matched).toEqual([0, 0, 0]);
    tell(1, ids(1, 64));
    expect(ask(ids(1, 256)).matched).toEqual([3, 1, 0]);
  });
});

test('strict matching ends at the first block an endpoint lacks', () => {
  const { ask, tell } = setUp({ lruCapacityPerServer: 3 }, { LLM_D_EPP_PREFIX_MATCH: 'strict' });
  tell(0, ids(1, 256));
  tell(1, ids(1, 64));
  expect(ask(ids(1, 256)).matched).toEqual([0, 1, 0]);
});

test('an endpoint that takes a freed slot inherits nothing', () => {
  const { context, pods, ask, tell } = setUp();
  tell(1, ids(1, 128));
  context.endpoints.remove(pods[1]!.id);
  const next = context.endpoint('newcomer');
  expect(next.slot).toBe(pods[1]!.slot);
  expect(ask(ids(1, 128)).matched).toEqual([0, 0, 0]);
});

test('a target that vanished before its decision was noted is not remembered', () => {
  const { context, pods, plugin, ask } = setUp();
  const request = tokenRequest([ids(1, 128)]);
  void plugin.produce(request, context.candidates());
  context.endpoints.remove(pods[1]!.id);
  plugin.preRequest(request, { primary: 'p', profiles: new Map([['p', { targets: [pods[1]!] }]]) });
  context.endpoint('newcomer');
  expect(ask(ids(1, 128)).matched).toEqual([0, 0, 0]);
});

test('a thousand endpoints that come later find their places', () => {
  const { context, plugin, ask } = setUp();
  for (let i = 0; i < 1000; i++) {
    const endpoint = context.endpoint(`late-${i}`);
    send(plugin, tokenRequest([ids(1, 64 * (1 + (i % 3)))]), context.candidates([endpoint]), endpoint);
  }
  expect(ask(ids(1, 192)).matched).toEqual([0, 0, 0, ...Array.from({ length: 1000 }, (_, i) => 1 + (i % 3))]);
});

test('metrics tell the size of the index and what the targets held', () => {
  const { context, tell } = setUp();
  tell(0, ids(1, 128));
  tell(0, ids(1, 256));
  const text = context.metrics.text();
  const labels = 'plugin_name="approx-prefix-cache-producer",plugin_type="approx-prefix-cache-producer"';
  expect(text).toContain(`llm_d_epp_prefix_indexer_size{${labels}} 4\n`);
  expect(text).toContain('inference_extension_prefix_indexer_size 4\n');
  expect(text).toContain(`llm_d_epp_prefix_indexer_hit_ratio_sum{${labels}} 0.5\n`);
  expect(text).toContain(`llm_d_epp_prefix_indexer_hit_bytes_sum{${labels}} 512\n`);
  expect(text).toContain('inference_extension_prefix_indexer_hit_bytes_count 2\n');
});

test('a full memory is said once a minute', () => {
  const { context, tell } = setUp({}, { LLM_D_EPP_PREFIX_INDEX_BYTES: '1Mi' });
  for (let i = 0; i < 12; i++) tell(i % 3, ids(i * 1_000_000, 131072));
  expect(context.log.messages('warn')).toEqual([expect.stringContaining('LLM_D_EPP_PREFIX_INDEX_BYTES')]);
  context.clock.advance(60_000);
  tell(0, ids(99_000_000, 64));
  expect(context.log.messages('warn')).toHaveLength(2);
});

test.each([
  [{ LLM_D_EPP_PREFIX_INDEX_BYTES: 'plenty' }, 'is "plenty", write a size'],
  [{ LLM_D_EPP_PREFIX_INDEX_BYTES: '12' }, 'at least 1048576 bytes'],
  [{ LLM_D_EPP_PREFIX_MATCH: 'loose' }, 'is "loose", write "upstream" or "strict"'],
])('%j is refused', (env, message) => {
  expect(() => setUp({}, env as Record<string, string>)).toThrow(message);
});
