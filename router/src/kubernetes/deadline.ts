/**
 * A signal that follows another one, and fires by itself after a time. Made by hand: a combined signal of the platform stays attached to
 * a long-lived source, and one of those is asked every two seconds for months.
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly forward = (): void => this.controller.abort();
  private readonly timer: NodeJS.Timeout;
  /** Whether the time ran out. */
  expired = false;

  constructor(
    milliseconds: number,
    private readonly outer?: AbortSignal,
  ) {
    this.timer = setTimeout(() => {
      this.expired = true;
      this.controller.abort();
    }, milliseconds);
    if (outer?.aborted) this.controller.abort();
    else outer?.addEventListener('abort', this.forward, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** From now on only the other signal counts. */
  stopClock(): void {
    clearTimeout(this.timer);
  }

  /** Lets go of the other signal and of the timer. */
  release(): void {
    this.stopClock();
    this.outer?.removeEventListener('abort', this.forward);
  }
}
