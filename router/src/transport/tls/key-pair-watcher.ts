import { type FSWatcher, watch } from 'node:fs';
import type { Log } from '../../plugin/context';
import { type KeyPair, readKeyPair } from './key-pair';

/** Time for a writer to finish both files. Source: llm-d-router v0.10.0, pkg/common. */
const SETTLE_MS = 250;

/** Events are lost on some file systems, so the files are also read at this interval. */
const POLL_MS = 60_000;

/** Times of a {@link KeyPairWatcher}. */
export interface WatchTimes {
  readonly settleMs: number;
  readonly pollMs: number;
}

/**
 * Reads a certificate anew when its folder changes. The folder is watched, not the files: Kubernetes replaces a link in it. A pair that
 * cannot be used is reported, and the old one stays.
 */
export class KeyPairWatcher {
  private watcher: FSWatcher | undefined;
  private poll: NodeJS.Timeout | undefined;
  private settling: NodeJS.Timeout | undefined;

  constructor(
    private readonly folder: string,
    private current: KeyPair,
    private readonly log: Log,
    private readonly onChange: (pair: KeyPair) => void,
    private readonly times: WatchTimes = { settleMs: SETTLE_MS, pollMs: POLL_MS },
  ) {}

  /** Begins to watch; does not keep the process alive. */
  start(): void {
    this.poll = setInterval(() => this.reload(), this.times.pollMs);
    this.poll.unref();
    try {
      this.watcher = watch(this.folder, { persistent: false }, () => this.settle());
      this.watcher.on('error', (error) => this.log.warn({ err: error, folder: this.folder }, 'the TLS certificate is polled only'));
    } catch (error) {
      this.log.warn({ err: error, folder: this.folder }, 'the TLS certificate is polled only');
    }
  }

  /** Stops to watch. */
  stop(): void {
    this.watcher?.close();
    clearInterval(this.poll);
    clearTimeout(this.settling);
  }

  /** Reads the files now. */
  reload(): void {
    try {
      const pair = readKeyPair(this.folder);
      if (pair.cert !== this.current.cert || pair.key !== this.current.key) {
        this.current = pair;
        this.onChange(pair);
        this.log.info({ folder: this.folder }, 'the TLS certificate was read anew');
      }
    } catch (error) {
      this.log.error({ err: error }, 'the TLS certificate could not be read anew, the old one stays');
    }
  }

  private settle(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.reload(), this.times.settleMs);
    this.settling.unref();
  }
}
