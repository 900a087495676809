import * as fc from 'fast-check';
import { EntryKinds } from '../../../src/prefix-cache/precise/entry-kinds';
import { PreciseIndex } from '../../../src/prefix-cache/precise/precise-index';
import { PrefixLookup } from '../../../src/prefix-cache/precise/prefix-lookup';
import { hashList } from '../../support/prefix-cache';

const MIB = 1 << 20;
const list = (keys: readonly number[]) => hashList(keys.map((key) => (BigInt(key * 31) << 32n) | BigInt(key)));
const weights = new Map([
  ['gpu', 1],
  ['cpu', 0.8],
]);

function make(limits: Partial<{ keys: number; podsPerKey: number; budgetBytes: number }> = {}) {
  const index = new PreciseIndex({ keys: 1e8, podsPerKey: 10, budgetBytes: MIB, ...limits });
  const kinds = new EntryKinds(weights);
  const lookup = new PrefixLookup(index, kinds);
  const ask = (...prompts: (readonly number[])[]) => {
    lookup.begin(200);
    for (const prompt of prompts) lookup.add(list(prompt));
    return new Map(
      lookup.pods.map((pod) => {
        const tiers = kinds.tiers.flatMap((name, tier) => {
          const count = lookup.tiers[pod * lookup.tierCount + tier] as number;
          return count > 0 ? [[name, count] as const] : [];
        });
        return [pod, { weighted: lookup.weighted[pod], cached: lookup.cached[pod], tiers: Object.fromEntries(tiers) }];
      }),
    );
  };
  return { index, kinds, ask, gpu: kinds.reported('gpu', -1), cpu: kinds.reported('cpu', -1) };
}

test('counts blocks in a row from the first on, with the best tier of each', () => {
  const { index, ask, gpu, cpu } = make();
  index.add(list([1, 2, 3]), 0, gpu);
  index.add(list([2, 3, 4]), 0, cpu);
  index.add(list([1, 3]), 1, cpu);
  index.add(list([2, 3]), 2, gpu);
  expect(ask([1, 2, 3, 4, 5])).toEqual(
    new Map([
      [0, { weighted: 3.8, cached: 4, tiers: { gpu: 3 } }],
      [1, { weighted: 0.8, cached: 1, tiers: { cpu: 1 } }],
    ]),
  );
});

test('sums prompts, and forgets the request before', () => {
  const { index, ask, gpu, cpu } = make();
  index.add(list([1, 2]), 0, gpu);
  index.add(list([11]), 0, cpu);
  index.add(list([11]), 150, cpu);
  expect(ask([1, 2], [11, 12])).toEqual(
    new Map([
      [0, { weighted: 2.8, cached: 3, tiers: { gpu: 2, cpu: 1 } }],
      [150, { weighted: 0.8, cached: 1, tiers: { cpu: 1 } }],
    ]),
  );
  expect(ask([3])).toEqual(new Map());
});

test('an unknown tier has the weight 1, and a tier that comes later is counted', () => {
  const { index, kinds, ask, gpu } = make();
  index.add(list([1]), 0, gpu);
  ask([1]);
  index.add(list([1]), 1, kinds.reported('disk', -1));
  expect(ask([1]).get(1)).toEqual({ weighted: 1, cached: 1, tiers: { disk: 1 } });
});

test('entries of cache groups are entries of their own', () => {
  const { index, kinds, ask, gpu } = make();
  const grouped = kinds.reported('gpu', 0);
  index.add(list([1]), 0, gpu);
  index.add(list([1]), 0, grouped);
  index.engine.map(list([100]), list([1]));
  index.evictHash(100, 3100, 0, gpu);
  expect(ask([1]).get(0)).toEqual({ weighted: 1, cached: 1, tiers: { gpu: 1 } });
  index.evictHash(100, 3100, 0, grouped);
  expect(ask([1]).size).toBe(0);
  expect(index.size).toBe(0);
  expect(index.engine.size).toBe(0);
});

