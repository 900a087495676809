import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUTER = join(__dirname, '../..');

/** Whether images can be built and started here; says so on standard error when not. */
export function canBuild(): boolean {
  const missing = ['buildah', 'runc'].filter((program) => {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  const reasons = [...missing.map((program) => `${program} is not installed`), ...(process.getuid?.() === 0 ? [] : ['it needs root'])];
  if (process.platform !== 'linux') reasons.push('it needs Linux');
  if (reasons.length > 0) process.stderr.write(`\nNO IMAGE: the router's image is neither built nor tested: ${reasons.join(', ')}\n`);
  return reasons.length === 0;
}

/** What `buildah inspect` says of an image's start. */
export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint?: readonly string[];
  readonly Env: readonly string[];
  readonly ExposedPorts: Readonly<Record<string, object>>;
}

/** How a run of the command ended. */
export interface CommandResult {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A store of images that is deleted at the end. */
export class ImageStore {
  private made: string | undefined;

  /** Made when it is first asked for: a suite that is skipped does not clear away. */
  get folder(): string {
    this.made ??= mkdtempSync(join(tmpdir(), 'llm-d-epp-image-'));
    return this.made;
  }

  /** Makes a base image with Node and nothing else, without a registry. */
  base(name: string): void {
    execFileSync(join(__dirname, 'base-image.sh'), [this.folder, name], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Makes an index of a base for this machine and an empty one for the other platform, and pushes it. */
  pushBase(name: string, reference: string): void {
    const container = this.buildah('from', 'scratch');
    this.buildah('config', '--arch', process.arch === 'x64' ? 'arm64' : 'amd64', container);
    this.buildah('commit', '-q', container, 'localhost/other:test');
    this.buildah('rm', container);
    this.buildah('manifest', 'create', 'localhost/bases:test');
    for (const image of [name, 'localhost/other:test']) this.buildah('manifest', 'add', 'localhost/bases:test', image);
    this.buildah('manifest', 'push', '--all', '--tls-verify=false', 'localhost/bases:test', `docker://${reference}`);
  }

  /**
   * Runs the compiled `llm-d-epp image …` in the store's folder; its standard output.
   * @throws Error with what it and its tools wrote when it fails
   */
  command(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string {
    const { status, out, err } = this.commandOf(ROUTER, this.folder, argv, env);
    if (status !== 0) throw new Error(`image ${argv.join(' ')} ended with ${status}:\n${out}${err}`);
    return out;
  }

  /** Runs the command of a package in a folder, where podman and buildah work in this store. */
  commandOf(root: string, cwd: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): CommandResult {
    const result = spawnSync(process.execPath, [join(root, 'build/cli.js'), 'image', ...argv], {
      cwd,
      env: { ...process.env, ...this.settings(), BUILDAH_ISOLATION: 'chroot', ...env },
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
    });
    return { status: result.status, out: result.stdout, err: result.stderr };
  }

  /** Files that keep podman and buildah to this store. */
  private settings(): Readonly<Record<string, string>> {
    const storage = join(this.folder, 'storage.conf');
    const engine = join(this.folder, 'containers.conf');
    const paths = { graphroot: join(this.folder, 'root'), runroot: join(this.folder, 'run') };
    const lines = Object.entries(paths).map(([name, path]) => `${name} = ${JSON.stringify(path)}`);
    writeFileSync(storage, ['[storage]', 'driver = "vfs"', ...lines, ''].join('\n'));
    writeFileSync(engine, `[engine]\nruntime = "runc"\ntmp_dir = ${JSON.stringify(join(this.folder, 'podman'))}\n`);
    return { CONTAINERS_STORAGE_CONF: storage, CONTAINERS_CONF: engine };
  }

  /** Fetches one platform of an image from a registry without TLS. */
  pull(reference: string, platform: string): void {
    this.buildah('pull', '-q', '--policy', 'always', '--tls-verify=false', '--platform', platform, reference);
  }

  config(name: string): ImageConfig {
    return (JSON.parse(this.buildah('inspect', '--type', 'image', name)) as { OCIv1: { config: ImageConfig } }).OCIv1.config;
  }

  /** Size as `buildah images` counts it, such as `146 MB`. */
  size(name: string): string {
    return this.buildah('images', '--format', '{{.Size}}', name);
  }

  /** Identifiers of all images, also of those without a name. */
  images(): readonly string[] {
    const lines = this.buildah('images', '--all', '--quiet', '--no-trunc').split('\n');
    return [...new Set(lines)].sort();
  }

  /** The folder with the files of an image. */
  mount(name: string): string {
    return this.buildah('mount', this.buildah('from', name));
  }

  remove(): void {
    try {
      this.buildah('umount', '--all');
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  private buildah(...args: string[]): string {
    const all = ['--root', join(this.folder, 'root'), '--runroot', join(this.folder, 'run'), '--storage-driver', 'vfs', ...args];
    return execFileSync('buildah', all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }
}
