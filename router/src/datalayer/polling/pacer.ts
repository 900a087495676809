/** Targets polled at once while there are few; with more of them, as many as 2 ms bring. */
const WANTED_AT_ONCE = 4;
/** Timers are no finer than 1 ms, and a wake-up costs as much as polling a target. */
const SHORTEST_PAUSE_MS = 2;
/** A timer that comes later than this speaks of a busy event loop. */
const LATE_MS = 10;
/** How far the period is stretched at most while the event loop is busy. */
const LONGEST_STRETCH = 2;
const STRETCH_UP = 1.25;
const STRETCH_DOWN = 0.95;
/** Sums of fractions may miss a whole number by this. */
const ROUNDING = 1e-9;

/**
 * Says how many targets are due, so that polls are spread evenly over the period.
 *
 * Never more than all targets are due: what a late event loop has missed is not made up for. While the loop is late, the period is
 * stretched up to twofold, so that polling takes less of what requests need and metrics still stay fresh.
 */
export class Pacer {
  private last: number;
  private credit = 0;
  private stretch = 1;
  private pause = SHORTEST_PAUSE_MS;

  constructor(
    private readonly periodMs: number,
    now: number,
  ) {
    this.last = now;
  }

  /** Milliseconds to wait before the next `due`. */
  pauseMs(targets: number): number {
    const wakeUps = Math.max(1, targets / WANTED_AT_ONCE);
    this.pause = Math.max(SHORTEST_PAUSE_MS, Math.floor((this.periodMs * this.stretch) / wakeUps));
    return this.pause;
  }

  /** Targets to poll now, at most `targets`. */
  due(now: number, targets: number): number {
    const elapsed = Math.max(0, now - this.last);
    this.last = now;
    this.stretch =
      elapsed - this.pause > LATE_MS ? Math.min(LONGEST_STRETCH, this.stretch * STRETCH_UP) : Math.max(1, this.stretch * STRETCH_DOWN);
    this.credit = Math.min(targets, this.credit + (elapsed * targets) / (this.periodMs * this.stretch));
    const due = Math.floor(this.credit + ROUNDING);
    this.credit = Math.max(0, this.credit - due);
    return due;
  }
}
