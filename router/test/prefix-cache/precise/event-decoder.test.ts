import { pack } from 'msgpackr';
import { decodeEvents } from '../../../src/prefix-cache/precise/event-decoder';
import { bigHashes } from '../../support/prefix-cache';

const batch = (...events: unknown[]): Uint8Array => pack([1.5, events]);
const stored = ['BlockStored', [1, 2n ** 64n - 1n], null, [7, 8], 2];

const one = (event: unknown, engine: 'vllm' | 'sglang' = 'vllm') => {
  const [first] = decodeEvents(batch(event), engine);
  if (first === undefined || first.type === 'cleared') return first;
  return {
    ...first,
    hashes: bigHashes(first.hashes),
    ...('parent' in first && first.parent ? { parent: bigHashes(first.parent)[0] } : {}),
  };
};

test('a store with nothing but what it must have', () => {
  expect(one(stored)).toEqual({
    type: 'stored',
    hashes: [1n, 2n ** 64n - 1n],
    tokens: Uint32Array.from([7, 8]),
    blockSize: 2,
    tier: 'gpu',
    loraName: '',
    groupKind: '',
  });
});

const full = [
  'BlockStored',
  [5],
  2n ** 63n + 3n,
  [1, 2 ** 32 - 1],
  2,
  4,
  'CPU',
  'adapter',
  [['a', ['b', 3], 4, null], null, [], [[]]],
  1,
  'mla_attention',
  128,
];
const everything = {
  type: 'stored',
  hashes: [5n],
  parent: 2n ** 63n + 3n,
  tokens: Uint32Array.from([1, 2 ** 32 - 1]),
  blockSize: 2,
  tier: 'cpu',
  loraName: 'adapter',
  extras: [['a', 'b'], undefined, undefined, undefined],
  group: 1,
  groupKind: 'mla_attention',
};

test('a store with everything, and fields of days to come', () => {
  expect(one([...full, 'new', 17])).toEqual(everything);
});

test('a store as a map', () => {
  const [, block_hashes, parent_block_hash, token_ids, block_size, lora_id, medium, lora_name, extra_keys, group_idx, kv_cache_spec_kind] =
    full;
  const fields = {
    block_hashes,
    parent_block_hash,
    token_ids,
    block_size,
    lora_id,
    medium,
    lora_name,
    extra_keys,
    group_idx,
    kv_cache_spec_kind,
  };
  expect(one({ type: 'BlockStored', ...fields, unknown: 1 })).toEqual(everything);
  expect(one({ type: 'BlockStored', block_hashes: [1], token_ids: [], block_size: 16 })).toMatchObject({ tier: 'gpu', hashes: [1n] });
});

test('SGLang knows no groups', () => {
  expect(one(full, 'sglang')).toEqual({ ...everything, group: undefined, groupKind: '' });
  expect(one(['BlockRemoved', [1], 'GPU', 3], 'sglang')).toEqual({ type: 'removed', hashes: [1n], tier: 'gpu' });
});

test.each([
  [Buffer.from([1, 2]), 0x0102n],
  [Buffer.from('00112233445566778899aabbccddeeff', 'hex'), 0x8899aabbccddeeffn],
  [-1, 2n ** 64n - 1n],
  [-(2n ** 63n), 2n ** 63n],
  [2 ** 40, 2n ** 40n],
])('the hash %p is a number of 64 bits', (hash, expected) => {
  expect(one(['BlockRemoved', [hash]])).toMatchObject({ hashes: [expected] });
});

test('the parent 0 is no parent', () => {
  expect(one(['BlockStored', [1], 0, [], 1])).not.toHaveProperty('parent');
});

test('removals and clears', () => {
  expect(one(['BlockRemoved', [1, 2], 'Disk', 0])).toEqual({ type: 'removed', hashes: [1n, 2n], tier: 'disk', group: 0 });
  expect(one({ type: 'BlockRemoved', block_hashes: [3] })).toEqual({ type: 'removed', hashes: [3n], tier: 'gpu' });
  expect(one(['AllBlocksCleared'])).toEqual({ type: 'cleared' });
  expect(one({ type: 'AllBlocksCleared', medium: null })).toEqual({ type: 'cleared' });
});

test('the rank at the end of a batch is not needed', () => {
  expect(decodeEvents(pack([1.5, [['AllBlocksCleared']], 3]), 'vllm')).toHaveLength(1);
  expect(decodeEvents(pack([1.5, [['AllBlocksCleared']], null]), 'vllm')).toHaveLength(1);
});

test.each([
  [pack({ ts: 1 }), 'a batch is [time, events], not a map'],
  [pack([1]), 'not a list of 1'],
  [batch(5), 'an event is a list or a map, not "5"'],
  [batch(['BlockMoved', []]), 'event "BlockMoved" is unknown'],
  [batch({ tag: 'BlockStored' }), 'event "undefined" is unknown'],
  [batch(['BlockStored', [1], null, []]), 'at least 5 fields, not 4'],
  [batch(['BlockStored', 1, null, [], 1]), 'block hashes are a list'],
  [batch(['BlockStored', ['x'], null, [], 1]), 'a block hash is an integer or bytes, not "x"'],
  [batch(['BlockStored', [Buffer.alloc(0)], null, [], 1]), 'not 0 bytes'],
  [batch(['BlockStored', [1.5], null, [], 1]), 'not "1.5"'],
  [batch(['BlockStored', [1], null, null, 1]), 'token_ids is a list'],
  [batch(['BlockStored', [1], null, ['a'], 1]), 'a token id is an integer'],
  [batch(['BlockStored', [1], null, [], 'x']), 'block_size is an integer'],
  [batch(['BlockStored', [1], null, [], 1, null, 5]), 'medium is text'],
  [batch(['BlockStored', [1], null, [], 1, null, null, 5]), 'lora_name is text'],
  [batch(['BlockStored', [1], null, [], 1, null, null, null, 'x']), 'extra_keys is a list'],
  [batch(['BlockStored', [1], null, [], 1, null, null, null, ['x']]), 'the extra keys of a block are a list'],
  [batch(['BlockStored', [1], null, [], 1, null, null, null, null, -1]), 'group_idx is -1'],
  [batch(['BlockRemoved']), 'block hashes are a list'],
  [Buffer.from('c1', 'hex'), ''],
  [Buffer.alloc(0), ''],
])('%p is refused', (payload, message) => {
  expect(() => decodeEvents(payload as Uint8Array, 'vllm')).toThrow(message as string);
});
