import fc from 'fast-check';
import { Image } from '../../lib/values/image';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

test.each([
  ['docker.io/envoyproxy/envoy:distroless-v1.33.2', 'docker.io', 'envoyproxy/envoy', 'distroless-v1.33.2', undefined],
  ['vllm/vllm-openai:v0.23.0', undefined, 'vllm/vllm-openai', 'v0.23.0', undefined],
  ['llm-d-epp:0.1.0', undefined, 'llm-d-epp', '0.1.0', undefined],
  ['localhost:5001/llm-d-epp', 'localhost:5001', 'llm-d-epp', undefined, undefined],
  ['localhost/a/b:c', 'localhost', 'a/b', 'c', undefined],
  ['registry:5000/a', 'registry:5000', 'a', undefined, undefined],
  [`ghcr.io/llm-d/x:v1@${DIGEST}`, 'ghcr.io', 'llm-d/x', 'v1', DIGEST],
  [`ghcr.io/llm-d/x@${DIGEST}`, 'ghcr.io', 'llm-d/x', undefined, DIGEST],
])('%s is taken apart and put together again', (reference, registry, repository, tag, digest) => {
  const image = Image.parse(reference);
  expect([image.registry, image.repository, image.tag, image.digest]).toEqual([registry, repository, tag, digest]);
  expect(image.toString()).toBe(reference);
});

test.each([
  '',
  'UPPER/case',
  'a b',
  'https://ghcr.io/a',
  'a:',
  'a:b:c',
  'a@sha256:12',
  `a@${DIGEST}@${DIGEST}`,
  'a//b',
  '/a',
  'a/',
  'ghcr.io/a:-x',
  `${'a'.repeat(256)}`,
])('"%s" is refused', (reference) => expect(() => Image.parse(reference)).toThrow(/LLMD540 image ".*" is not a reference/));

test.each([
  ['a', true],
  ['a:latest', true],
  ['a:main', true],
  ['a:nightly', true],
  ['a:dev', true],
  ['a:latest-dev', true],
  ['a:v1.2.3', false],
  ['a:nightly-20260501', false],
  ['a:v1.2-dev', false],
  [`a:latest@${DIGEST}`, false],
  [`a@${DIGEST}`, false],
])('%s is floating: %s', (reference, floating) => expect(Image.parse(reference).isFloating).toBe(floating));

test('any reference of legal parts survives a round trip', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?$/);
  const host = fc.constantFrom('', 'ghcr.io/', 'localhost:5000/', 'registry.example.com:443/');
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined });
  // A dot in the first of several parts makes it a registry: the same text again, but other parts.
  fc.assert(
    fc.property(host, fc.array(part, { minLength: 1, maxLength: 4 }), tag, (prefix, parts, suffix) => {
      const reference = `${prefix}${parts.join('/')}${suffix === undefined ? '' : `:${suffix}`}`;
      const image = Image.parse(reference);
      expect(image.toString()).toBe(reference);
      expect(image.tag).toBe(suffix);
    }),
  );
});

test('an image is frozen', () => {
  expect(Object.isFrozen(Image.parse('a:b'))).toBe(true);
});
