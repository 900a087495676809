import { stat } from 'node:fs/promises';

/** How often the file is looked at, milliseconds. */
const LOOK_MS = 200;

/**
 * Tells when a file has changed: written in place, replaced by a rename, or replaced by moving a symbolic link on the way to it, as
 * Kubernetes does with mounted ConfigMaps.
 *
 * Looks at the file's state a few times a second instead of asking the kernel for events: events belong to an inode or a directory, so
 * they miss links further up and do not exist on some network file systems. A change counts once the state has held from one look to
 * the next, so a file is not read while it is being written.
 */
export class FileWatch {
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private current: string | undefined;
  private pending: string | undefined;

  constructor(
    private readonly path: string,
    private readonly changed: () => Promise<void>,
  ) {}

  /** Takes the file as it is now for unchanged. */
  async note(): Promise<void> {
    this.current = await this.state();
  }

  start(): void {
    this.running = true;
    this.arm();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
  }

  /** Looks once. */
  async look(): Promise<void> {
    const state = await this.state();
    if (state === this.current) {
      this.pending = undefined;
    } else if (state === this.pending) {
      this.current = state;
      this.pending = undefined;
      await this.changed();
    } else {
      this.pending = state;
    }
  }

  private arm(): void {
    this.timer = setTimeout(async () => {
      await this.look();
      if (this.running) this.arm();
    }, LOOK_MS);
  }

  /** Everything that a replaced or written file differs in; an absent file has a state too. */
  private async state(): Promise<string> {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(this.path, { bigint: true });
      return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? 'unknown';
    }
  }
}
