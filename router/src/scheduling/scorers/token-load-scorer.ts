import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { inFlightTokens, textParameter } from '../../plugin/data';
import type { Cycle, Scorer } from '../../plugin/plugins';

/** Source: llm-d-router v0.10.0, `scorer/tokenload`. */
const DEFAULT_THRESHOLD = 4_194_304;

/**
 * `token-load-scorer`: by the tokens in flight plus those that the endpoint would have to compute for this request; 1 without any, 0
 * from the threshold on.
 */
export class TokenLoadScorer implements Scorer {
  private readonly tokens: Column;
  private readonly producer: string;
  private readonly threshold: number;

  constructor(context: PluginContext) {
    const { parameters } = context;
    this.producer = textParameter(parameters, 'inFlightLoadProducerName', 'inflight-load-producer');
    this.tokens = context.endpoints.column(inFlightTokens(this.producer), 0);
    const threshold = parameters.queueThresholdTokens as number;
    this.threshold = threshold > 0 ? threshold : DEFAULT_THRESHOLD;
  }

  score(cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const { values } = this.tokens;
    const own = cycle.request.get('UncachedRequestTokens', this.producer);
    for (let i = 0; i < candidates.size; i++) {
      const slot = candidates.slots[i] as number;
      const load = (values[slot] as number) + (own?.[slot] ?? 0);
      scores[i] = load <= 0 ? 1 : 1 - Math.min(load, this.threshold) / this.threshold;
    }
  }
}
