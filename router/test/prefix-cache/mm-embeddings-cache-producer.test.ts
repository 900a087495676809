import type { DataProducer, PreRequest } from '../../src/plugin';
import { prefixCachePlugins } from '../../src/prefix-cache/plugins';
import { request, TestContext } from '../support/context';
import { sendsTo } from '../support/prefix-cache';

const TYPE = 'mm-embeddings-cache-producer';

function setUp(parameters: object = {}) {
  const context = new TestContext();
  const pods = context.pods(2);
  const plugin = context.make<DataProducer & PreRequest>(prefixCachePlugins[TYPE]!, TYPE, parameters as never);
  const withMedia = (...hashes: string[]) => {
    const made = request();
    const features = hashes.map((hash, offset) => ({ modality: 'image' as const, hash, offset, length: 1 }));
    made.put('TokenizedPrompt', 'token-producer', { prompts: [{ ids: new Uint32Array(9), features }], estimated: true });
    void plugin.produce(made, context.candidates());
    return made;
  };
  const matched = (...hashes: string[]) => {
    const info = withMedia(...hashes).get('EncoderCacheMatchInfo', TYPE);
    return info && { matched: context.endpoints.all().map(({ slot }) => info.matchedSize[slot]), of: info.requestSize };
  };
  const send = (pod: number, ...hashes: string[]) => plugin.preRequest(withMedia(...hashes), sendsTo(pods[pod]!));
  return { context, pods, plugin, matched, send, withMedia };
}

test('media that an endpoint was sent match there', () => {
  const { matched, send } = setUp();
  expect(matched('a', 'b')).toEqual({ matched: [0, 0], of: 2 });
  send(1, 'a', 'c');
  expect(matched('a', 'b')).toEqual({ matched: [0, 1], of: 2 });
  expect(matched('a', 'a', 'c')).toEqual({ matched: [0, 2], of: 2 });
});

test('a request without media is not spoken of', () => {
  const { matched } = setUp();
  expect(matched()).toBeUndefined();
  expect(matched('')).toBeUndefined();
});

test('all targets of the primary profile are remembered, no others', () => {
  const { pods, plugin, matched, withMedia } = setUp();
  const profiles = new Map([
    ['decode', { targets: [pods[0]!] }],
    ['prefill', { targets: [pods[1]!] }],
  ]);
  plugin.preRequest(withMedia('a'), { primary: 'decode', profiles });
  expect(matched('a')!.matched).toEqual([1, 0]);
  plugin.preRequest(withMedia('b'), { primary: 'both', profiles: new Map([['both', { targets: pods }]]) });
  expect(matched('b')!.matched).toEqual([1, 1]);
});

test('an endpoint has a place for each 2 MiB, and a repeated item stays', () => {
  const { matched, send } = setUp({ cacheSizeInMBPerServer: 5 });
  send(0, 'a');
  send(0, 'b');
  send(0, 'a');
  send(0, 'c');
  expect(matched('a', 'b', 'c')!.matched).toEqual([2, 0]);
  expect(matched('b')!.matched).toEqual([0, 0]);
  const small = setUp({ cacheSizeInMBPerServer: 1 });
  small.send(0, 'a', 'b');
  expect(small.matched('a', 'b')!.matched).toEqual([1, 0]);
});

test('a removed endpoint leaves nothing to the next', () => {
  const { context, pods, matched, send } = setUp();
  send(0, 'a');
  matched('a');
  expect(context.metrics.text()).toContain('pod="default/pod-0"');
  context.endpoints.remove(pods[0]!.id);
  expect(context.endpoint('newcomer').slot).toBe(pods[0]!.slot);
  expect(matched('a')!.matched).toEqual([0, 0]);
  expect(context.metrics.text()).not.toContain('pod="default/pod-0"');
});

test('metrics count queries, hits and shares', () => {
  const { context, matched, send } = setUp();
  send(0, 'a');
  matched('a', 'b');
  const text = context.metrics.text();
  const labels = `plugin_type="${TYPE}",plugin_name="${TYPE}"`;
  expect(text).toContain(`llm_d_epp_encoder_cache_queries_total{${labels},modality="image"} 3\n`);
  expect(text).toContain(`llm_d_epp_encoder_cache_hits_total{${labels},pod="default/pod-0",modality="image"} 1\n`);
  expect(text).toContain(`llm_d_epp_encoder_cache_hit_ratio_sum{${labels}} 0.5\n`);
});
