import { BlockKeys, promptExtras } from '../../../src/prefix-cache/precise/block-keys';
import { bigHashes, ids } from '../../support/prefix-cache';

const keys = (seed: string, algorithm: 'cbor-fnv' | 'xxh64') => new BlockKeys({ blockSize: 16, seed, algorithm });
const image = (hash: string, offset: number, length: number) => ({ modality: 'image' as const, hash, offset, length });

// Golden values of llm-d-router v0.10.0, confirmed with the CBOR library that it uses.
test.each([
  ['', 'cbor-fnv', undefined, [18184389114128294025n, 10537991018676517940n]],
  ['42', 'cbor-fnv', undefined, [14693490040996468805n, 5095726257272963669n]],
  ['', 'xxh64', undefined, [8637095276738339993n, 2787203653414136389n]],
  ['', 'cbor-fnv', [['img1'], undefined], [1948052842442136385n, 16736174187270142329n]],
  ['', 'xxh64', [['img1'], undefined], [4738234194834080095n, 5630285006371091626n]],
] as const)('with seed %j, %s and extras %j the keys are those of upstream', (seed, algorithm, extras, expected) => {
  expect(bigHashes(keys(seed, algorithm).ofPrompt('my-model', ids(1, 33), extras))).toEqual(expected);
});

test.each(['cbor-fnv', 'xxh64'] as const)('%s: blocks that follow a key continue its chain, with or without extras', (algorithm) => {
  const made = keys('', algorithm);
  const tokens = Uint32Array.from([...ids(0, 40), 255, 256, 65535, 65536, 16777215, 16777216, 4294967295, 23, ...ids(7, 48)]);
  const extras = [undefined, ['ä', 'b'], undefined, undefined, ['x'.repeat(300)], undefined];
  const whole = bigHashes(made.ofPrompt('m', tokens, extras));
  expect(whole).toHaveLength(6);
  for (let block = 1; block < 6; block++) {
    const parent = whole[block - 1] as bigint;
    const rest = made.following(Number(parent & 0xffffffffn), Number(parent >> 32n), tokens.subarray(block * 16), extras.slice(block));
    expect(bigHashes(rest)).toEqual(whole.slice(block));
  }
});

test('models, seeds and extras each change the keys', () => {
  const variants = [
    keys('', 'cbor-fnv').ofPrompt('a', ids(1, 16), undefined),
    keys('', 'cbor-fnv').ofPrompt('b', ids(1, 16), undefined),
    keys('1', 'cbor-fnv').ofPrompt('a', ids(1, 16), undefined),
    keys('', 'cbor-fnv').ofPrompt('a', ids(1, 16), [['x']]),
    keys('', 'xxh64').ofPrompt('a', ids(1, 16), undefined),
  ].flatMap(bigHashes);
  expect(new Set(variants).size).toBe(5);
});

test('as many models as clients name stay right', () => {
  const made = keys('', 'cbor-fnv');
  const first = bigHashes(made.ofPrompt('first', ids(1, 16), undefined));
  for (let i = 0; i < 3000; i++) made.ofPrompt(`model-${i}`, ids(1, 16), undefined);
  expect(bigHashes(made.ofPrompt('first', ids(1, 16), undefined))).toEqual(first);
});

test('a prompt shorter than a block has no keys', () => {
  expect(keys('', 'cbor-fnv').ofPrompt('m', ids(1, 15), undefined)).toHaveLength(0);
});

describe('extras of a prompt', () => {
  test('are absent without media and salt', () => {
    expect(promptExtras([], '', 64, 16)).toBeUndefined();
  });

  test('name each item in the blocks it lies in, in prompt order, and the salt in the first', () => {
    expect(promptExtras([image('b', 30, 5), image('a', 3, 20)], 'salt', 70, 16)).toEqual([['a', 'salt'], ['a', 'b'], ['b'], undefined]);
  });

  test('end with the last whole block', () => {
    expect(promptExtras([image('a', 20, 500)], '', 40, 16)).toEqual([undefined, ['a']]);
    expect(promptExtras([image('a', 0, 5)], 's', 15, 16)).toBeUndefined();
  });
});
