import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { inFlightRequests, textParameter } from '../../plugin/data';
import type { Cycle, Scorer } from '../../plugin/plugins';

/**
 * `active-request-scorer`: by the requests in flight that the router itself counts. Up to `idleThreshold` requests score 1; above it
 * (max - count) / max x `maxBusyScore`.
 */
export class ActiveRequestScorer implements Scorer {
  private readonly requests: Column;
  private readonly idleThreshold: number;
  private readonly maxBusyScore: number;

  constructor(context: PluginContext) {
    const { parameters } = context;
    this.requests = context.endpoints.column(
      inFlightRequests(textParameter(parameters, 'inFlightLoadProducerName', 'inflight-load-producer')),
      0,
    );
    // Values out of range count as left out. Source: llm-d-router v0.10.0, `scorer/activerequest`.
    this.idleThreshold = Math.max(0, parameters.idleThreshold as number);
    const busy = parameters.maxBusyScore as number;
    this.maxBusyScore = busy >= 0 && busy <= 1 ? busy : 1;
  }

  score(_cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const { values } = this.requests;
    const { slots, size } = candidates;
    let max = 0;
    for (let i = 0; i < size; i++) max = Math.max(max, values[slots[i] as number] as number);
    for (let i = 0; i < size; i++) {
      const count = values[slots[i] as number] as number;
      scores[i] = count <= this.idleThreshold ? 1 : ((max - count) / max) * this.maxBusyScore;
    }
  }
}
