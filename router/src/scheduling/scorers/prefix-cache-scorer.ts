import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import { textParameter } from '../../plugin/data';
import type { Cycle, Scorer } from '../../plugin/plugins';

/**
 * `prefix-cache-scorer` and `multicluster-prefix-cache-scorer`: w x L^2 + (1 - w) x matched share of the prompt, where w is
 * `matchLengthWeight` and L the matched tokens over `matchLengthScaleTokens`, at most 1. Nothing known scores 0.
 */
export class PrefixCacheScorer implements Scorer {
  private readonly producer: string;
  private readonly lengthWeight: number;
  private readonly lengthScale: number;

  constructor(context: PluginContext) {
    const { parameters } = context;
    this.producer = textParameter(parameters, 'prefixMatchInfoProducerName', 'approx-prefix-cache-producer');
    this.lengthWeight = parameters.matchLengthWeight as number;
    this.lengthScale = parameters.matchLengthScaleTokens as number;
  }

  score(cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const info = cycle.request.get('PrefixCacheMatchInfo', this.producer);
    if (info === undefined || info.totalBlocks <= 0) return;
    const { matchBlocks, totalBlocks, blockSizeTokens } = info;
    const weight = blockSizeTokens > 0 ? this.lengthWeight : 0;
    for (let i = 0; i < candidates.size; i++) {
      // -1 means that nothing is known, and an array may be shorter than the table has grown to.
      const matched = Math.max(0, matchBlocks[candidates.slots[i] as number] ?? 0);
      let score = (1 - this.lengthWeight) * (matched / totalBlocks);
      if (weight > 0) {
        const length = Math.min(1, (matched * blockSizeTokens) / this.lengthScale);
        score += weight * length * length;
      }
      scores[i] = score;
    }
  }
}
