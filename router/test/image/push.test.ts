import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canBuild, ImageStore } from './buildah';
import { hasRegistry, Registry } from './registry';

const ROUTER = join(__dirname, '../..');
const BASE = 'localhost/node:test';
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
  let options: readonly string[] = [];

  beforeAll(async () => {
    registry = await Registry.start(store.folder);
    store.base(BASE);
    const base = `${registry.host}/node:test`;
    store.pushBase(BASE, base);
    options = ['--insecure', '--registry', `${registry.host}/team`, '--build-arg', `BASE=${base}`];
  }, 180_000);
  afterAll(() => {
    registry?.stop();
    store.remove();
  });

  const inspect = (root: string, cwd: string): Inspection =>
    JSON.parse(store.commandOf(root, cwd, 'inspect', '--json', ...options)).images[0];
  const push = (root: string, cwd: string): string => store.commandOf(root, cwd, 'push', '--builder', 'buildah', ...options).trim();
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

  test('is an index of both platforms, under the digest that is recorded', async () => {
    const cwd = folder();
    const { reference, tag, inRegistry } = inspect(ROUTER, cwd);
    expect(inRegistry).toEqual({ state: 'absent' });
    const said = push(ROUTER, cwd);
    const { digest, content } = await registry.manifest('team/llm-d-epp', tag);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(said).toBe(`${reference}@${digest}`);
    expect(content.manifests.map(({ platform }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ]);
    expect(JSON.parse(readFileSync(join(cwd, 'llm-d-images.lock.json'), 'utf8'))).toEqual({ version: 1, digests: { [reference]: digest } });
    expect(inspect(ROUTER, cwd)).toMatchObject({ digest, inRegistry: { state: 'present', digest } });
  }, 120_000);

  test('holds for each platform its own addon only', () => {
    const { reference } = inspect(ROUTER, store.folder);
    push(ROUTER, folder());
    const addons = (platform: string): string[] => {
      store.pull(reference, platform);
      const app = join(store.mount(reference), 'app');
      return readdirSync(app, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.node'));
    };
    expect(addons('linux/arm64')).toEqual([expect.stringMatching(/^node_modules\/zeromq\/build\/linux\/arm64\//)]);
    expect(addons('linux/amd64')).toEqual([expect.stringMatching(/^node_modules\/zeromq\/build\/linux\/x64\//)]);
  }, 120_000);

  test('is the same from the package that npm installs, by tag and by digest', () => {
    const root = installed();
    const cwd = folder();
    expect(inspect(root, cwd)).toMatchObject({ hash: inspect(ROUTER, cwd).hash });
    expect(push(root, cwd)).toBe(push(ROUTER, folder()));
  }, 180_000);

  test('is what the manifest of a synth names, with its plugins', async () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'scorers'));
    mkdirSync(join(cwd, 'dist'));
    writeFileSync(join(cwd, 'scorers/mine.ts'), 'export const createPlugin = () => ({ score() {} });\n');
    const script = 'console.log(JSON.stringify(require(process.argv[1]).routerImageAsset(JSON.parse(process.argv[2]))))';
    const wanted = { plugins: ['scorers/mine.ts'], buildArgs: { BASE: `${registry.host}/node:test` } };
    const args = ['-e', script, join(ROUTER, 'build/image'), JSON.stringify(wanted)];
    const asset = JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }));
    const reference = `${registry.host}/plugged/llm-d-epp:${asset.tag}`;
    const image = { ...asset, reference, plugins: ['../scorers/mine.ts'] };
    writeFileSync(join(cwd, 'dist/llm-d-images.json'), JSON.stringify({ version: 1, images: [image] }));
    const said = store.commandOf(ROUTER, cwd, 'push', '--insecure', '--builder', 'buildah').trim();
    const { digest } = await registry.manifest('plugged/llm-d-epp', asset.tag);
    expect(said).toBe(`${reference}@${digest}`);
    store.pull(reference, 'linux/amd64');
    const file = join(store.mount(reference), asset.plugins[0].path);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(cwd, 'scorers/mine.ts'), 'utf8'));
    // Its user is not root: what it reads has to be readable for all.
    expect(statSync(file).mode & 0o777).toBe(0o644);
  }, 120_000);

  test('a push that the registry does not take leaves nothing recorded', () => {
    const cwd = folder();
    const refused = (): unknown =>
      store.commandOf(ROUTER, cwd, 'push', '--builder', 'buildah', '--registry', '127.0.0.1:1/team', '--build-arg', `BASE=${BASE}`);
    expect(refused).toThrow(/127\.0\.0\.1:1/);
    expect(readdirSync(cwd)).toEqual([]);
  }, 120_000);
});
