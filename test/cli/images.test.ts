import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, YamlOutputType } from 'cdk8s';
import * as fc from 'fast-check';
import { InferenceGateway } from '../../lib/gateway/inference-gateway';
import { ModelServing } from '../../lib/servers/model-serving';
import { ServingChart } from '../../lib/serving-chart';
import { Accelerator } from '../../lib/values/accelerator';
import { ImageMirror } from '../../lib/values/image-mirror';
import { REGISTRY_VARIABLE } from '../../lib/values/image-registry';
import { ModelSource } from '../../lib/values/model-source';
import { ROOT } from '../support/architecture/sources';
import { runCli } from '../support/cli';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const MIRROR = 'registry.example.com:5000/mirror';
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'images-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const result = await runCli(['images', ...argv], { cwd: folder, env });
  return { ...result, lines: result.out.split('\n').filter((line) => line !== '') };
}

const pod = (name: string, ...images: string[]) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'llm' },
    spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) },
  });

describe('the list', () => {
  test('names every image once, in full and in order, wherever and however it is written', async () => {
    put('dist/b.k8s.yaml', `${pod('b', 'vllm/vllm-openai:v1', 'nginx')}\n---\n${pod('b', 'vllm/vllm-openai:v1')}\n---\n`);
    put('dist/sub/a.yml', `${pod('a', 'docker.io/vllm/vllm-openai:v1', `ghcr.io/llm-d/x:v1@${DIGEST}`)}\n`);
    put('dist/list.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [JSON.parse(pod('c', 'Zed.example.com/z:1'))] }));
    const { code, lines, err } = await run(['dist']);
    expect(code).toBe(0);
    expect(lines).toEqual([
      'docker.io/library/nginx',
      'docker.io/vllm/vllm-openai:v1',
      `ghcr.io/llm-d/x:v1@${DIGEST}`,
      'zed.example.com/z:1',
    ]);
    expect(err).toContain('Hugging Face');
    expect((await run([])).lines).toEqual(lines);
  });

  test('says where, also as JSON; a document that is there twice is one use', async () => {
    put('dist/a.yaml', [pod('a', 'nginx:1'), pod('a', 'nginx:1'), pod('b', 'docker.io/nginx:1')].join('\n---\n'));
    put('dist/list.yaml', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [JSON.parse(pod('c', 'nginx:1'))] }));
    const field = 'spec.containers[0].image';
    expect((await run(['--wide', 'dist'])).lines).toEqual([
      'docker.io/library/nginx:1',
      `  Pod llm/a c0 (${field}) in dist/a.yaml`,
      `  Pod llm/b c0 (${field}) in dist/a.yaml`,
      `  Pod llm/c c0 (${field}) in dist/list.yaml`,
    ]);
    const use = (name: string, file: string) => ({ file, kind: 'Pod', namespace: 'llm', name, container: 'c0', field });
    expect(JSON.parse((await run(['--json', 'dist'])).out)).toEqual([
      {
        image: 'docker.io/library/nginx:1',
        digest: null,
        uses: [use('a', 'dist/a.yaml'), use('b', 'dist/a.yaml'), use('c', 'dist/list.yaml')],
      },
    ]);
  });

  test('is empty of what is no image: ConfigMaps, Secrets, other files, empty documents', async () => {
    put('dist/a.yaml', '---\n---\n# nothing\n---\nimage: nginx\n---\n- image: nginx\n---\njust text\n');
    put('dist/map.yaml', JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', data: { image: 'nginx:1', pod: 'image: nginx:1' } }));
    put('dist/llm-d-images.json', JSON.stringify({ version: 1, images: [{ image: 'nginx:1', reference: 'nginx:1' }] }));
    put('dist/readme.md', 'image: nginx');
    put('dist/node_modules/x/a.yaml', pod('x', 'nginx:1'));
    put('dist/.hidden/a.yaml', pod('x', 'nginx:1'));
    const { code, out, err } = await run(['dist']);
    expect([code, out]).toEqual([0, '']);
    expect(err).toContain('no image in 3 file(s)\n');
  });

  test('of an empty folder is empty', async () => {
    mkdirSync(join(folder, 'dist'));
    expect(await run(['dist', '--require-digest'])).toMatchObject({ code: 0, out: '' });
  });

  test('of 1,000 objects', async () => {
    put('dist/a.yaml', Array.from({ length: 1000 }, (_, index) => pod(`p${index}`, `acme/x${index % 10}:1`)).join('\n---\n'));
    const { lines } = await run(['dist', '--wide']);
    expect(lines.filter((line) => !line.startsWith(' '))).toHaveLength(10);
    expect(lines).toHaveLength(1010);
  });

  test('tells of what somebody else completes', async () => {
    const proxy = (container: object) =>
      JSON.stringify({ apiVersion: 'gateway.envoyproxy.io/v1alpha1', kind: 'EnvoyProxy', metadata: { name: 'p' }, spec: { container } });
    put('dist/a.yaml', `${pod('a', '${IMAGE}')}\n---\n${proxy({ imageRepository: 'docker.io/envoyproxy/envoy' })}`);
    const { lines, err } = await run(['dist']);
    expect(lines).toEqual(['${IMAGE}', 'docker.io/envoyproxy/envoy']);
    expect(err).toMatch(/look for yourself: \$\{IMAGE\}, docker\.io\/envoyproxy\/envoy/);
    const mirrored = await run(['dist', '--mirror', MIRROR]);
    expect(mirrored.out).toBe('');
    expect(mirrored.err).toMatch(/look for yourself: \$\{IMAGE\}/);
  });

  test('goes to a file, whole', async () => {
    put('dist/a.yaml', pod('a', 'nginx:1'));
    expect((await run(['dist', '-o', 'images.txt'])).out).toBe('');
    expect(readFileSync(join(folder, 'images.txt'), 'utf8')).toBe('docker.io/library/nginx:1\n');
  });

  test.each(['no/such/folder.txt', 'dist'])('cannot go to %s, and leaves nothing behind', async (output) => {
    put('dist/a.yaml', pod('a', 'nginx:1'));
    const before = readdirSync(folder, { recursive: true });
    const { code, err } = await run(['dist', '--output', output]);
    expect([code, err]).toEqual([1, expect.stringMatching(/LLMD586 "[\w/.]+" cannot be written: /)]);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  test('follows a link to a file', async () => {
    put('a.yaml', pod('a', 'nginx:1'));
    mkdirSync(join(folder, 'dist'));
    symlinkSync(join(folder, 'a.yaml'), join(folder, 'dist/link.yaml'));
    expect((await run(['dist'])).lines).toHaveLength(1);
  });
});

describe('what cannot be read', () => {
  test.each([
    ['a path that is not there', undefined, /"dist\/a\.yaml" cannot be read: ENOENT/],
    ['broken YAML', 'a: 1\n---\nimage: [1\nb: }', /"dist\/a\.yaml" cannot be read: .* at line 4/],
    ['a key twice', 'image: 1\nimage: 2', /Map keys must be unique/],
    ['a key twice in JSON', '{"a": [{"b": "c: \\": d", "image": 1, "image" : 2}]}', /Map keys must be unique/],
    ['JSON that ends too soon', '{"apiVersion": "v1", "metadata": {"na', /"dist\/a\.yaml" cannot be read: .* at line 1/],
    ['bytes that are no text', Buffer.from([0x61, 0xff, 0xfe]), /not valid/],
    [
      'an alias bomb',
      `a: &a [image,1,1,1,1]\n${'bcdefghij'.replace(/./g, (key, at: number) => `${key}: &${key} [${`*${'abcdefghij'[at]},`.repeat(9)}]\n`)}`,
      /alias/,
    ],
    [
      'an alias inside of its own anchor',
      'apiVersion: v1\nkind: Pod\nspec: &spec\n  image: nginx\n  again: [*spec]\n',
      /an alias stands inside/,
    ],
  ])('%s is refused, and nothing is written', async (_, content, message) => {
    mkdirSync(join(folder, 'dist'));
    if (content !== undefined) {
      writeFileSync(join(folder, 'dist/a.yaml'), content);
    }
    put('dist/b.yaml', pod('b', 'nginx:1'));
    const { code, out, err } = await run(['dist/b.yaml', 'dist/a.yaml', '-o', 'out.txt']);
    expect([code, out, existsSync(join(folder, 'out.txt'))]).toEqual([1, '', false]);
    expect(err).toMatch(/LLMD583/);
    expect(err).toMatch(message);
  });
});

test('--require-digest fails with what is not pinned, and where', async () => {
  put('dist/a.yaml', pod('a', `ghcr.io/llm-d/x:v1@${DIGEST}`));
  expect(await run(['dist', '--require-digest'])).toMatchObject({ code: 0 });
  put('dist/b.yaml', pod('b', 'nginx:1', '${IMAGE}'));
  const { code, err, lines } = await run(['dist', '--require-digest']);
  expect([code, lines.length]).toEqual([1, 3]);
  expect(err).toContain('not pinned by a digest: docker.io/library/nginx:1\n  Pod llm/b c0 (spec.containers[0].image) in dist/b.yaml\n');
  expect(err).toContain('not pinned by a digest: ${IMAGE}\n');
  expect(err).not.toContain('pinned by a digest: ghcr.io');
});

describe('--mirror', () => {
  const both = `ghcr.io/llm-d/x:v1@${DIGEST}`;
  const only = `ghcr.io/llm-d/y@${DIGEST}`;
  const copy = `${MIRROR}/ghcr.io/llm-d`;
  const hex = DIGEST.replace(':', '-');

  test.each([
    [
      'skopeo',
      [
        `skopeo copy --all --preserve-digests docker://docker.io/library/nginx:latest docker://${MIRROR}/docker.io/library/nginx:latest`,
        `skopeo copy --all --preserve-digests docker://ghcr.io/llm-d/x@${DIGEST} docker://${copy}/x:v1`,
        `skopeo copy --all --preserve-digests docker://ghcr.io/llm-d/y@${DIGEST} docker://${copy}/y:${hex}`,
      ],
    ],
    [
      'crane',
      [
        `crane copy docker.io/library/nginx:latest ${MIRROR}/docker.io/library/nginx:latest`,
        `crane copy ghcr.io/llm-d/x@${DIGEST} ${copy}/x:v1`,
        `crane copy ghcr.io/llm-d/y@${DIGEST} ${copy}/y:${hex}`,
      ],
    ],
    [
      'docker',
      [
        `docker buildx imagetools create --prefer-index=false --tag ${MIRROR}/docker.io/library/nginx:latest docker.io/library/nginx:latest`,
        `docker buildx imagetools create --prefer-index=false --tag ${copy}/x:v1 ghcr.io/llm-d/x@${DIGEST}`,
        `docker buildx imagetools create --prefer-index=false --tag ${copy}/y:${hex} ghcr.io/llm-d/y@${DIGEST}`,
      ],
    ],
    [
      'oras',
      [
        `oras cp docker.io/library/nginx:latest ${MIRROR}/docker.io/library/nginx:latest`,
        `oras cp ghcr.io/llm-d/x@${DIGEST} ${copy}/x:v1`,
        `oras cp ghcr.io/llm-d/y@${DIGEST} ${copy}/y:${hex}`,
      ],
    ],
    ['pairs', [`docker.io/library/nginx ${MIRROR}/docker.io/library/nginx`, `${both} ${MIRROR}/${both}`, `${only} ${MIRROR}/${only}`]],
  ])('--format %s', async (format, expected) => {
    put('dist/a.yaml', pod('a', 'nginx', both, only));
    const { lines, err } = await run(['dist', '--mirror', MIRROR, '--format', format]);
    expect(lines).toEqual(expected);
    expect(err).toContain(`imageMirror: '${MIRROR}'`);
  });

  test('flat, as JSON', async () => {
    put('dist/a.yaml', pod('a', both));
    const { out, err } = await run(['dist', '--mirror', MIRROR, '--layout', 'flat', '--json']);
    expect(JSON.parse(out)).toEqual([{ source: both, target: `${MIRROR}/ghcr.io__llm-d__x:v1@${DIGEST}` }]);
    expect(err).toContain(`ImageMirror.of('${MIRROR}', { layout: 'flat' })`);
  });

  test('leaves what lies in the mirror or in the own registry, and says so', async () => {
    put('dist/a.yaml', pod('a', `${MIRROR}/llm-d-epp:1`, 'registry.example.com/llm/epp:1', both));
    const option = await run(['dist', '--mirror', MIRROR, '--registry', 'registry.example.com/llm', '--format', 'pairs']);
    expect(option.lines).toEqual([`${both} ${MIRROR}/${both}`]);
    expect(option.err).toContain(`push them yourself: registry.example.com/llm/epp:1, ${MIRROR}/llm-d-epp:1`);
    const variable = await run(['dist', '--mirror', MIRROR, '--format', 'pairs'], { [REGISTRY_VARIABLE]: 'registry.example.com/llm' });
    expect(variable.out).toBe(option.out);
  });

  test.each(['Registry.Example.com/mirror', 'index.docker.io/acme', 'docker.io/acme'])(
    '%s: the list of mirrored manifests gives the same copies, however the registry is written',
    async (mirror) => {
      put('before/a.yaml', pod('a', both, 'nginx:1'));
      const target = (image: string) => ImageMirror.of(mirror).targetOf(image);
      put('after/a.yaml', pod('a', target(both), target('nginx:1')));
      const sources = async (folder: string) => {
        const { out, err } = await run([folder, '--mirror', mirror, '--json']);
        expect(err).not.toContain('push them yourself');
        return (JSON.parse(out) as { source: string }[]).map(({ source }) => source);
      };
      expect(await sources('after')).toEqual(['docker.io/library/nginx:1', both]);
      expect(await sources('after')).toEqual(await sources('before'));
    },
  );

  test('flat: names that differ only in where a slash stands stay two, and are taken back', async () => {
    const sources = ['ghcr.io/a/b_0_c:1', 'ghcr.io/a/b__c:1', 'ghcr.io/a_0/b:1', 'ghcr.io/a__b/c:1'];
    const flat = ImageMirror.of(MIRROR, { layout: 'flat' });
    put('before/a.yaml', pod('a', ...sources));
    put('after/a.yaml', pod('a', ...sources.map((source) => flat.targetOf(source))));
    const pairsOf = async (folder: string) => (await run([folder, '--mirror', MIRROR, '--layout', 'flat', '--format', 'pairs'])).lines;
    expect(await pairsOf('before')).toEqual(sources.map((source) => `${source} ${flat.targetOf(source)}`));
    expect(await pairsOf('after')).toEqual(await pairsOf('before'));
    expect(new Set((await pairsOf('before')).map((line) => line.split(' ')[1])).size).toBe(sources.length);
  });

  test('a field `image` of a kind that is not known is neither listed nor copied, and told of', async () => {
    const custom = (name: string, image: string) =>
      JSON.stringify({ apiVersion: 'acme.com/v1', kind: 'Board', metadata: { name }, spec: { image } });
    put('dist/a.yaml', [pod('a', 'nginx:1'), custom('b', 'quay.io/acme/x:1'), custom('c', '/logo.png')].join('\n---\n'));
    const place = 'quay.io/acme/x:1 of Board b (spec.image) in dist/a.yaml\n';
    const list = await run(['dist', '--require-digest']);
    expect(list.lines).toEqual(['docker.io/library/nginx:1']);
    expect(list.err).toContain(`not in this list, because only the controller of that kind knows`);
    expect(list.err).toContain(`  ${place}`);
    expect(list.err).not.toContain('logo');
    const copies = await run(['dist', '--mirror', MIRROR, '--format', 'pairs']);
    expect(copies.lines).toHaveLength(1);
    expect(copies.err).toContain('not copied, and not rewritten by `imageMirror`');
    expect(copies.err).toContain(`  ${place}`);
    // Another object's container may name the same.
    put('dist/b.yaml', pod('e', 'quay.io/acme/x:1'));
    expect((await run(['dist'])).lines).toContain('quay.io/acme/x:1');
    expect((await run(['dist'])).err).not.toContain('controller of that kind');
    const both = await run(['dist', '--mirror', MIRROR, '--format', 'pairs']);
    expect(both.err).toContain('not rewritten by `imageMirror`');
    expect(both.err).not.toContain('not copied');
    rmSync(join(folder, 'dist/b.yaml'));
    // Who names the copy says by that that it is an image.
    put('dist/a.yaml', [custom('b', `${MIRROR}/quay.io/acme/x:1`), custom('d', `${MIRROR}/own:1`)].join('\n---\n'));
    const named = await run(['dist', '--mirror', MIRROR, '--format', 'pairs']);
    expect(named.lines).toEqual([`quay.io/acme/x:1 ${MIRROR}/quay.io/acme/x:1`]);
    expect(named.err).not.toContain('controller of that kind');
  });

  test('refuses a mirror that is none', async () => {
    mkdirSync(join(folder, 'dist'));
    expect(await run(['dist', '--mirror', 'https://x'])).toMatchObject({ code: 1, err: expect.stringContaining('LLMD580') });
  });

  test.each(['nested', 'flat'] as const)(
    '%s: targets are what a synth with `imageMirror` writes, before and after it was set',
    async (layout) => {
      const word = fc.stringMatching(/^[a-z0-9]{1,5}(([.-]|__)[a-z0-9]{1,5})?$/);
      const image = fc
        .tuple(
          fc.constantFrom('', 'ghcr.io/', 'registry:5000/', 'docker.io/', 'localhost/', 'registry.example.com:5000/'),
          fc.array(word, { minLength: 1, maxLength: 3 }),
          fc.constantFrom('', ':v1', `@${DIGEST}`, `:v1@${DIGEST}`),
        )
        .map(([host, path, suffix]) => `${host}${path.join('/')}${suffix}`);
      const mirror = ImageMirror.of(MIRROR, { layout });
      const synth = (images: readonly string[], imageMirror?: ImageMirror) => {
        rmSync(join(folder, 'dist'), { recursive: true, force: true });
        const app = new App({ outdir: join(folder, 'dist'), yamlOutputType: YamlOutputType.FILE_PER_APP });
        const chart = new ServingChart(app, 'chart', { namespace: 'llm', ...(imageMirror === undefined ? {} : { imageMirror }) });
        const initContainers = images.map((one, index) => ({ name: `i${index}`, image: one }));
        const serving = new ModelServing(chart, 'm', {
          model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
          accelerator: Accelerator.NVIDIA_H100,
          podTemplate: { spec: { initContainers } } as never,
        });
        new InferenceGateway(chart, 'gateway').addModel(serving);
        jest.spyOn(process.stderr, 'write').mockReturnValue(true);
        app.synth();
        jest.restoreAllMocks();
      };
      const pairsOf = async () => JSON.parse((await run(['dist', '--mirror', MIRROR, '--layout', layout, '--json'])).out);
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(image, { maxLength: 4 }), async (images) => {
          synth(images);
          const before: { source: string; target: string }[] = await pairsOf();
          synth(images, mirror);
          const after: { source: string; target: string }[] = await pairsOf();
          const { lines } = await run(['dist']);
          expect(after).toEqual(before);
          expect(lines.filter((line) => !/\/mirror\/llm-d-epp:/.test(line))).toEqual(after.map(({ target }) => target).sort());
        }),
        { numRuns: 12 },
      );
    },
  );
});

