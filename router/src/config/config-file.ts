import { statSync } from 'node:fs';
import type { Log } from '../plugin/context';

/** How often the file is looked at. A look is one call of the system; it notices renames, symlink swaps of ConfigMaps, and editors. */
const INTERVAL_MS = 1000;

/**
 * Calls back when a file has changed: another inode, size or time. What counts is the change since the watch was made, so make it before
 * the file is read. Only one call runs at a time; a change during it is another call.
 */
export class ConfigFileWatch {
  private timer: NodeJS.Timeout | undefined;
  private seen: string;

  constructor(
    private readonly file: string,
    private readonly changed: () => Promise<void>,
    private readonly log: Log,
  ) {
    this.seen = this.fingerprint() ?? '';
  }

  start(): void {
    this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.look()
        .catch((error: unknown) => this.log.error({ err: error }, 'the change of the configuration failed'))
        .finally(() => this.timer && this.schedule());
    }, INTERVAL_MS).unref();
  }

  private async look(): Promise<void> {
    const now = this.fingerprint();
    // A file that is away for a moment is being replaced.
    if (now === undefined || now === this.seen) return;
    this.seen = now;
    await this.changed();
  }

  private fingerprint(): string | undefined {
    try {
      const { ino, size, mtimeMs } = statSync(this.file);
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return undefined;
    }
  }
}
