import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BootstrapOptions, bootstrap } from './bootstrap';

/** Path of an Envoy binary, installed into a cache folder when needed; undefined, with the reason on standard error, when there is none. */
export function envoyBinary(): string | undefined {
  try {
    return execFileSync(join(__dirname, 'install-envoy.sh'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    process.stderr.write(`\nNO ENVOY: the tests through Envoy are skipped. ${(error as Error).message}\n`);
    return undefined;
  }
}

/** An Envoy of this test's own. */
export class EnvoyProcess {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly adminPort: number,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-20_000);
      });
    }
  }

  static async start(binary: string, options: BootstrapOptions): Promise<EnvoyProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-envoy-'));
    const config = join(folder, 'envoy.json');
    writeFileSync(config, JSON.stringify(bootstrap(options)));
    const args = ['--config-path', config, '--disable-hot-restart', '--log-level', 'warn', '--concurrency', '2'];
    const envoy = new EnvoyProcess(spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] }), folder, options.adminPort);
    await envoy.live();
    return envoy;
  }

  /** Value of one of Envoy's own counters. */
  async stat(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.adminPort}/stats?filter=^${name}$`)).text();
    return Number(text.split(': ')[1] ?? Number.NaN);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async live(): Promise<void> {
    for (let i = 0; i < 200; i++) {
      if (this.child.exitCode !== null) break;
      const ready = await fetch(`http://127.0.0.1:${this.adminPort}/ready`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return;
      await sleep(50);
    }
    throw new Error(`Envoy did not start:\n${this.output}`);
  }
}
