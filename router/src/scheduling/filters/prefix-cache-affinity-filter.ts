import { dataKeys } from 'llm-d-epp-config';
import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { inFlightTokens, type PrefixCacheMatchInfo, textParameter } from '../../plugin/data';
import type { Cycle, Filter } from '../../plugin/plugins';

/**
 * Keeps the endpoints that hold most of the prompt in their cache, unless they are so busy that computing the prompt elsewhere is
 * faster by more than a limit.
 */
export class PrefixCacheAffinityFilter implements Filter {
  private readonly threshold: number;
  private readonly exploration: number;
  /** Milliseconds of time to first token; 0 for no limit. */
  private readonly maxPenaltyMs: number;
  private readonly matchProducer: string;
  /** Undefined when the time is computed from the tokens in flight. */
  private readonly latencyProducer: string | undefined;
  private readonly tokens: Column;
  private readonly msPerToken: number;
  private readonly random: () => number;

  constructor({ parameters, endpoints, random }: PluginContext) {
    this.threshold = Number(parameters.affinityThreshold);
    this.exploration = Number(parameters.explorationProbability);
    this.maxPenaltyMs = Number(parameters.maxTTFTPenaltyMs);
    this.msPerToken = 1000 / Number(parameters.peakPrefillThroughput);
    this.matchProducer = textParameter(parameters, 'prefixMatchInfoProducerName', dataKeys.PrefixCacheMatchInfo.defaultProducer);
    this.latencyProducer =
      parameters.ttftSource === 'latencyPredictor'
        ? textParameter(parameters, 'latencyPredictionInfoProducerName', dataKeys.LatencyPredictionInfo.defaultProducer)
        : undefined;
    const loadProducer = textParameter(parameters, 'inFlightLoadProducerName', dataKeys.InFlightLoad.defaultProducer);
    this.tokens = endpoints.column(inFlightTokens(loadProducer), 0);
    this.random = random;
  }

  filter({ request }: Cycle, candidates: Candidates): void {
    if (candidates.size <= 1 || this.threshold <= 0) return;
    if (this.exploration > 0 && this.random() < this.exploration) return;
    const match = request.get('PrefixCacheMatchInfo', this.matchProducer);
    if (match === undefined || match.totalBlocks <= 0) return;
    const needed = this.threshold;
    const sticky = (slot: number): boolean => holds(match, slot, needed);
    let stickyCount = 0;
    for (let i = 0; i < candidates.size; i++) if (sticky(candidates.slots[i] as number)) stickyCount++;
    if (stickyCount === 0 || stickyCount === candidates.size) return;
    if (this.maxPenaltyMs > 0) {
      const ttft = this.latencyProducer === undefined ? undefined : request.get('LatencyPredictionInfo', this.latencyProducer)?.ttftMs;
      if (this.penalty(candidates, sticky, ttft) > this.maxPenaltyMs) return;
    }
    candidates.retain(sticky);
  }

  /** Milliseconds by which the fastest endpoint with the prompt is slower than the fastest without it. */
  private penalty(candidates: Candidates, sticky: (slot: number) => boolean, predicted: Float64Array | undefined): number {
    let bestSticky = Number.MAX_VALUE;
    let bestOther = Number.MAX_VALUE;
    for (let i = 0; i < candidates.size; i++) {
      const slot = candidates.slots[i] as number;
      const ttft = this.latencyProducer === undefined ? this.tokens.at(slot) * this.msPerToken : (predicted?.[slot] ?? Number.NaN);
      // NaN, no prediction, is not less than anything.
      if (sticky(slot)) {
        if (ttft < bestSticky) bestSticky = ttft;
      } else if (ttft < bestOther) bestOther = ttft;
    }
    return bestSticky - bestOther;
  }
}

function holds(match: PrefixCacheMatchInfo, slot: number, share: number): boolean {
  return (match.matchBlocks[slot] ?? 0) / match.totalBlocks >= share;
}
