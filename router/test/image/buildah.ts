import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
  const root = process.getuid?.() === 0;
  if (missing.length === 0 && root) return true;
  process.stderr.write(`\nNO IMAGE: the image is not built. ${root ? `missing: ${missing.join(', ')}` : 'buildah needs root here'}\n`);
  return false;
}

/** What `buildah inspect` says of an image's start. */
export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
  readonly ExposedPorts: Readonly<Record<string, object>>;
}

/** A store of images that is deleted at the end. */
export class ImageStore {
  readonly folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-image-'));

  buildah(...args: string[]): string {
    const all = ['--root', join(this.folder, 'root'), '--runroot', join(this.folder, 'run'), '--storage-driver', 'vfs', ...args];
    return execFileSync('buildah', all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  base(name: string): void {
    execFileSync(join(__dirname, 'base-image.sh'), [this.folder, name], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  build(context: string, base: string, name: string): void {
    this.buildah('build', '--isolation', 'chroot', '--build-arg', `BASE=${base}`, '-q', '-t', name, context);
  }

  config(name: string): ImageConfig {
    return (JSON.parse(this.buildah('inspect', '--type', 'image', name)) as { OCIv1: { config: ImageConfig } }).OCIv1.config;
  }

  /** Starts the image as Kubernetes would with `runAsNonRoot` and `readOnlyRootFilesystem`, on the host's network. */
  run(name: string, args: readonly string[], env: readonly string[]): ChildProcess {
    const config = this.config(name);
    const container = this.buildah('from', name);
    const root = this.buildah('mount', container);
    const [uid, gid] = config.User.split(':').map(Number) as [number, number];
    const bundle = mkdtempSync(join(this.folder, 'bundle-'));
    const spec = {
      ociVersion: '1.0.2',
      process: {
        user: { uid, gid },
        args: [...config.Entrypoint, ...args],
        env: [...config.Env, ...env],
        cwd: '/',
        noNewPrivileges: true,
        capabilities: { bounding: [], effective: [], permitted: [] },
      },
      root: { path: root, readonly: true },
      mounts: [
        { destination: '/proc', type: 'proc', source: 'proc' },
        { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      ],
      linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }, { type: 'ipc' }] },
    };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
    const state = join(this.folder, 'runc');
    return spawn('runc', ['--root', state, 'run', '--bundle', bundle, `epp-${process.pid}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  remove(): void {
    try {
      this.buildah('umount', '--all');
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}
