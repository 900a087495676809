import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import { textParameter } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { Cycle, PreRequest, Scorer } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';

/** Source: llm-d-router v0.10.0, `scorer/nohitlru`. */
const DEFAULT_SIZE = 1024;
const NEUTRAL = 0.5;
const PREFILL = 'prefill';

/**
 * `no-hit-lru-scorer`: a request that hits no cache goes to the endpoint that got such a request the longest ago, so that caches grow
 * evenly. Never used endpoints come first, in their order; requests that hit a cache score 0.5 everywhere.
 */
export class NoHitLruScorer implements Scorer, PreRequest {
  private readonly endpoints: EndpointTable;
  private readonly producer: string;
  private readonly size: number;
  /** Key under which a request carries whether it was cold when it was scored. */
  private readonly coldKey: string;
  /** Endpoint ids, the longest unused first: a Set keeps the order of insertion. */
  private readonly used = new Set<string>();
  /** Ranks in `used` by slot, -1 is never used; as of `ranksTouches` and `ranksVersion`. */
  private ranks = new Int32Array(0);
  private ranksTouches = -1;
  private ranksVersion = -1;
  private touches = 0;

  constructor(context: PluginContext) {
    const { parameters } = context;
    this.endpoints = context.endpoints;
    this.producer = textParameter(parameters, 'prefixMatchInfoProducerName', 'approx-prefix-cache-producer');
    const size = parameters.lruSize as number;
    this.size = size > 0 ? size : DEFAULT_SIZE;
    this.coldKey = `no-hit-lru-scorer/${context.name}`;
  }

  score(cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const { slots, size } = candidates;
    const cold = this.isCold(cycle.request, candidates);
    cycle.request.putAny(this.coldKey, cold);
    if (!cold) {
      scores.fill(NEUTRAL, 0, size);
      return;
    }
    if (size === 1) {
      scores[0] = 1;
      return;
    }
    const ranks = this.currentRanks();
    let neverUsed = 0;
    for (let i = 0; i < size; i++) {
      if ((ranks[slots[i] as number] as number) >= 0) continue;
      scores[i] = 1 - neverUsed / (size - 1);
      neverUsed++;
    }
    for (let i = 0; i < size; i++) {
      const rank = ranks[slots[i] as number] as number;
      if (rank >= 0) scores[i] = Math.max(0, 1 - (neverUsed + rank) / (size - 1));
    }
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    if (request.getAny(this.coldKey) !== true) return;
    this.touch(result.profiles.get(result.primary)?.targets[0]);
    this.touch(result.profiles.get(PREFILL)?.targets[0]);
  }

  private isCold(request: InferenceRequest, candidates: Candidates): boolean {
    const info = request.get('PrefixCacheMatchInfo', this.producer);
    if (info === undefined) return true;
    for (let i = 0; i < candidates.size; i++) if ((info.matchBlocks[candidates.slots[i] as number] ?? 0) > 0) return false;
    return true;
  }

  private touch(endpoint: Endpoint | undefined): void {
    if (endpoint === undefined) return;
    this.touches++;
    this.used.delete(endpoint.id);
    this.used.add(endpoint.id);
    if (this.used.size <= this.size) return;
    for (const oldest of this.used) {
      this.used.delete(oldest);
      break;
    }
  }

  /** Made anew only after a touch or a change of the endpoints. */
  private currentRanks(): Int32Array {
    if (this.ranksTouches === this.touches && this.ranksVersion === this.endpoints.version) return this.ranks;
    if (this.ranks.length < this.endpoints.capacity) this.ranks = new Int32Array(this.endpoints.capacity);
    this.ranks.fill(-1);
    let rank = 0;
    for (const id of this.used) {
      const endpoint = this.endpoints.get(id);
      if (endpoint !== undefined) this.ranks[endpoint.slot] = rank;
      rank++;
    }
    this.ranksTouches = this.touches;
    this.ranksVersion = this.endpoints.version;
    return this.ranks;
  }
}
