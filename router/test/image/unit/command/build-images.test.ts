import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { prepareImage } from '../../../../src/image/asset';
import { Folders, SAMPLE } from '../sample-package';
import { DIGEST, FakeTools } from './fake-tools';

let mockRoot = '';
jest.mock('../../../../src/image/layout', () => ({
  ...jest.requireActual('../../../../src/image/layout'),
  get PACKAGE_ROOT() {
    return mockRoot;
  },
}));

const folders = new Folders();
const PLUGIN = 'export default () => ({});\n';
let cwd = '';
let tools: FakeTools;
let temp = '';

beforeEach(() => {
  mockRoot = folders.make(SAMPLE);
  cwd = folders.make({ 'scorers/mine.ts': PLUGIN });
  // Folders for staging are made here, so that a test sees what is left of them.
  temp = folders.make();
  tools = new FakeTools(folders.make(), undefined, { TMPDIR: temp });
});
afterEach(() => {
  expect(readdirSync(temp)).toEqual([]);
  folders.clean();
});

const tagOf = (options: Parameters<typeof prepareImage>[0] = {}): string => prepareImage(options, cwd, mockRoot).asset.tag;
const lock = (): unknown => JSON.parse(readFileSync(join(cwd, 'llm-d-images.lock.json'), 'utf8'));

/** Arguments with the folders of this run replaced. */
const typed = (argv: readonly string[]): string => argv.join(' ').replaceAll(/\/\S*\/llm-d-epp-(image|digest)-\w+/g, '<$1>');

const OPTIONS = ['--registry', 'r.example.com/team', '--build-arg', 'BASE=b', '--target', 'router', '--plugin', 'scorers/mine.ts'];
const reference = (): string =>
  `r.example.com/team/llm-d-epp:${tagOf({ buildArgs: { BASE: 'b' }, target: 'router', plugins: ['scorers/mine.ts'] })}`;
const COMMON = '--file <image>/Dockerfile --build-arg BASE=b --target router';

describe('docker', () => {
  const build = (...more: string[]): string => ['docker buildx build', ...more].join(' ');

  test('pushes in one call', async () => {
    const { status, out, err, calls } = await tools.run(cwd, ['push', ...OPTIONS]);
    const head = `--platform linux/amd64,linux/arm64 --tag ${reference()} --provenance=false ${COMMON}`;
    expect(calls.map(({ argv }) => typed(argv))).toEqual([
      build(head, '--output type=registry,oci-mediatypes=true --metadata-file <digest>/digest <image>'),
    ]);
    expect(calls[0]?.epoch).toBe('0');
    expect({ status, out, err }).toEqual({ status: 0, out: `${reference()}@${DIGEST}\n`, err: 'docker works\n' });
    expect(lock()).toEqual({ version: 1, digests: { [reference()]: DIGEST } });
  });

  test('to a registry without TLS it says so in its output', async () => {
    const { calls } = await tools.run(cwd, ['push', '--insecure', '--registry', 'localhost:5000', '--builder', 'buildx']);
    expect(calls[0]?.argv.join(' ')).toContain('--output type=registry,oci-mediatypes=true,registry.insecure=true --metadata-file');
  });

  test('builds into its cache, or one platform into its store', async () => {
    const { status, out, calls } = await tools.run(cwd, ['build']);
    const head = `--tag llm-d-epp:${tagOf()} --provenance=false --file <image>/Dockerfile`;
    expect(calls.map(({ argv }) => typed(argv))).toEqual([
      build(`--platform linux/amd64,linux/arm64 ${head} --output type=cacheonly <image>`),
    ]);
    expect({ status, out }).toEqual({ status: 0, out: `llm-d-epp:${tagOf()}\n` });
    const loaded = await tools.run(cwd, ['build', '--load']);
    const native = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
    expect(loaded.calls.map(({ argv }) => typed(argv))).toEqual([build(`--platform ${native} ${head} --load <image>`)]);
    expect(existsSync(join(cwd, 'llm-d-images.lock.json'))).toBe(false);
  });

  test('says what to look at when it can not load', async () => {
    const { status, err } = await tools.run(cwd, ['build', '--load'], { FAKE_FAIL: '--load' });
    expect({ status, err }).toEqual({ status: 1, err: expect.stringMatching(/ ended with 7; --load hands .* "docker info" finds one/) });
  });
});

