import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { LOCK_FILE, LOCK_VARIABLE, pushedDigest } from '../../lib/router/image-lock';
import { RouterImage } from '../../lib/router/router-image';
import { ImageRegistry } from '../../lib/values/image-registry';
import { Release } from '../../lib/values/release';
import { codeOf, routerOf } from './fixtures';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const OTHER = `sha256:${'cd'.repeat(32)}`;

const home = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(home);
  delete process.env[LOCK_VARIABLE];
  rmSync(folder, { recursive: true });
});

const write = (text: string, file = LOCK_FILE) => writeFileSync(join(folder, file), text);
const record = (digests: Record<string, unknown>) => JSON.stringify({ version: 1, digests });

function scopeWith(registry: string): Chart {
  const chart = new Chart(new App(), 'Chart');
  ImageRegistry.applyTo(chart, registry);
  return chart;
}

test('without a record nothing is pinned, also where the variable names one that is not written yet', () => {
  expect(pushedDigest('a:1')).toBeUndefined();
  process.env[LOCK_VARIABLE] = 'not/there.json';
  expect(pushedDigest('a:1')).toBeUndefined();
});

test('the digest of exactly this reference is found, and that of another tag or registry is not', () => {
  write(record({ 'registry.example.com/a:1': DIGEST, 'a:2': OTHER }));
  expect(pushedDigest('registry.example.com/a:1')).toBe(DIGEST);
  expect(pushedDigest('a:2')).toBe(OTHER);
  for (const other of ['a:1', 'registry.example.com/a:2', 'registry.example.com/a', 'toString']) {
    expect(pushedDigest(other)).toBeUndefined();
  }
});

test('a record that has changed is read again, and so is one that came back', () => {
  write(record({ 'a:1': DIGEST }));
  expect(pushedDigest('a:1')).toBe(DIGEST);
  write(record({ 'a:1': OTHER }));
  expect(pushedDigest('a:1')).toBe(OTHER);
  rmSync(join(folder, LOCK_FILE));
  expect(pushedDigest('a:1')).toBeUndefined();
  write(record({ 'a:1': OTHER }));
  expect(pushedDigest('a:1')).toBe(OTHER);
});

test('the variable names another record, by a relative or a full path', () => {
  write(record({ 'a:1': DIGEST }));
  write(record({ 'a:1': OTHER }), 'other.json');
  for (const given of ['other.json', join(folder, 'other.json')]) {
    process.env[LOCK_VARIABLE] = given;
    expect(pushedDigest('a:1')).toBe(OTHER);
  }
  process.env[LOCK_VARIABLE] = '';
  expect(pushedDigest('a:1')).toBe(DIGEST);
});

test.each([
  ['no JSON', '{', 'JSON'],
  ['an empty file', '', 'JSON'],
  ['no object', '[]', 'it is no JSON object'],
  ['null', 'null', 'it is no JSON object'],
  ['no version', '{"digests":{}}', 'its version is undefined, this library reads version 1'],
  ['a later version', '{"version":2,"digests":{}}', 'its version is 2, this library reads version 1'],
  ['no digests', '{"version":1}', '`digests` is no object'],
  ['digests in a list', '{"version":1,"digests":[]}', '`digests` is no object'],
  ['a short digest', record({ 'a:1': 'sha256:abc' }), 'the digest of "a:1" is "sha256:abc", not "sha256:" and 64 hex digits'],
  ['a digest that is no text', record({ 'b:1': 7 }), 'the digest of "b:1" is 7'],
])('LLMD575: %s is an error that names the file', (_, text, problem) => {
  write(text);
  for (let time = 0; time < 2; time++) {
    expect(() => pushedDigest('a:1')).toThrow(problem);
  }
  expect(codeOf(() => pushedDigest('a:1'))).toBe('LLMD575');
  expect(() => pushedDigest('a:1')).toThrow(join(folder, LOCK_FILE));
});

test('LLMD575: a record that cannot be read is an error', () => {
  mkdirSync(join(folder, LOCK_FILE));
  expect(codeOf(() => pushedDigest('a:1'))).toBe('LLMD575');
});

describe('images', () => {
  const { repository, tag } = Release.LATEST.row.router;
  const tagged = `registry.example.com/llm/${repository}:${tag}`;

  test('ours is pinned by tag and digest, under the registry it was pushed to only', () => {
    write(record({ [tagged]: DIGEST }));
    expect(RouterImage.BUNDLED.resolve(scopeWith('registry.example.com/llm'))).toMatchObject({
      reference: `${tagged}@${DIGEST}`,
      floating: false,
      registryMissing: false,
    });
    expect(RouterImage.BUNDLED.resolve(scopeWith('registry.example.com')).reference).not.toContain('@');
  });

  test('a pinned image stands so in the pod', () => {
    write(record({ [tagged]: DIGEST }));
    process.env.CDK8S_LLM_D_REGISTRY = 'registry.example.com/llm';
    try {
      expect(routerOf().container.image).toBe(`${tagged}@${DIGEST}`);
    } finally {
      delete process.env.CDK8S_LLM_D_REGISTRY;
    }
  });

  test('one without a registry is not pinned: nodes that it is loaded into know no digest of it', () => {
    const reference = `${repository}:${tag}`;
    write(record({ [reference]: DIGEST }));
    const { container, router } = routerOf();
    expect(container.image).toBe(reference);
    expect(router.findings.map(({ code }) => code)).toEqual(['LLMD543']);
  });

  test('an image of one’s own and upstream’s stay as they are', () => {
    const { upstreamRouter } = Release.LATEST.row;
    const upstream = `${upstreamRouter.repository}:${upstreamRouter.version}`;
    write(record({ 'ghcr.io/acme/epp:3': DIGEST, [upstream]: DIGEST }));
    const scope = scopeWith('registry.example.com');
    expect(RouterImage.of('ghcr.io/acme/epp:3').resolve(scope).reference).toBe('ghcr.io/acme/epp:3');
    expect(RouterImage.upstream().resolve(scope).reference).toBe(upstream);
  });

  test('a malformed record fails the construct that needs it, with its path', () => {
    write('{');
    expect(() => routerOf()).toThrow(/^LLMD575 \[Chart\/Router\] the record of pushed images/);
  });
});
