import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageConfig } from './buildah';

/** How a container is started. */
export interface ContainerOptions {
  /** Folder for its own files. */
  readonly folder: string;
  /** Folder with the image's files. */
  readonly root: string;
  readonly image: ImageConfig;
  /** Folder that is mounted at `/config`, for reading. */
  readonly config: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
}

let count = 0;

/**
 * A container as Kubernetes starts one under its restricted profile with a root file system that is read-only: the image's user, no
 * capabilities, no new privileges. It has the host's network.
 */
export class Container {
  private log = '';
  private constructor(
    private readonly child: ChildProcess,
    private readonly state: string,
    private readonly name: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
  }

  static start(options: ContainerOptions): Container {
    const name = `llm-d-epp-test-${process.pid}-${++count}`;
    const bundle = join(options.folder, name);
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(runtimeConfig(options)));
    const state = join(options.folder, 'runc');
    const child = spawn('runc', ['--root', state, 'run', '--bundle', bundle, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    return new Container(child, state, name);
  }

  /** What it wrote to standard output and error. */
  get output(): string {
    return this.log;
  }

  /** Resolves when `done` says so. */
  async until(what: string, done: () => Promise<boolean> | boolean, timeoutMs = 20_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!(await done())) {
      if (this.child.exitCode !== null) throw new Error(`the container ended with ${this.child.exitCode}:\n${this.log}`);
      if (Date.now() > end) throw new Error(`${what} did not come in ${timeoutMs} ms:\n${this.log}`);
      await sleep(50);
    }
  }

  /** A file of `/proc/<its first process>`, as the host sees it. */
  proc(file: string): string {
    const { pid } = JSON.parse(this.runc('state', this.name)) as { pid: number };
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  }

  /** Runs a program in it as its user; the program's standard error. */
  exec(...args: string[]): string {
    try {
      this.runc('exec', this.name, ...args);
      return '';
    } catch (error) {
      return String((error as { stderr?: unknown }).stderr);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Resolves with its exit status. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null) await new Promise((resolve) => this.child.once('close', resolve));
    return this.child.exitCode;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.runc('kill', this.name, 'KILL');
    await this.ended();
  }

  private runc(...args: string[]): string {
    return execFileSync('runc', ['--root', this.state, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

/** Source of the form: opencontainers/runtime-spec v1.0.2. */
function runtimeConfig({ root, image, config, args, env }: ContainerOptions): object {
  const [uid, gid] = image.User.split(':').map(Number);
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid, gid },
      args: [...(image.Entrypoint ?? []), ...args],
      env: [...image.Env, ...env],
      cwd: '/',
      noNewPrivileges: true,
      capabilities: { bounding: [], effective: [], permitted: [] },
    },
    root: { path: root, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      { destination: '/config', type: 'bind', source: config, options: ['rbind', 'ro'] },
    ],
    linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }, { type: 'ipc' }] },
  };
}
