import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';

const PACKAGE = join(__dirname, '../..');

/** The compiled entry of the package: what its one `bin` names. */
export function routerEntry(): string {
  const { bin } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { bin: string };
  const entry = join(PACKAGE, bin);
  if (!existsSync(entry)) throw new Error(`${entry} is not there: run npm run build first`);
  return entry;
}

/** Number of `grpc.health.v1.HealthCheckResponse.status`: 1 serving, 2 not serving; undefined when nobody answers. */
export async function healthStatus(port: number, service = ''): Promise<number | undefined> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const name = Buffer.from(service);
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.of(10, name.length), name]);
  const pass = (bytes: Buffer): Buffer => bytes;
  try {
    return await new Promise<number | undefined>((resolve) => {
      const deadline = Date.now() + 1000;
      client.makeUnaryRequest('/grpc.health.v1.Health/Check', pass, pass, message, new grpc.Metadata(), { deadline }, (error, reply) =>
        resolve(error === null ? (reply?.[1] ?? 0) : undefined),
      );
    });
  } finally {
    client.close();
  }
}

/** Ports of loopback for one router. */
export interface RouterPorts {
  readonly grpc: number;
  readonly health: number;
  readonly metrics: number;
  readonly admin: number;
}

/** A router in a process of its own. */
export class RouterProcess {
  readonly stderr: string[] = [];
  private constructor(
    readonly child: ChildProcess,
    private readonly healthPort: number,
  ) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.stderr.push(text));
  }

  static start(flags: readonly string[], healthPort: number, env: Record<string, string> = {}): RouterProcess {
    const args = [routerEntry(), `--grpc-health-port=${healthPort}`, ...flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    return new RouterProcess(child, healthPort);
  }

  /** One that Envoy asks without TLS; resolves when it serves. */
  static async behindEnvoy(configFile: string, { grpc, health, metrics, admin }: RouterPorts, verbosity = 1): Promise<RouterProcess> {
    const flags = [
      `--config-file=${configFile}`,
      '--pool-name=pool',
      '--pool-namespace=default',
      `--grpc-port=${grpc}`,
      `--metrics-port=${metrics}`,
      '--metrics-endpoint-auth=false',
      '--secure-serving=false',
      '--health-checking',
      '--tracing=false',
      `--v=${verbosity}`,
    ];
    return RouterProcess.start(flags, health, { LLM_D_EPP_ADMIN_PORT: String(admin) }).ready();
  }

  /** What it wrote to standard error. */
  get log(): string {
    return this.stderr.join('');
  }

  /** Resolves when the health service says SERVING. */
  async ready(timeoutMs = 15_000): Promise<this> {
    const end = Date.now() + timeoutMs;
    while ((await this.health()) !== 1) {
      if (this.child.exitCode !== null) throw new Error(`the router ended with ${this.child.exitCode}:\n${this.log}`);
      if (Date.now() > end) throw new Error(`the router is not ready after ${timeoutMs} ms:\n${this.log}`);
      await sleep(50);
    }
    return this;
  }

  /** See `healthStatus`. */
  health(service = ''): Promise<number | undefined> {
    return healthStatus(this.healthPort, service);
  }

  /** Resolves with the exit code, or the name of the signal. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | string | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode ?? this.child.signalCode;
    const ended = new Promise<number | string | null>((resolve) => this.child.once('exit', (code, name) => resolve(code ?? name)));
    this.child.kill(signal);
    return ended;
  }
}
