import type { Candidates } from '../plugin/candidates';
import type { Column } from '../plugin/column';
import type { PluginContext } from '../plugin/context';
import { coreColumns, type LatencyPredictionInfo, textParameter } from '../plugin/data';
import type { Cycle, Scorer } from '../plugin/plugins';
import type { InferenceRequest } from '../plugin/request';

/** Ranges below it count as none, milliseconds. Source of all: llm-d-router v0.10.0, `scorer/latency`. */
const EPSILON = 1e-9;
/** Scores are multiples of 1/100. */
const STEPS = 100;

/** Tiers of endpoints, the best first; only the endpoints of the first tier that is not empty score. */
const MEETS_ALL = 0;
const MISSES_ALL_IDLE = 1;
const MISSES_TPOT = 2;
const MISSES_TTFT = 3;
const MISSES_BOTH = 4;

function tierOf(info: LatencyPredictionInfo, slot: number): number {
  const missesTtft = (info.ttftHeadroomMs[slot] ?? Number.NaN) < 0;
  const missesTpot = (info.tpotHeadroomMs[slot] ?? Number.NaN) < 0;
  // Nothing predicted compares as false: the benefit of the doubt.
  if (!missesTtft && !missesTpot) return MEETS_ALL;
  if ((info.dispatched[slot] ?? 0) === 0) return MISSES_ALL_IDLE;
  if (!missesTtft) return MISSES_TPOT;
  return missesTpot ? MISSES_BOTH : MISSES_TTFT;
}

/** Two weights that sum up to 1. */
function normalized(first: number, second: number): readonly [number, number] {
  const sum = first + second;
  return sum <= 0 ? [1, 0] : [first / sum, second / sum];
}

const distance = (headrooms: Float64Array, slot: number): number => {
  const headroom = headrooms[slot] ?? Number.NaN;
  return Number.isNaN(headroom) ? 0 : Math.abs(headroom);
};

/**
 * `latency-scorer`: by the headroom between predicted latency and objective, among the endpoints of the best tier: those that meet the
 * objectives; else idle ones; else those that miss only the TPOT, only the TTFT, both. Without any prediction, by free KV cache, queue
 * and cached prefix.
 */
export class LatencyScorer implements Scorer {
  private readonly waiting: Column;
  private readonly kvUsage: Column;
  private readonly latencyProducer: string;
  private readonly prefixProducer: string;
  private readonly weights: readonly [number, number];
  private readonly most: boolean;
  private readonly composite: readonly [kv: number, queue: number, prefix: number];
  private tiers = new Uint8Array(64);

  constructor({ endpoints, parameters }: PluginContext) {
    this.waiting = endpoints.column(coreColumns.waiting, 0);
    this.kvUsage = endpoints.column(coreColumns.kvUsage, 0);
    this.latencyProducer = textParameter(parameters, 'latencyPredictionInfoProducerName', 'predicted-latency-producer');
    this.prefixProducer = textParameter(parameters, 'prefixMatchInfoProducerName', 'approx-prefix-cache-producer');
    this.weights = normalized(parameters.ttftWeight as number, parameters.tpotWeight as number);
    this.most = parameters.headroomSelectionStrategy === 'most';
    const kv = parameters.compositeKVWeight as number;
    const queue = parameters.compositeQueueWeight as number;
    const prefix = parameters.compositePrefixWeight as number;
    const sum = kv + queue + prefix;
    this.composite = sum <= 0 ? [1, 0, 0] : [kv / sum, queue / sum, prefix / sum];
  }

  score(cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const info = cycle.request.get('LatencyPredictionInfo', this.latencyProducer);
    if (info === undefined || !hasPrediction(info, candidates)) {
      this.scoreComposite(cycle.request, candidates, scores);
      return;
    }
    if (this.tiers.length < candidates.size) this.tiers = new Uint8Array(candidates.slots.length);
    let best = MISSES_BOTH;
    for (let i = 0; i < candidates.size; i++) {
      const tier = tierOf(info, candidates.slots[i] as number);
      this.tiers[i] = tier;
      if (tier < best) best = tier;
    }
    this.scoreTier(best, info, candidates, scores);
  }

  private scoreTier(tier: number, info: LatencyPredictionInfo, { slots, size }: Candidates, scores: Float64Array): void {
    const { ttftHeadroomMs, tpotHeadroomMs } = info;
    let [minTtft, maxTtft, minTpot, maxTpot] = [Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < size; i++) {
      if (this.tiers[i] !== tier) continue;
      const ttft = distance(ttftHeadroomMs, slots[i] as number);
      const tpot = distance(tpotHeadroomMs, slots[i] as number);
      minTtft = Math.min(minTtft, ttft);
      maxTtft = Math.max(maxTtft, ttft);
      minTpot = Math.min(minTpot, tpot);
      maxTpot = Math.max(maxTpot, tpot);
    }
    const ttftRange = maxTtft - minTtft;
    const tpotRange = maxTpot - minTpot;
    let [alpha, beta] = this.weights;
    if (ttftRange <= EPSILON && tpotRange > EPSILON) [alpha, beta] = [0, 1];
    else if (tpotRange <= EPSILON && ttftRange > EPSILON) [alpha, beta] = [1, 0];
    // Of endpoints that miss, the one that misses by least is best under both strategies.
    const most = this.most && tier === MEETS_ALL;
    for (let i = 0; i < size; i++) {
      if (this.tiers[i] !== tier) {
        scores[i] = 0;
        continue;
      }
      const slot = slots[i] as number;
      const ttft = ttftRange > EPSILON ? (distance(ttftHeadroomMs, slot) - minTtft) / ttftRange : 0.5;
      const tpot = tpotRange > EPSILON ? (distance(tpotHeadroomMs, slot) - minTpot) / tpotRange : 0.5;
      const combined = alpha * ttft + beta * tpot;
      scores[i] = Math.min(1, (Math.floor((most ? combined : 1 - combined) * STEPS) + 1) / STEPS);
    }
  }

  private scoreComposite(request: InferenceRequest, { slots, size }: Candidates, scores: Float64Array): void {
    const [kvWeight, queueWeight, prefixWeight] = this.composite;
    const waiting = this.waiting.values;
    const kvUsage = this.kvUsage.values;
    const prefix = request.get('PrefixCacheMatchInfo', this.prefixProducer);
    let longest = 0;
    for (let i = 0; i < size; i++) longest = Math.max(longest, waiting[slots[i] as number] as number);
    for (let i = 0; i < size; i++) {
      const slot = slots[i] as number;
      const queue = longest > 0 ? (longest - (waiting[slot] as number)) / longest : 1;
      const cached = prefix !== undefined && prefix.totalBlocks > 0 ? Math.max(0, prefix.matchBlocks[slot] ?? 0) / prefix.totalBlocks : 0;
      const composite = kvWeight * (1 - (kvUsage[slot] as number)) + queueWeight * queue + prefixWeight * cached;
      scores[i] = Math.round(STEPS * composite) / STEPS;
    }
  }
}

/** Whether anything is predicted of a candidate. */
export function hasPrediction(info: LatencyPredictionInfo, { slots, size }: Candidates): boolean {
  for (let i = 0; i < size; i++) if (!Number.isNaN(info.ttftHeadroomMs[slots[i] as number] ?? Number.NaN)) return true;
  return false;
}
