import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What docker buildx lets build, here without a Docker daemon. */
export class BuildKit {
  private log = '';
  private constructor(
    /** As `docker buildx create --driver remote` takes it. */
    readonly address: string,
    private readonly child: ChildProcess,
  ) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
  }

  /** `folder` takes its files; `registry` speaks plain HTTP. */
  static async start(folder: string, registry: string): Promise<BuildKit> {
    const root = join(folder, 'buildkit');
    mkdirSync(root);
    const config = join(root, 'buildkitd.toml');
    writeFileSync(config, `[registry.${JSON.stringify(registry)}]\n  http = true\n`);
    const socket = join(root, 'socket');
    const address = `unix://${socket}`;
    // A snapshotter that needs nothing of the file system below, and leaves no mount.
    const args = ['--config', config, '--root', root, '--addr', address, '--oci-worker-snapshotter', 'native'];
    const child = spawn('buildkitd', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const buildkit = new BuildKit(address, child);
    for (let attempt = 0; attempt < 400; attempt++) {
      if (existsSync(socket)) return buildkit;
      if (child.exitCode !== null) break;
      await sleep(50);
    }
    await buildkit.stop();
    throw new Error(`buildkitd does not start:\n${buildkit.log}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill();
    await ended;
  }
}
