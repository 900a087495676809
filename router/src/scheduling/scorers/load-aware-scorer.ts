import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { coreColumns } from '../../plugin/data';
import type { Cycle, Scorer } from '../../plugin/plugins';

/** Source: llm-d-router v0.10.0, `scorer/loadaware`. */
const DEFAULT_THRESHOLD = 128;
const BEST = 0.5;

/** `load-aware-scorer`: 0.5 without waiting requests, falling in proportion to 0 at the threshold. */
export class LoadAwareScorer implements Scorer {
  private readonly waiting: Column;
  private readonly threshold: number;

  constructor(context: PluginContext) {
    this.waiting = context.endpoints.column(coreColumns.waiting, 0);
    const threshold = context.parameters.threshold as number;
    this.threshold = threshold > 0 ? threshold : DEFAULT_THRESHOLD;
  }

  score(_cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const { values } = this.waiting;
    const { threshold } = this;
    for (let i = 0; i < candidates.size; i++) {
      scores[i] = BEST * (1 - Math.min(values[candidates.slots[i] as number] as number, threshold) / threshold);
    }
  }
}
