import * as fc from 'fast-check';
import type { Endpoint } from '../../../src/plugin';
import { type AssignmentOptions, assignBatch, type BatchEntry } from '../../../src/prefix-cache/burst/batch-assignment';
import { TestContext } from '../../support/context';

const endpoints = new TestContext().pods(4);
const prefix = (...blocks: number[]): string => blocks.map((block) => String(block).padStart(8, '0')).join('');
const options = (more: Partial<AssignmentOptions> = {}): AssignmentOptions => ({
  maxPerReplica: -1,
  minColocateBlocks: 0,
  byTokens: false,
  running: () => 0,
  ...more,
});

/** Where requests with these prefixes go, by the number of the endpoint. */
function assign(
  prefixes: readonly string[],
  more: Partial<AssignmentOptions> = {},
  replicas: readonly Endpoint[] = endpoints,
): (number | undefined)[] {
  const entries: BatchEntry[] = prefixes.map((text) => ({ prefix: text, endpoints: replicas }));
  assignBatch(entries, options(more));
  return entries.map(({ assigned }) => (assigned === undefined ? undefined : endpoints.indexOf(assigned)));
}

test('equal prompts go together, and groups apart', () => {
  const [a, b] = [prefix(1, 2), prefix(3, 4)];
  expect(assign([a, b, a, b, a])).toEqual([0, 1, 0, 1, 0]);
});

test('the longest group is placed first', () => {
  const [short, long] = [prefix(1), prefix(3, 4)];
  expect(assign([short, short, long, long])).toEqual([1, 1, 0, 0]);
});

test('a prompt on its own, or none, goes anywhere', () => {
  expect(assign([prefix(1), prefix(2), '', ''])).toEqual([undefined, undefined, undefined, undefined]);
  expect(assign([])).toEqual([]);
  expect(assign([prefix(1), prefix(1)], {}, [])).toEqual([undefined, undefined]);
});

test('a group beyond what an endpoint may take spills to the least loaded', () => {
  expect(assign(Array(6).fill(prefix(1)), { maxPerReplica: 2 })).toEqual([0, 0, 1, 1, 2, 2]);
  expect(assign(Array(10).fill(prefix(1)), { maxPerReplica: 1 }, endpoints.slice(0, 2))).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
});

test('ties go to fewer running requests, then to the name', () => {
  const running = (endpoint: Endpoint) => (endpoint === endpoints[0] ? 3 : 1);
  expect(assign([prefix(1), prefix(1)], { running })).toEqual([1, 1]);
});

describe('prompts with a common start', () => {
  test('go together when it is long enough', () => {
    expect(assign([prefix(1, 2, 3), prefix(1, 2, 9), prefix(7)], { minColocateBlocks: 2 }, endpoints.slice(0, 1))).toEqual([
      0,
      0,
      undefined,
    ]);
    expect(assign([prefix(1, 2, 3), prefix(1, 8, 9)], { minColocateBlocks: 2 })).toEqual([undefined, undefined]);
  });

  test('follow a group that is there, up to the fair share', () => {
    const group = Array(4).fill(prefix(1, 2, 3));
    expect(assign([...group, prefix(1, 2, 9)], { minColocateBlocks: 2 }, endpoints.slice(0, 2))).toEqual([0, 0, 0, 0, 1]);
    expect(assign([...group.slice(2), prefix(1, 2, 9), prefix(1, 2, 8)], { minColocateBlocks: 2 }, endpoints.slice(0, 1))).toEqual([
      0, 0, 0, 0,
    ]);
  });
});

test('by tokens, long prompts weigh more, and blocks that are there already nothing', () => {
  const long = prefix(1, 2, 3, 4, 5, 6);
  const small = [prefix(11), prefix(12)];
  expect(assign([long, long, ...small, ...small], { byTokens: true }, endpoints.slice(0, 2))).toEqual([0, 0, 1, 1, 1, 1]);
});

test('whatever comes, groups are whole while nothing caps them, and caps hold while there is room', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(-1, 1, 2, 5),
      fc.nat(2),
      fc.boolean(),
      (prompts, count, maxPerReplica, minColocateBlocks, byTokens) => {
        const prefixes = prompts.map((blocks) => prefix(...blocks));
        const assigned = assign(prefixes, { maxPerReplica, minColocateBlocks, byTokens }, endpoints.slice(0, count));
        for (const text of new Set(prefixes)) {
          const places = assigned.filter((_, i) => prefixes[i] === text);
          if (text === '') expect(places.every((place) => place === undefined)).toBe(true);
          if (text === '' || places.length < 2) continue;
          expect(places.every((place) => place !== undefined && place < count)).toBe(true);
          if (maxPerReplica < 0) expect(new Set(places).size).toBe(1);
          else if (places.length <= maxPerReplica * count)
            for (let i = 0; i < count; i++) expect(places.filter((place) => place === i).length).toBeLessThanOrEqual(maxPerReplica);
        }
      },
    ),
  );
});
