import type { Clock } from '../../plugin/clock';

/** So many at once, and so many in each second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Counts events of a peer that should be rare. */
export class Allowance {
  private left: number;
  private since: number;

  constructor(
    private readonly rate: Rate,
    private readonly clock: Clock,
  ) {
    this.left = rate.burst;
    this.since = clock.now();
  }

  /** True while the rate is kept. The clock is read only when the burst is used up. */
  take(): boolean {
    if (this.left < 1) {
      const now = this.clock.now();
      this.left = Math.min(this.rate.burst, this.left + ((now - this.since) / 1000) * this.rate.perSecond);
      this.since = now;
      if (this.left < 1) {
        return false;
      }
    }
    this.left--;
    return true;
  }
}
