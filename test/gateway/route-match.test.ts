import fc from 'fast-check';
import { basePath, describeMatch, planMatch, prefixFilters, renderMatch } from '../../lib/gateway/route-match';

test('no match takes every request', () => {
  expect(planMatch()).toEqual({ hostname: undefined, pathPrefix: '/', headers: {} });
  expect(renderMatch(planMatch())).toEqual({ path: { type: 'PathPrefix', value: '/' } });
});

test('a model name becomes the header of body-based routing, spelt as upstream spells it', () => {
  expect(renderMatch(planMatch({ modelName: 'Qwen/Qwen3-32B' })).headers).toEqual([
    { type: 'Exact', name: 'X-Gateway-Base-Model-Name', value: 'Qwen/Qwen3-32B' },
  ]);
});

test('equal matches have equal plans, however they are written', () => {
  const one = planMatch({ pathPrefix: '/qwen/', headers: { 'X-Tier': 'gold', a: 'b' } });
  const other = planMatch({ headers: { A: 'b', 'x-tier': 'gold' }, pathPrefix: '/qwen' });
  expect(JSON.stringify(one)).toBe(JSON.stringify(other));
});

test('a prefix that the engine does not know is removed before it sees the path', () => {
  const match = planMatch({ pathPrefix: '/qwen' });
  expect(prefixFilters(match).filters).toEqual([
    { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } },
  ]);
  expect(basePath(match)).toBe('/qwen');
});

test.each(['/', '/v1', '/v1/', '/v1/chat/completions'])('the prefix %s belongs to the engine and stays', (pathPrefix) => {
  const match = planMatch({ pathPrefix });
  expect(prefixFilters(match)).toEqual({});
  expect(basePath(match)).toBe('');
});

test('/v1beta is not below /v1', () => {
  expect(basePath(planMatch({ pathPrefix: '/v1beta' }))).toBe('/v1beta');
});

test.each([
  [{ hostname: 'Qwen.example.com' }, /LLMD107 `match.hostname` is "Qwen.example.com"/],
  [{ hostname: 'example.com:80' }, /LLMD107 `match.hostname`/],
  [{ hostname: 'a.*.com' }, /LLMD107 `match.hostname`/],
  [{ pathPrefix: 'qwen' }, /LLMD107 `match.pathPrefix` is "qwen"/],
  [{ pathPrefix: '/a//b' }, /LLMD107 `match.pathPrefix`/],
  [{ pathPrefix: '/a?b=c' }, /LLMD107 `match.pathPrefix`/],
  [{ pathPrefix: '' }, /LLMD107 `match.pathPrefix`/],
  [{ headers: { 'a b': 'c' } }, /LLMD107 `match.headers` is "a b: c"/],
  [{ headers: { a: '' } }, /LLMD107 `match.headers`/],
  [{ modelName: ' ' }, /LLMD107 `match.modelName`/],
  [{ modelName: 'm', headers: { 'x-gateway-base-model-name': 'n' } }, /LLMD106 `match.modelName` and `match.headers/],
])('%j is refused', (match, message) => {
  expect(() => planMatch(match)).toThrow(message);
});

test('a description names each condition', () => {
  expect(describeMatch(planMatch({ hostname: '*.example.com', pathPrefix: '/a', modelName: 'm' }))).toBe(
    'host *.example.com, path /a, X-Gateway-Base-Model-Name: m',
  );
});

test('any legal path of segments is kept, its closing slash excepted', () => {
  const segment = fc.stringMatching(/^[a-z0-9-]{1,8}$/);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.boolean(), (segments, slash) => {
      const path = `/${segments.join('/')}`;
      expect(planMatch({ pathPrefix: slash ? `${path}/` : path }).pathPrefix).toBe(path);
    }),
  );
});
