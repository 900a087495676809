import type { UsageLimitPolicy } from '../../plugin/flow-policies';

/** Keeps the period finite where saturation is almost 1. Source: llm-d-router v0.10.0, `softreflectiveceiling`. */
const EPSILON = 1e-9;

/**
 * Thins out lower priorities as saturation grows. The highest is always open. Rank i of n is open while saturation is below
 * `1 - i * saturation / (n - 1)`; from there on it is open in one of `round(saturation / (1 - saturation))` decisions, and closed at 1
 * and above. All thinned ranks share one count of decisions, so a lower one is never open while a higher one is closed.
 */
export class SoftReflectiveCeiling implements UsageLimitPolicy {
  private decisions = 0;

  limits(saturation: number, priorities: readonly number[], ceilings: Float64Array): void {
    const last = priorities.length - 1;
    if (last < 1) return;
    const thinned = this.isOpen(saturation) ? 1 : 0;
    for (let i = 1; i <= last; i++) {
      if (saturation < 1 - (i * saturation) / last) ceilings[i] = 1;
      else ceilings[i] = saturation >= 1 ? 0 : thinned;
    }
  }

  /** The count goes on only where at least the lowest rank is thinned out. */
  private isOpen(saturation: number): boolean {
    if (!(saturation >= 1 - saturation && saturation < 1)) return false;
    const period = Math.max(1, Math.round(saturation / (1 - saturation + EPSILON)));
    return ++this.decisions % period === 0;
  }
}
