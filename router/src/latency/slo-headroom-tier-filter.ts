import type { Candidates } from '../plugin/candidates';
import type { PluginContext } from '../plugin/context';
import { type LatencyPredictionInfo, textParameter } from '../plugin/data';
import type { Cycle, Filter } from '../plugin/plugins';
import { hasPrediction } from './latency-scorer';

const meets = (info: LatencyPredictionInfo, slot: number): boolean =>
  (info.ttftHeadroomMs[slot] ?? Number.NaN) >= 0 && (info.tpotHeadroomMs[slot] ?? Number.NaN) >= 0;

/**
 * `slo-headroom-tier-filter`: keeps the endpoints that are predicted to meet the objectives. With probability `epsilonExploreNeg` it
 * keeps the others instead, so that they get traffic to recover with. Endpoints without a prediction are among the others.
 */
export class SloHeadroomTierFilter implements Filter {
  private readonly producer: string;
  private readonly epsilon: number;
  private readonly random: () => number;

  constructor({ parameters, random }: PluginContext) {
    this.producer = textParameter(parameters, 'latencyPredictionInfoProducerName', 'predicted-latency-producer');
    this.epsilon = parameters.epsilonExploreNeg as number;
    this.random = random;
  }

  filter(cycle: Cycle, candidates: Candidates): void {
    if (candidates.size <= 1) return;
    const info = cycle.request.get('LatencyPredictionInfo', this.producer);
    if (info === undefined || !hasPrediction(info, candidates)) return;
    let meeting = 0;
    for (let i = 0; i < candidates.size; i++) if (meets(info, candidates.slots[i] as number)) meeting++;
    if (meeting === 0 || meeting === candidates.size) return;
    const wanted = this.random() >= this.epsilon;
    candidates.retain((slot) => meets(info, slot) === wanted);
  }
}