describe('hashes of engines', () => {
  const mapped = (hashes: number, keys: number) => {
    const { index } = make();
    index.engine.map(list(Array.from({ length: hashes }, (_, i) => 100 + i)), list(Array.from({ length: keys }, (_, i) => 1 + i)));
    return Array.from({ length: hashes }, (_, i) =>
      [...index.engine.keys(index.engine.find(100 + i, (100 + i) * 31))].filter((_, at) => at % 2 === 0),
    );
  };

  test.each([
    [2, 2, [[1], [2]]],
    [4, 2, [[1], [1], [2], [2]]],
    [
      2,
      4,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [1, 3, [[1, 2, 3]]],
  ])('%d hashes over %d keys', (hashes, keys, expected) => {
    expect(mapped(hashes, keys)).toEqual(expected);
  });

  test('stand for their last key when a block follows', () => {
    const { index } = make();
    index.engine.map(list([100]), list([1, 2, 3]));
    expect(index.engine.lastKey(index.engine.find(100, 3100))).toEqual([3, 93]);
  });

  test('that are unknown change nothing', () => {
    const { index, ask, gpu } = make();
    index.add(list([1]), 0, gpu);
    index.evictHash(5, 5, 0, gpu);
    expect(ask([1]).size).toBe(1);
  });
});

describe('limits', () => {
  test('of pods let the oldest entry of a key go', () => {
    const { index, ask, gpu } = make({ podsPerKey: 2 });
    for (const pod of [0, 1, 0, 2]) index.add(list([1]), pod, gpu);
    expect([...ask([1]).keys()].sort()).toEqual([0, 2]);
    expect(index.entries).toBe(2);
  });

  test('of keys let the least recently used go, and a lookup is a use', () => {
    const { index, ask, gpu } = make({ keys: 16 });
    for (let key = 1; key <= 16; key++) index.add(list([key]), 0, gpu);
    ask([1]);
    index.add(list([17]), 0, gpu);
    expect(ask([1]).size).toBe(1);
    expect(ask([2]).size).toBe(0);
    expect(index.size).toBe(16);
  });

  test('of memory hold whatever comes', () => {
    const { index, gpu } = make({ podsPerKey: 200 });
    for (let key = 1; key <= 30_000; key++) {
      index.add(list([key % 7000]), key % 5, gpu);
      index.engine.map(list([key]), list([key % 7000]));
    }
    expect(index.bytes).toBeLessThanOrEqual(MIB);
    expect(index.entries).toBeLessThanOrEqual(index.mostEntries);
  });
});

/** Digest of what a pod holds when these are its keys. */
const digest = (keys: readonly number[]): string => {
  const sum = keys.reduce((total, key) => total + key, 0);
  return [sum * 31, sum].map((word) => (word % 2 ** 32).toString(16).padStart(8, '0')).join('');
};

describe('what pods hold', () => {
  test('is known of as many as there are, and forgotten with the keys that give way', () => {
    const { index, gpu } = make({ keys: 16, podsPerKey: 2 });
    for (let key = 1; key <= 20; key++) index.add(list([key]), 199, gpu);
    expect(index.nodes.holdings(199)).toEqual({ blocks: 16, digest: digest([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]) });
    index.add(list([20]), 0, gpu);
    index.add(list([20]), 1, gpu);
    expect([index.nodes.holdings(199).blocks, index.nodes.holdings(0), index.nodes.holdings(500).blocks]).toEqual([
      15,
      { blocks: 1, digest: digest([20]) },
      0,
    ]);
  });

  test('has digests of words that overflow', () => {
    const { index, gpu } = make();
    index.add(hashList([0xffffffff_fffffff0n, 0x00000002_00000020n]), 3, gpu);
    expect(index.nodes.holdings(3)).toEqual({ blocks: 2, digest: '0000000100000010' });
    index.clear(3);
    expect(index.nodes.holdings(3)).toEqual({ blocks: 0, digest: '0000000000000000' });
  });
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      keys: fc.array(fc.integer({ min: 1, max: 12 })),
      pod: fc.nat(5),
      tier: fc.nat(1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('evict' as const), key: fc.integer({ min: 1, max: 12 }), pod: fc.nat(5), tier: fc.nat(1) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), pod: fc.nat(5) }) },
);

test('agrees with a plain model, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 8 }), (steps, asked) => {
      const { index, ask, gpu, cpu } = make({ podsPerKey: 100 });
      const kinds = [gpu, cpu];
      const names = ['gpu', 'cpu'];
      const held = new Set<string>();
      for (let key = 1; key <= 12; key++) index.engine.map(list([key + 100]), list([key]));
      for (const action of steps) {
        if (action.kind === 'add') {
          index.add(list(action.keys), action.pod, kinds[action.tier] as number);
          for (const key of action.keys) {
            held.add(`${key}/${action.pod}/${names[action.tier]}`);
            index.engine.map(list([key + 100]), list([key]));
          }
        } else if (action.kind === 'evict') {
          index.evictHash(action.key + 100, (action.key + 100) * 31, action.pod, kinds[action.tier] as number);
          if (index.engine.find(action.key + 100, (action.key + 100) * 31) < 0)
            index.engine.map(list([action.key + 100]), list([action.key]));
          held.delete(`${action.key}/${action.pod}/${names[action.tier]}`);
        } else {
          index.clear(action.pod);
          for (const entry of held) if (entry.split('/')[1] === String(action.pod)) held.delete(entry);
        }
      }
      expect(index.entries).toBe(held.size);
      for (let pod = 0; pod <= 5; pod++) {
        const keys = [...held].filter((entry) => entry.split('/')[1] === String(pod)).map((entry) => Number(entry.split('/')[0]));
        expect(index.nodes.holdings(pod)).toEqual({ blocks: keys.length, digest: digest(keys) });
      }
      const counts = ask(asked);
      for (let pod = 0; pod <= 5; pod++) {
        const has = (key: number, name?: string) => names.some((tier) => (name ?? tier) === tier && held.has(`${key}/${pod}/${tier}`));
        const row = (name?: string) => {
          const end = asked.findIndex((key) => !has(key, name));
          return end < 0 ? asked.length : end;
        };
        expect(counts.get(pod)?.cached ?? 0).toBe(row());
        for (const name of names) expect(counts.get(pod)?.tiers[name] ?? 0).toBe(row(name));
      }
    }),
    { numRuns: 300 },
  );
});