describe.each(['podman', 'buildah'])('%s', (tool) => {
  const how = '--format oci --timestamp 0 --layers=false';

  test('makes a list platform by platform and pushes it whole', async () => {
    const { status, out, calls } = await tools.run(cwd, ['push', '--builder', tool, ...OPTIONS]);
    const tag = reference().split(':').at(-1);
    const name = `localhost/llm-d-epp-index-${process.pid}:${tag}`;
    const part = (platform: string): string => `localhost/llm-d-epp-index-${process.pid}-${platform}:${tag}`;
    expect(calls.map(({ argv }) => typed(argv))).toEqual([
      `${tool} manifest rm ${name}`,
      `${tool} rmi ${name}`,
      `${tool} build --platform linux/amd64 --manifest ${name} --tag ${part('linux-amd64')} ${how} ${COMMON} <image>`,
      `${tool} build --platform linux/arm64 --manifest ${name} --tag ${part('linux-arm64')} ${how} ${COMMON} <image>`,
      `${tool} manifest push --all --rm --digestfile <digest>/digest ${name} docker://${reference()}`,
      // A failed push leaves its list behind, also one that failed without a word; the images of the list stay in any case.
      `${tool} manifest rm ${name}`,
      `${tool} rmi ${name}`,
      `${tool} rmi ${part('linux-amd64')} ${part('linux-arm64')}`,
    ]);
    expect({ status, out }).toEqual({ status: 0, out: `${reference()}@${DIGEST}\n` });
    expect(lock()).toEqual({ version: 1, digests: { [reference()]: DIGEST } });
  });

  test('without TLS, for the base too', async () => {
    const { calls } = await tools.run(cwd, ['push', '--insecure', '--platform', 'linux/arm64', '--registry', 'r:1', '--builder', tool]);
    const tag = tagOf({ platforms: ['linux/arm64'] });
    const name = `localhost/llm-d-epp-index-${process.pid}:${tag}`;
    expect(calls.slice(2, -3).map(({ argv }) => typed(argv))).toEqual([
      `${tool} build --platform linux/arm64 --manifest ${name} --tag ${name.replace(':', '-linux-arm64:')} ${how} --tls-verify=false --file <image>/Dockerfile <image>`,
      `${tool} manifest push --all --rm --digestfile <digest>/digest --tls-verify=false ${name} docker://r:1/llm-d-epp:${tag}`,
    ]);
  });

  test('builds a list under the name itself', async () => {
    const { calls } = await tools.run(cwd, ['build', '--builder', tool, '--platform', 'linux/amd64', '--tag', 'mine']);
    expect(calls.map(({ argv }) => typed(argv))).toEqual([
      `${tool} manifest rm llm-d-epp:mine`,
      `${tool} rmi llm-d-epp:mine`,
      `${tool} build --platform linux/amd64 --manifest llm-d-epp:mine --tag llm-d-epp-linux-amd64:mine ${how} --file <image>/Dockerfile <image>`,
    ]);
  });

  test('what only clears the way may fail and is not heard', async () => {
    const { status, err } = await tools.run(cwd, ['build', '--builder', tool], { FAKE_FAIL: 'rm' });
    expect({ status, err }).toEqual({ status: 0, err: `${tool} works\n`.repeat(2) });
  });

  test('clears its list away when the push fails', async () => {
    const { status, calls } = await tools.run(cwd, ['push', '--builder', tool, ...OPTIONS], { FAKE_FAIL: 'push' });
    expect(status).toBe(1);
    expect(calls.slice(-3).map(({ argv }) => argv.slice(0, 3).join(' '))).toEqual([
      expect.stringMatching(/ manifest rm$/),
      expect.stringMatching(/ rmi localhost\/llm-d-epp-index-/),
      expect.stringMatching(/ rmi localhost\/llm-d-epp-index-.*-linux-amd64:/),
    ]);
  });

  test('loads one platform under the name that the kubelet makes of it, which is none below localhost/', async () => {
    const { calls } = await tools.run(cwd, ['build', '--load', '--builder', tool, '--tag', 'mine']);
    const native = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
    expect(calls.map(({ argv }) => typed(argv)).slice(2)).toEqual([
      `${tool} build --platform ${native} --tag docker.io/library/llm-d-epp:mine ${how} --file <image>/Dockerfile <image>`,
    ]);
  });
});

