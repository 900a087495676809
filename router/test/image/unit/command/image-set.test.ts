import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareImage } from '../../../../src/image/asset';
import { Folders, SAMPLE, writeFiles } from '../sample-package';
import { DIGEST, FakeTools, type Result } from './fake-tools';

let mockRoot = '';
jest.mock('../../../../src/image/layout', () => ({
  ...jest.requireActual('../../../../src/image/layout'),
  get PACKAGE_ROOT() {
    return mockRoot;
  },
}));

const folders = new Folders();
let cwd = '';
let tools: FakeTools;
beforeEach(() => {
  mockRoot = folders.make(SAMPLE);
  cwd = folders.make({ 'scorers/mine.ts': 'export default () => ({});\n' });
  tools = new FakeTools(folders.make());
});
afterEach(() => folders.clean());

const PLUGGED = { plugins: ['scorers/mine.ts'], buildArgs: { BASE: 'b' }, target: 'router', platforms: ['linux/arm64'] };

/** An image as a synth writes it. */
function entry(options: Parameters<typeof prepareImage>[0], prefix = 'r:1/'): Record<string, unknown> {
  const { hash, tag, buildArgs, platforms, target } = prepareImage(options, cwd, mockRoot).asset;
  const plugins = (options.plugins ?? []).map((plugin) => `../${plugin}`);
  return {
    reference: `${prefix}llm-d-epp:${tag}`,
    repository: 'llm-d-epp',
    tag,
    hash,
    plugins,
    buildArgs,
    ...(target && { target }),
    platforms,
  };
}

const write = (images: unknown, file = 'dist/llm-d-images.json', version: unknown = 1): void =>
  writeFiles(cwd, { [file]: JSON.stringify({ version, images }) });
const push = (...argv: string[]): Promise<Result> => tools.run(cwd, ['push', ...argv]);

test('the manifest of the last synth says what to build', async () => {
  write([entry({}), entry(PLUGGED), entry(PLUGGED)]);
  const { status, out } = await push();
  expect({ status, out }).toEqual({
    status: 0,
    out: [entry({}), entry(PLUGGED)].map(({ reference }) => `${reference}@${DIGEST}\n`).join(''),
  });
});

test('another manifest can be named; plugins are relative to it', async () => {
  write([entry(PLUGGED)], 'out/images.json');
  const { calls } = await push('--manifest', 'out/images.json');
  expect(calls[0]?.argv.join(' ')).toMatch(/--platform linux\/arm64 .*--build-arg BASE=b --target router/);
  expect(Object.keys(calls[0]?.context ?? {})).toContain('image/app/plugins/mine.ts');
});

test('options that say what to build win over a manifest that happens to be there', async () => {
  write([entry(PLUGGED)]);
  expect((await push('--registry', 'other:1')).out).toMatch(/^other:1\/llm-d-epp:/);
});

test('an empty manifest asks for nothing', async () => {
  write([]);
  expect(await push()).toMatchObject({ status: 0, out: '', calls: [] });
});

test('what is not what the synth has seen is not built', async () => {
  write([entry(PLUGGED)]);
  writeFileSync(join(cwd, 'scorers/mine.ts'), 'export default () => ({ score() {} });\n');
  const { status, err, calls } = await push();
  expect({ status, calls }).toEqual({ status: 1, calls: [] });
  expect(err).toMatch(/^llm-d-epp image: dist\/llm-d-images\.json names r:1\/llm-d-epp:1\.2\.3-[0-9a-f]{12} with the hash [0-9a-f]{12}, /);
  expect(err).toContain('the router or one of its plugins (../scorers/mine.ts) is not what it was at the synth: run the synth again');
});

test('a manifest whose reference was changed by hand is refused', async () => {
  write([{ ...entry({}), reference: 'r:1/llm-d-epp:latest' }]);
  const { status, err, calls } = await push();
  expect({ status, calls }).toEqual({ status: 1, calls: [] });
  expect(err).toContain(`names r:1/llm-d-epp:latest, and this content is ${entry({}).tag}; run the synth again`);
});

test('another version of this package says which to install', async () => {
  write([entry({})]);
  writeFiles(mockRoot, { 'package.json': '{"version":"1.3.0"}', 'image/app/main.js': 'other()' });
  expect((await push()).err).toContain('this is llm-d-epp 1.3.0: install the version that the tag begins with');
});

test.each([
  ['no JSON', '{', 'can not be read'],
  ['another version', '{"version":2,"images":[]}', 'has the version 2, and this llm-d-epp reads 1'],
  ['no version', '[]', 'has the version undefined'],
  ['null', 'null', 'has the version undefined'],
  ['no images', '{"version":1}', 'is not whole'],
  ['an image without hash', '{"version":1,"images":[{"reference":"a/b:c"}]}', 'is not whole'],
  ['null for an image', '{"version":1,"images":[null]}', 'is not whole'],
])('a manifest with %s is refused', async (_, text, message) => {
  writeFiles(cwd, { 'dist/llm-d-images.json': text });
  const { status, err } = await push();
  expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining(message) });
});

test('a manifest that is named and missing is refused, with or without plugins', async () => {
  expect(await push('--manifest', 'none.json')).toMatchObject({ status: 1, err: expect.stringContaining('none.json can not be read') });
});

test.each([
  [['--registry', 'https://r.example.com'], '"https://r.example.com" is no registry'],
  [['--registry', 'r.example.com/'], 'is no registry'],
  [['--registry', 'team'], '"team" is no registry'],
  [['--registry', 'r.example.com/Team'], 'is no registry'],
  [['--registry', 'r:1', '--tag', 'a/b'], '"a/b" is no tag'],
  [['--registry', 'r:1', '--plugin', 'none.ts'], 'the plugin none.ts is not there'],
])('%j is refused', async (argv, message) => {
  const { status, err, calls } = await push(...argv);
  expect({ status, calls, err }).toEqual({ status: 1, calls: [], err: expect.stringContaining(message) });
});

test.each([
  [[], 'say what to do: build, push, inspect'],
  [['pull'], 'there is no "image pull"'],
  [['build', 'all'], '"all" is too much'],
  [['build', '--quiet'], "Unknown option '--quiet'"],
  [['build', '--registry'], '--registry'],
  [['build', '--build-arg', 'BASE'], '--build-arg BASE has no value'],
  [['push', '--load'], '--load is for image build only'],
  [['inspect', '--dry-run'], '--dry-run is for image build and push only'],
  [['build', '--json'], '--json is for image inspect only'],
  [['build', '--manifest', 'a', '--tag', 'b', '--registry', 'c'], 'and so does --registry, --tag'],
])('%j is a wrong call', async (argv, message) => {
  const { status, err, out } = await tools.run(cwd, argv);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toContain(message);
});

test('help is no mistake', async () => {
  const { status, out } = await tools.run(cwd, ['push', '--help']);
  expect(status).toBe(0);
  expect(out).toMatch(/^Usage: llm-d-epp image build\|push\|inspect/);
});
