import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Path of llm-d's pd-sidecar, from the environment; undefined, with the reason on standard error, when there is none. */
export function sidecarBinary(): string | undefined {
  const path = process.env.PD_SIDECAR_BIN;
  if (path !== undefined && existsSync(path)) return path;
  const reason = path === undefined ? 'PD_SIDECAR_BIN does not name a binary' : `${path} is not there`;
  process.stderr.write(`\nNO PD-SIDECAR: the tests with the sidecar are skipped. ${reason}.\n`);
  return undefined;
}

/** A pd-sidecar of this test's own: plain HTTP on `port`, in front of a decoder on loopback. */
export class SidecarProcess {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-20_000);
      });
    }
  }

  static async start(binary: string, port: number, decoderPort: number, flags: readonly string[] = []): Promise<SidecarProcess> {
    const args = [`--port=${port}`, `--model-server-port=${decoderPort}`, '--kv-connector=nixlv2', '--secure-proxy=false', ...flags];
    const env = { ...process.env, POD_IP: '127.0.0.1' };
    const sidecar = new SidecarProcess(spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env }), port);
    await sidecar.live();
    return sidecar;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }

  private async live(): Promise<void> {
    for (let i = 0; i < 200; i++) {
      if (this.child.exitCode !== null) throw new Error(`the sidecar ended with ${this.child.exitCode}:\n${this.output}`);
      const answer = await fetch(`http://127.0.0.1:${this.port}/health`).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(50);
    }
    throw new Error(`the sidecar does not answer:\n${this.output}`);
  }
}