test('the tool gets the hashed files, readable for all and without a time of their own', async () => {
  const old = process.umask(0o077);
  try {
    const { calls } = await tools.run(cwd, ['build', '--plugin', 'scorers/mine.ts']);
    const { files } = prepareImage({ plugins: ['scorers/mine.ts'] }, cwd, mockRoot).content;
    expect(calls[0]?.argv.at(-1)).toContain(temp);
    const context = Object.entries(calls[0]?.context ?? {});
    const staged = context.filter(([, { mode }]) => mode !== 0o755);
    expect(Object.fromEntries(staged.map(([path, { text }]) => [path, text]))).toEqual(
      Object.fromEntries(files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString('latin1')])),
    );
    expect([...new Set(context.map(([, { time }]) => time))]).toEqual([0]);
    expect([...new Set(staged.map(([, { mode }]) => mode))]).toEqual([0o644]);
  } finally {
    process.umask(old);
  }
});

test('the tool is the one that is named, else the first that is there', async () => {
  const toolOf = async (argv: string[], env: Record<string, string> = {}): Promise<string | undefined> =>
    (await tools.run(cwd, ['build', ...argv], env)).calls[0]?.argv[0];
  expect(await toolOf([])).toBe('docker');
  expect(await toolOf([], { FAKE_ABSENT: 'docker' })).toBe('podman');
  expect(await toolOf([], { FAKE_ABSENT: 'docker,podman' })).toBe('buildah');
  expect(await toolOf([], { LLM_D_IMAGE_BUILDER: 'buildah' })).toBe('buildah');
  expect(await toolOf(['--builder', 'podman'], { LLM_D_IMAGE_BUILDER: 'buildah' })).toBe('podman');
});

test('podman under the name of docker is podman', async () => {
  const env = { FAKE_BUILDX: 'buildah 1.33.7\n' };
  expect((await tools.run(cwd, ['build'], env)).calls[0]?.argv[0]).toBe('podman');
  const named = await tools.run(cwd, ['build', '--builder', 'docker'], env);
  expect(named).toMatchObject({
    status: 1,
    calls: [],
    err: expect.stringContaining('"docker buildx version" fails, or another tool answers'),
  });
});

test('says what to install when there is no tool', async () => {
  const none = new FakeTools(folders.make(), []);
  expect(await none.run(cwd, ['build'])).toMatchObject({
    status: 1,
    err: expect.stringContaining('install docker buildx, podman or buildah'),
  });
  const named = await none.run(cwd, ['build', '--builder', 'podman']);
  expect(named).toMatchObject({ status: 1, err: expect.stringContaining('podman is not there ("podman --version" fails)') });
  const wrong = await none.run(cwd, ['build', '--builder', 'kaniko']);
  expect(wrong).toMatchObject({ status: 1, err: expect.stringContaining('use docker, podman, buildah') });
});

test.each([
  ['docker', 'build'],
  ['podman', 'push'],
  ['buildah', '--manifest'],
])('when %s fails at %s its own words are there, and nothing is recorded', async (tool, at) => {
  const { status, out, err } = await tools.run(cwd, ['push', '--builder', tool, ...OPTIONS], { FAKE_FAIL: at });
  expect({ status, out }).toEqual({ status: 1, out: '' });
  expect(err).toContain(`${tool} says no\n`);
  expect(err).toMatch(/llm-d-epp image: .* ended with 7\n$/);
  expect(existsSync(join(cwd, 'llm-d-images.lock.json'))).toBe(false);
});

test.each(['', 'sha256:short', 'latest'])('a digest that is none (%j) is not recorded', async (said) => {
  const { status, err } = await tools.run(cwd, ['push', ...OPTIONS], { FAKE_DIGEST: said });
  expect({ status, err }).toEqual({
    status: 1,
    err: expect.stringContaining('most likely not pushed, and nothing is recorded; the registry'),
  });
  expect(existsSync(join(cwd, 'llm-d-images.lock.json'))).toBe(false);
});

