import * as fc from 'fast-check';
import { ApproxIndex } from '../../../src/prefix-cache/approx/approx-index';
import { hashList } from '../../support/prefix-cache';

const MIB = 1 << 20;
const one = (hash: number) => hashList([(BigInt(hash) << 32n) | BigInt(hash * 7919)]);
const chain = (hashes: readonly number[]) => hashList(hashes.map((hash) => (BigInt(hash) << 32n) | BigInt(hash * 7919)));

/** The index as upstream has it: a list and a set of hashes for each endpoint. */
class Model {
  private readonly lists = new Map<number, number[]>();
  private readonly limits = new Map<number, number>();

  add(hashes: readonly number[], slot: number, limit: number): void {
    if (!this.limits.has(slot)) this.limits.set(slot, limit);
    for (const hash of hashes) {
      const list = (this.lists.get(slot) ?? []).filter((known) => known !== hash);
      list.push(hash);
      while (list.length > (this.limits.get(slot) as number)) list.shift();
      this.lists.set(slot, list);
    }
  }

  remove(slot: number): void {
    this.lists.delete(slot);
    this.limits.delete(slot);
  }

  match(hashes: readonly number[], strict: boolean): Map<number, number> {
    const counts = new Map<number, number>();
    for (let i = 0; i < hashes.length; i++) {
      const holders = [...this.lists].filter(([, list]) => list.includes(hashes[i] as number)).map(([slot]) => slot);
      if (holders.length === 0) break;
      for (const slot of holders) if (!strict || (counts.get(slot) ?? 0) === i) counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    return counts;
  }

  get size(): number {
    return [...this.lists.values()].reduce((total, list) => total + list.length, 0);
  }
}

const prompt = fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 12 });
const slot = fc.integer({ min: 0, max: 70 });
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), prompt, slot, limit: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), slot }) },
);

test('agrees with a plain model of lists, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), prompt, (actions, asked) => {
      const index = new ApproxIndex(4, MIB);
      const model = new Model();
      for (const step of actions) {
        if (step.kind === 'add') {
          index.add(chain(step.prompt), step.slot, step.limit);
          model.add(step.prompt, step.slot, step.limit);
        } else {
          index.remove(step.slot);
          model.remove(step.slot);
        }
      }
      expect(index.size).toBe(model.size);
      for (const strict of [false, true]) {
        const counts = new Int32Array(128);
        if (strict) index.matchStrictly(chain(asked), 0, asked.length, counts);
        else index.match(chain(asked), 0, asked.length, counts);
        const expected = new Int32Array(128);
        for (const [at, count] of model.match(asked, strict)) expected[at] = count;
        expect(counts).toEqual(expected);
      }
    }),
    { numRuns: 300 },
  );
});

test('takes no more memory than it may, and lets the largest endpoint give way', () => {
  const index = new ApproxIndex(64, MIB);
  for (let hash = 1; hash <= index.most; hash++) index.add(one(hash), 3, 1e9);
  expect(index.squeezed).toBe(0);
  index.add(chain([-1, -2, -3].map((hash) => hash + 4e6)), 5, 1e9);
  expect(index.squeezed).toBe(3);
  expect(index.count(5)).toBe(3);
  expect(index.count(3)).toBe(index.most - 3);
  expect(index.bytes).toBeLessThanOrEqual(MIB);
});

test('stays within its memory when every block is shared by many', () => {
  const index = new ApproxIndex(64, MIB);
  for (let hash = 1; hash <= 40_000; hash++) for (let slot = 0; slot < 3; slot++) index.add(one(hash), slot, 1e9);
  expect(index.bytes).toBeLessThanOrEqual(MIB);
  expect(index.size).toBeLessThanOrEqual(index.most);
});

test('gives the memory of removed endpoints out again', () => {
  const index = new ApproxIndex(64, MIB);
  for (let round = 0; round < 20; round++) {
    for (let hash = 1; hash <= 5000; hash++) index.add(one(hash + round * 5000), round, 1e9);
    index.remove(round);
  }
  expect(index.size).toBe(0);
  expect(index.squeezed).toBe(0);
});

test('counts through rows as wide as a thousand endpoints', () => {
  const index = new ApproxIndex(64, 64 * MIB);
  for (let slot = 0; slot < 1000; slot++) index.add(chain(Array.from({ length: 1 + (slot % 10) }, (_, i) => i + 1)), slot, 100);
  const counts = new Int32Array(1024);
  index.match(chain([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), 0, 11, counts);
  expect([...counts.subarray(0, 1000)]).toEqual(Array.from({ length: 1000 }, (_, slot) => 1 + (slot % 10)));
});
