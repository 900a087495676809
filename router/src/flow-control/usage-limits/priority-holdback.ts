import type { PluginContext } from '../../plugin/context';
import type { UsageLimitPolicy } from '../../plugin/flow-policies';

/**
 * Ceilings that fall from `maxCeiling` for the highest priority to `minCeiling` for the lowest: in equal steps (`domain: rank`) or in
 * proportion to the numbers (`domain: value`). A single priority has `maxCeiling`.
 */
export class PriorityHoldback implements UsageLimitPolicy {
  private readonly lowest: number;
  private readonly highest: number;
  private readonly byValue: boolean;

  constructor({ parameters }: PluginContext) {
    this.lowest = parameters.minCeiling as number;
    this.highest = parameters.maxCeiling as number;
    this.byValue = parameters.domain === 'value';
  }

  limits(_saturation: number, priorities: readonly number[], ceilings: Float64Array): void {
    const last = priorities.length - 1;
    const [top, bottom] = [priorities[0] as number, priorities[last] as number];
    for (let i = 0; i <= last; i++) {
      const below = this.byValue ? (top - (priorities[i] as number)) / (top - bottom) : i / last;
      ceilings[i] = last === 0 ? this.highest : this.highest - below * (this.highest - this.lowest);
    }
  }
}
