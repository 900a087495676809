import { promptHashes } from '../../../src/prefix-cache/hash/prompt-hashes';
import { bigHashes, ids, tokenRequest } from '../../support/prefix-cache';

const hashes = (prompts: readonly Uint32Array[], cacheSalt = '', maxBlocks = Number.POSITIVE_INFINITY) => {
  const request = tokenRequest(prompts, { cacheSalt });
  const { hashes: list, ends } = promptHashes(request, request.get('TokenizedPrompt', 'token-producer'), 64, maxBlocks);
  return { list: bigHashes(list), ends };
};

// Golden values of llm-d-router v0.10.0.
test.each([
  ['two whole blocks', 128, '', [13493684222348920667n, 12405755105410016131n]],
  ['a salt', 128, 's1', [4158473481720881883n, 4320917436594820261n]],
  ['a short last block', 100, '', [13493684222348920667n, 18018835568856767234n]],
])('the hashes of %s are those of upstream', (_, count, salt, expected) => {
  expect(hashes([ids(1, count)], salt).list).toEqual(expected);
});

test('each prompt has a chain of its own', () => {
  const { list, ends } = hashes([ids(1, 100), new Uint32Array(0), ids(1, 128)]);
  expect(ends).toEqual([2, 4]);
  expect(list).toEqual([...hashes([ids(1, 100)]).list, ...hashes([ids(1, 128)]).list]);
});

test('other models and salts share no hash', () => {
  const all = [hashes([ids(1, 128)]), hashes([ids(1, 128)], 'a'), hashes([ids(1, 128)], 'ä')].flatMap(({ list }) => list);
  expect(new Set(all).size).toBe(6);
});

test('the cap cuts every prompt', () => {
  expect(hashes([ids(1, 1000), ids(1, 70)], '', 2).ends).toEqual([2, 4]);
  expect(hashes([ids(1, 1000)], '', 0).list).toEqual([]);
});

test('no tokens are no hashes', () => {
  expect(hashes([]).list).toEqual([]);
  expect(hashes([new Uint32Array(0)]).ends).toEqual([]);
});