describe('the command line', () => {
  test.each([
    [['--wrong'], /Unknown option/],
    [['--mirror'], /argument missing|value/],
    [['--format', 'skopeo'], /--format is for --mirror/],
    [['--layout', 'flat'], /--layout is for --mirror/],
    [['--registry', 'x.io'], /--registry is for --mirror/],
    [['--mirror', 'x.io', '--format', 'rsync'], /--format "rsync" is none of skopeo, crane, docker, oras, pairs/],
    [['--mirror', 'x.io', '--layout', 'deep'], /--layout "deep" is none of nested, flat/],
    [['--mirror', 'x.io', '--wide'], /--wide/],
    [['--sbom', 'swid'], /--sbom "swid" is none of cyclonedx, spdx/],
    [['--sbom', 'spdx', '--json'], /--sbom stands alone/],
    [['--sbom', 'spdx', '--mirror', 'x.io'], /--sbom stands alone/],
    [['--timestamp', '2026-06-30T12:00:00Z'], /--timestamp is for --sbom/],
  ])('%j makes no sense', async (argv, message) => {
    const { code, out, err } = await run(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).toContain('Usage: cdk8s-llm-d images');
  });

  test('--help names every option', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    const names = ['wide', 'json', 'output', 'require-digest', 'mirror', 'format', 'layout', 'registry', 'sbom', 'timestamp'];
    expect(names.filter((name) => !out.includes(`--${name}`))).toEqual([]);
  });

  test('the reviewed manifests of this repository can be listed', async () => {
    const { code, lines } = await run([join(ROOT, 'test/golden')]);
    expect(code).toBe(0);
    expect(lines).toContain('ghcr.io/llm-d/llm-d-routing-sidecar:v0.9.0'.replace('routing-sidecar', 'router-disagg-sidecar'));
    expect(lines).toEqual([...new Set(lines)].sort());
  });
});
