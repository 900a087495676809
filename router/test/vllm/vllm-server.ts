import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Tokens of a block; the CPU build of vLLM takes multiples of 32 only. */
export const BLOCK_SIZE = 32;
/** Blocks of a server's cache: so few that a test can fill it. */
export const CACHE_BLOCKS = 300;
/** Name under which the model is served. */
export const MODEL = 'tiny';

/** Folder of an installed vLLM with its model; undefined, with the reason on standard error, when there is none. */
export function installedVllm(): string | undefined {
  try {
    return execFileSync(join(__dirname, 'install-vllm.sh'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  } catch (error) {
    process.stderr.write(`\nNO VLLM: the tests with real model servers are skipped. ${(error as Error).message}\n`);
    return undefined;
  }
}

/** What differs from server to server. */
export interface VllmOptions {
  /** Folder of the installation. */
  readonly root: string;
  /** Address of loopback, one for each server. */
  readonly address: string;
  readonly port: number;
  /** Where events are published. vLLM binds it on all addresses. */
  readonly eventsPort: number;
  readonly replayPort: number;
  /** Whether it has the render endpoints. */
  readonly render: boolean;
}

/** A real vLLM server on the CPU. */
export class VllmServer {
  private child: ChildProcess | undefined;
  private output = '';

  constructor(readonly options: VllmOptions) {}

  /** Address and port. */
  get host(): string {
    return `${this.options.address}:${this.options.port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** Resolves when it answers: after 60 to 120 seconds, most of which is Python reading its modules. */
  async start(): Promise<void> {
    const { root, address, port, eventsPort, replayPort, render } = this.options;
    const events = {
      enable_kv_cache_events: true,
      publisher: 'zmq',
      endpoint: `tcp://*:${eventsPort}`,
      replay_endpoint: `tcp://*:${replayPort}`,
      topic: `kv@${this.host}@${MODEL}`,
    };
    const flags: readonly (readonly [name: string, value: string | number])[] = [
      ['load-format', 'dummy'],
      ['dtype', 'float32'],
      ['host', address],
      ['port', port],
      ['max-model-len', 2048],
      ['max-num-seqs', 4],
      ['block-size', BLOCK_SIZE],
      ['num-gpu-blocks-override', CACHE_BLOCKS],
      ['served-model-name', MODEL],
      ['prefix-caching-hash-algo', 'sha256_cbor'],
      ['kv-events-config', JSON.stringify(events)],
    ];
    const args = ['serve', join(root, 'model'), ...flags.flatMap(([name, value]) => [`--${name}`, String(value)])];
    args.push('--enforce-eager', '--enable-prompt-tokens-details', ...(render ? ['--enable-scale-out'] : []));
    const env = {
      ...process.env,
      VLLM_TARGET_DEVICE: 'cpu',
      VLLM_CPU_KVCACHE_SPACE: '1',
      VLLM_CPU_OMP_THREADS_BIND: 'nobind',
      OMP_NUM_THREADS: '1',
      // The hash of the first block starts from it.
      PYTHONHASHSEED: '0',
      HF_HUB_OFFLINE: '1',
      VLLM_NO_USAGE_STATS: '1',
      // Opens /reset_prefix_cache.
      VLLM_SERVER_DEV_MODE: '1',
    };
    // A process group of its own: the engine is a child of the server.
    const child = spawn('nice', ['-n', '10', join(root, 'venv/bin/vllm'), ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-20_000);
      });
    }
    await this.healthy(child);
  }

  /** Ends the server and its engine at once, as a node that fails would. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-child.pid, 'SIGKILL');
    await ended;
    this.child = undefined;
  }

  private async healthy(child: ChildProcess): Promise<void> {
    for (const end = Date.now() + 300_000; Date.now() < end && child.exitCode === null; await sleep(500)) {
      const ready = await fetch(`${this.url}/health`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return;
    }
    throw new Error(`vLLM did not start:\n${this.output}`);
  }
}
