import type { PluginContext } from '../../plugin/context';
import type { UsageLimitPolicy } from '../../plugin/flow-policies';

/** One ceiling for every priority: `threshold`. */
export class StaticUsageLimit implements UsageLimitPolicy {
  private readonly threshold: number;

  constructor({ parameters }: PluginContext) {
    this.threshold = parameters.threshold as number;
  }

  limits(_saturation: number, priorities: readonly number[], ceilings: Float64Array): void {
    ceilings.fill(this.threshold, 0, priorities.length);
  }
}