test('a dry run prints the commands and does nothing', async () => {
  const none = new FakeTools(folders.make(), []);
  const { status, out, calls } = await none.run(cwd, [
    'push',
    '--dry-run',
    '--builder',
    'buildah',
    '--registry',
    'r:1',
    '--build-arg',
    "BASE=a b'c",
  ]);
  expect(status).toBe(0);
  expect(calls).toEqual([]);
  expect(out.split('\n')).toEqual([
    expect.stringMatching(/^buildah manifest rm localhost\/llm-d-epp-index-\d+:\S+ \|\| true$/),
    expect.stringMatching(/^buildah rmi \S+ \|\| true$/),
    expect.stringContaining(`--file CONTEXT/Dockerfile --build-arg 'BASE=a b'\\''c' CONTEXT`),
    expect.stringMatching(/^buildah build --platform linux\/arm64 /),
    expect.stringContaining('--digestfile DIGEST_FILE'),
    '',
  ]);
  expect(existsSync(join(cwd, 'llm-d-images.lock.json'))).toBe(false);
});

test('a push needs a registry', async () => {
  const { status, err, calls } = await tools.run(cwd, ['push']);
  expect({ status, calls }).toEqual({ status: 1, calls: [] });
  expect(err).toContain('names no registry to push to; give --registry');
  const { out } = await tools.run(cwd, ['push'], { CDK8S_LLM_D_REGISTRY: 'r.example.com' });
  expect(out).toBe(`r.example.com/llm-d-epp:${tagOf()}@${DIGEST}\n`);
});

describe('the record of digests', () => {
  test('keeps what it has, sorted, and lies where the variable says', async () => {
    const file = join(cwd, 'deep/lock.json');
    mkdirSync(join(cwd, 'deep'));
    writeFileSync(file, JSON.stringify({ version: 1, digests: { 'z/z:1': DIGEST, 'a/a:1': DIGEST } }));
    await tools.run(cwd, ['push', '--registry', 'r:1', '--tag', 'mine'], { CDK8S_LLM_D_IMAGE_LOCK: 'deep/lock.json' });
    const text = readFileSync(file, 'utf8');
    expect(Object.keys(JSON.parse(text).digests)).toEqual(['a/a:1', 'r:1/llm-d-epp:mine', 'z/z:1']);
    expect(text).toMatch(/^\{\n {2}"version": 1,\n[\s\S]*\}\n$/);
    expect(readdirSync(join(cwd, 'deep'))).toEqual(['lock.json']);
  });

  test('has all digests of pushes at the same time', async () => {
    const file = join(cwd, 'llm-d-images.lock.json');
    const module = require.resolve('../../../../src/image/command/lock-file');
    const script = `const { recordDigest } = require(${JSON.stringify(module)});
      for (let i = 0; i < 50; i++) recordDigest(${JSON.stringify(file)}, 'r:1/' + process.argv[1] + ':' + i, '${DIGEST}');`;
    const runs = ['a', 'b', 'c'].map((name) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', script, name], { cwd: __dirname }),
    );
    await Promise.all(runs);
    expect(Object.keys((lock() as { digests: object }).digests)).toHaveLength(150);
    expect(readdirSync(cwd).sort()).toEqual(['llm-d-images.lock.json', 'scorers']);
  });

  test('is written although a process was killed while it wrote', async () => {
    const busy = join(cwd, 'llm-d-images.lock.json.busy');
    mkdirSync(busy);
    utimesSync(busy, 0, 0);
    await tools.run(cwd, ['push', '--registry', 'r:1']);
    expect(lock()).toEqual({ version: 1, digests: { [`r:1/llm-d-epp:${tagOf()}`]: DIGEST } });
  });

  test('that can not be written stops the push before anything is built', async () => {
    const { status, err, calls } = await tools.run(cwd, ['push', '--registry', 'r:1'], { CDK8S_LLM_D_IMAGE_LOCK: 'deep/lock.json' });
    expect({ status, calls }).toEqual({ status: 1, calls: [] });
    expect(err).toMatch(/can not be recorded in .*deep\/lock\.json: ENOENT/);
  });

  test.each([
    '',
    '{',
    '{}',
    '{"version":1,"digests":[]}',
    '{"version":2,"digests":{}}',
    '{"version":1,"digests":{"a":"b"}}',
    'null',
    '{"version":1,"digests":null}',
  ])('that is broken (%j) stops the push before anything is built', async (text) => {
    writeFileSync(join(cwd, 'llm-d-images.lock.json'), text);
    const { status, err, calls } = await tools.run(cwd, ['push', '--registry', 'r:1']);
    expect({ status, calls }).toEqual({ status: 1, calls: [] });
    expect(err).toContain('llm-d-images.lock.json');
    expect(readFileSync(join(cwd, 'llm-d-images.lock.json'), 'utf8')).toBe(text);
  });
});
