import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, canBuild, ImageStore } from './buildah';
import { type BuilderName, buildersHere, type RealBuilder, startBuilder } from './real-builders';
import { hasRegistry, Registry } from './registry';

const ROUTER = join(__dirname, '../..');
const BASE = 'localhost/node:test';
const PLATFORMS = ['linux/amd64', 'linux/arm64'];
const describeWithRegistry = canBuild() && hasRegistry() ? describe : describe.skip;

interface Inspection {
  readonly reference: string;
  readonly tag: string;
  readonly hash: string;
  readonly digest?: string;
  readonly inRegistry: object;
}

describeWithRegistry('the image in a registry', () => {
  const store = new ImageStore();
  let registry: Registry;
  let base = '';
  /** Digests of the same image, by the tool that has pushed it. */
  const pushed = new Map<BuilderName, string>();

  beforeAll(async () => {
    registry = await Registry.start(store.folder);
    store.base(BASE);
    base = `${registry.host}/node:test`;
    store.pushBase(BASE, base);
  }, 180_000);
  afterAll(() => {
    registry?.stop();
    store.remove();
  });

  const folder = (): string => mkdtempSync(join(store.folder, 'project-'));

  /** The package as npm would install it. */
  function installed(): string {
    const target = folder();
    const args = ['pack', '--silent', '--ignore-scripts', '--offline', '--pack-destination', target];
    execFileSync('npm', args, { cwd: ROUTER, stdio: ['ignore', 'ignore', 'ignore'] });
    const [tarball] = readdirSync(target);
    execFileSync('tar', ['-xzf', tarball as string], { cwd: target });
    return join(target, 'package');
  }

  /** What a container would see of what is ours in the image: names, modes, owners, times and contents. */
  function files(reference: string, platform: string): Readonly<Record<string, string>> {
    store.pull(reference, platform);
    const root = store.mount(reference);
    const names = ['app', 'node_modules'].flatMap((folder) => [
      folder,
      ...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    ]);
    return Object.fromEntries(
      names.sort().map((name) => {
        const stat = statSync(join(root, name));
        const content = stat.isFile()
          ? createHash('sha256')
              .update(readFileSync(join(root, name)))
              .digest('hex')
          : 'folder';
        return [name, `${stat.mode.toString(8)} ${stat.uid}:${stat.gid} ${stat.mtimeMs} ${content}`];
      }),
    );
  }

  // No `each`, which takes an empty list for a mistake.
  for (const name of buildersHere()) describe(`by ${name}`, () => perBuilder(name));

  function perBuilder(name: BuilderName): void {
    let builder: RealBuilder;
    let options: readonly string[] = [];
    beforeAll(async () => {
      builder = await startBuilder(name, store.folder, registry.host);
      options = ['--insecure', '--registry', `${registry.host}/${name}`, '--build-arg', `BASE=${base}`];
    }, 60_000);
    afterAll(() => builder?.stop());

    const run = (root: string, cwd: string, ...argv: readonly string[]): CommandResult => store.commandOf(root, cwd, argv, builder.env);
    const inspect = (root: string, cwd: string): Inspection => JSON.parse(run(root, cwd, 'inspect', '--json', ...options).out).images[0];
    function push(root: string, cwd: string, ...argv: readonly string[]): string {
      const { status, out, err } = run(root, cwd, 'push', '--builder', name, ...argv);
      if (status !== 0) throw new Error(`the push ended with ${status}:\n${err}`);
      return out.trim();
    }

    test('is an index of both platforms, under the digest that is recorded', async () => {
      const cwd = folder();
      const before = store.images();
      const { reference, tag, inRegistry } = inspect(ROUTER, cwd);
      expect(inRegistry).toEqual({ state: 'absent' });
      const said = push(ROUTER, cwd, ...options);
      const { digest, content } = await registry.index(`${name}/llm-d-epp`, tag);
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(said).toBe(`${reference}@${digest}`);
      // Nothing but the platforms: no attestation of the build.
      expect(content.manifests.map(({ platform }) => platform)).toEqual([
        { architecture: 'amd64', os: 'linux' },
        { architecture: 'arm64', os: 'linux' },
      ]);
      const types = new Set(content.manifests.map(({ mediaType }) => mediaType));
      expect([content.mediaType, ...types]).toEqual([
        'application/vnd.oci.image.index.v1+json',
        'application/vnd.oci.image.manifest.v1+json',
      ]);
      const lock = JSON.parse(readFileSync(join(cwd, 'llm-d-images.lock.json'), 'utf8'));
      expect(lock).toEqual({ version: 1, digests: { [reference]: digest } });
      expect(inspect(ROUTER, cwd)).toMatchObject({ digest, inRegistry: { state: 'present', digest } });
      pushed.set(name, said.split('@')[1] as string);
      // The base of a platform may be kept, images of the router are not.
      const kept = store.images().filter((image) => !before.includes(image));
      expect(kept.filter((image) => store.config(image).Entrypoint?.includes('/app/main.js'))).toEqual([]);
    }, 120_000);

    test('is not built where the registry has it', () => {
      const cwd = folder();
      const { status, out, err } = run(ROUTER, cwd, 'push', '--if-absent', '--builder', name, ...options);
      const { reference } = inspect(ROUTER, cwd);
      expect({ status, out, err }).toEqual({
        status: 0,
        out: `${reference}@${pushed.get(name)}\n`,
        err: `${reference} is in its registry already\n`,
      });
    }, 60_000);

    test('holds for each platform its own addon only', () => {
      const { reference } = inspect(ROUTER, store.folder);
      const addons = (platform: string): string[] => Object.keys(files(reference, platform)).filter((path) => path.endsWith('.node'));
      expect(addons('linux/arm64')).toEqual([expect.stringMatching(/^node_modules\/zeromq\/build\/linux\/arm64\//)]);
      expect(addons('linux/amd64')).toEqual([expect.stringMatching(/^node_modules\/zeromq\/build\/linux\/x64\//)]);
    }, 120_000);

    test('is the same from the package that npm installs, by tag and by digest', () => {
      const root = installed();
      const cwd = folder();
      expect(inspect(root, cwd)).toMatchObject({ hash: inspect(ROUTER, cwd).hash });
      builder.forget();
      expect(push(root, cwd, ...options)).toBe(`${inspect(ROUTER, cwd).reference}@${pushed.get(name)}`);
    }, 180_000);

    test('is what the manifest of a synth names, with its plugins', async () => {
      const cwd = folder();
      mkdirSync(join(cwd, 'scorers'));
      mkdirSync(join(cwd, 'dist'));
      writeFileSync(join(cwd, 'scorers/mine.ts'), 'export const createPlugin = () => ({ score() {} });\n');
      const script = 'console.log(JSON.stringify(require(process.argv[1]).routerImageAsset(JSON.parse(process.argv[2]))))';
      const wanted = { plugins: ['scorers/mine.ts'], buildArgs: { BASE: base } };
      const args = ['-e', script, join(ROUTER, 'build/image'), JSON.stringify(wanted)];
      const asset = JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }));
      const reference = `${registry.host}/${name}-plugged/llm-d-epp:${asset.tag}`;
      const image = { ...asset, reference, plugins: ['../scorers/mine.ts'] };
      writeFileSync(join(cwd, 'dist/llm-d-images.json'), JSON.stringify({ version: 1, images: [image] }));
      const said = push(ROUTER, cwd, '--insecure');
      const { digest } = await registry.index(`${name}-plugged/llm-d-epp`, asset.tag);
      expect(said).toBe(`${reference}@${digest}`);
      store.pull(reference, 'linux/amd64');
      const file = join(store.mount(reference), asset.plugins[0].path);
      expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(cwd, 'scorers/mine.ts'), 'utf8'));
      // Its user is not root: what it reads has to be readable for all.
      expect(statSync(file).mode & 0o777).toBe(0o644);
    }, 120_000);

    const load = (env: Readonly<Record<string, string>>): CommandResult =>
      store.commandOf(ROUTER, folder(), ['build', '--load', '--builder', name, '--build-arg', `BASE=${BASE}`], env);
    if (name === 'docker') {
      test('is not loaded where there is no Docker daemon, and says so', () => {
        const { status, out, err } = load({ ...builder.env, DOCKER_HOST: `unix://${store.folder}/none` });
        expect({ status, out }).toEqual({ status: 1, out: '' });
        expect(err.split('\n').at(-2)).toMatch(/^llm-d-epp image: .* --load .* ended with 1; .*"docker info"/);
      }, 60_000);
    } else {
      test('is loaded under the name that the kubelet makes of its own', () => {
        const { out } = load(builder.env);
        expect(out).toMatch(/^llm-d-epp:\S+\n$/);
        expect(store.config(`docker.io/library/${out.trim()}`).Entrypoint).toEqual(['node', '/app/main.js']);
      }, 60_000);
    }

    test('a push that the registry does not take leaves nothing recorded', async () => {
      const cwd = folder();
      const closed = await Registry.start(folder(), { readonly: true });
      try {
        const to = ['--insecure', '--registry', `${closed.host}/team`, '--build-arg', `BASE=${base}`];
        const { status, out, err } = run(ROUTER, cwd, 'push', '--builder', name, ...to);
        expect({ status, out }).toEqual({ status: 1, out: '' });
        expect(err.split('\n').at(-2)).toMatch(/^llm-d-epp image: .*(ended with|most likely not pushed)/);
        expect(readdirSync(cwd)).toEqual([]);
      } finally {
        closed.stop();
      }
    }, 120_000);
  }

  test('is the same whoever has built it', () => {
    const [first, ...others] = [...pushed.keys()];
    const reference = (name: string): string =>
      JSON.parse(
        store.commandOf(ROUTER, store.folder, [
          'inspect',
          '--json',
          '--registry',
          `${registry.host}/${name}`,
          '--build-arg',
          `BASE=${base}`,
        ]).out,
      ).images[0].reference;
    for (const other of others) {
      for (const platform of PLATFORMS) {
        expect(files(reference(other), platform)).toEqual(files(reference(first as string), platform));
      }
    }
    // Docker writes the history of an image in other words, and with it another digest.
    expect(new Set([...pushed].filter(([name]) => name !== 'docker').map(([, digest]) => digest)).size).toBe(1);
  }, 120_000);
});
