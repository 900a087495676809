import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { coreColumns } from '../../plugin/data';
import type { Admitter } from '../../plugin/plugins';
import type { InferenceRequest } from '../../plugin/request';

/**
 * `probabilistic-admitter`: refuses requests of negative priority with probability min(saturation^power x k, 1), where saturation is
 * the mean over the candidates of max(waiting / queueDepthThreshold, KV usage / kvCacheUtilThreshold). An endpoint that was never
 * scraped counts as idle, as in upstream, so that pools without scraped metrics still take such requests.
 *
 * With the default k of 300 and power of 5 every such request is refused from a saturation of 0.32 on.
 */
export class ProbabilisticAdmitter implements Admitter {
  private readonly waiting: Column;
  private readonly kvUsage: Column;
  private readonly queueDepthThreshold: number;
  private readonly kvCacheUtilThreshold: number;
  private readonly power: number;
  private readonly k: number;
  private readonly random: () => number;

  constructor({ endpoints, parameters, random }: PluginContext) {
    this.waiting = endpoints.column(coreColumns.waiting, 0);
    this.kvUsage = endpoints.column(coreColumns.kvUsage, 0);
    this.queueDepthThreshold = parameters.queueDepthThreshold as number;
    this.kvCacheUtilThreshold = parameters.kvCacheUtilThreshold as number;
    this.power = parameters.power as number;
    this.k = parameters.k as number;
    this.random = random;
  }

  admit(request: InferenceRequest, candidates: Candidates): string | undefined {
    if (request.priority >= 0 || candidates.size === 0) return undefined;
    const saturation = this.saturation(candidates);
    const probability = Math.min(saturation ** this.power * this.k, 1);
    if (this.random() >= probability) return undefined;
    return `probabilistic-admitter: rejected, saturation=${saturation.toFixed(3)} prob=${probability.toFixed(2)}`;
  }

  private saturation(candidates: Candidates): number {
    let total = 0;
    for (let i = 0; i < candidates.size; i++) {
      const slot = candidates.slots[i] as number;
      const queue = this.waiting.at(slot) / this.queueDepthThreshold;
      const cache = this.kvUsage.at(slot) / this.kvCacheUtilThreshold;
      total += Math.max(queue, cache);
    }
    return total / candidates.size;
  }
}
