import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
  const reasons = [...missing.map((program) => `${program} is not installed`), ...(process.getuid?.() === 0 ? [] : ['it needs root'])];
  if (process.platform !== 'linux') reasons.push('it needs Linux');
  if (reasons.length > 0) process.stderr.write(`\nNO IMAGE: the router's image is neither built nor tested: ${reasons.join(', ')}\n`);
  return reasons.length === 0;
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

  /** Makes a base image with Node and nothing else, without a registry. */
  base(name: string): void {
    execFileSync(join(__dirname, 'base-image.sh'), [this.folder, name], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Builds the Dockerfile of a folder; `args` are its build arguments. */
  build(context: string, name: string, args: Readonly<Record<string, string>>): void {
    const given = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
    this.buildah('build', '--isolation', 'chroot', ...given, '-q', '-t', name, context);
  }

  config(name: string): ImageConfig {
    return (JSON.parse(this.buildah('inspect', '--type', 'image', name)) as { OCIv1: { config: ImageConfig } }).OCIv1.config;
  }

  /** Size as `buildah images` counts it, such as `146 MB`. */
  size(name: string): string {
    return this.buildah('images', '--format', '{{.Size}}', name);
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
