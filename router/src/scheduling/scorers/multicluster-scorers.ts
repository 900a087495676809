import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, Scorer } from '../../plugin/plugins';
import { AttributeColumn } from '../attribute-column';
import { scoreFewest } from './fewest-scorer';

/** Attributes of whole pools; they name no producer. Source: llm-d-router v0.10.0, `datalayer/attribute/metrics`. */
const QUEUE_SIZE = 'llm-d.ai/multicluster-queue-size';
const KV_USAGE = 'llm-d.ai/multicluster-kv-cache-utilization';

/** `multicluster-queue-scorer`: queue-scorer over pools of other clusters; pools without the attribute score 0. */
export class MulticlusterQueueScorer implements Scorer {
  private readonly column: AttributeColumn;

  constructor(context: PluginContext) {
    this.column = new AttributeColumn(context.endpoints, QUEUE_SIZE, '');
  }

  score(_cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const values = this.column.get()?.values;
    if (values !== undefined) scoreFewest(values, candidates, scores);
  }
}

/** `multicluster-kv-cache-utilization-scorer`: the free share of the KV caches of a pool; pools without the attribute score 0. */
export class MulticlusterKvCacheUtilizationScorer implements Scorer {
  private readonly column: AttributeColumn;

  constructor(context: PluginContext) {
    this.column = new AttributeColumn(context.endpoints, KV_USAGE, '');
  }

  score(_cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const values = this.column.get()?.values;
    if (values === undefined) return;
    for (let i = 0; i < candidates.size; i++) {
      const value = values[candidates.slots[i] as number] as number;
      scores[i] = Number.isNaN(value) ? 0 : 1 - value;
    }
  }
}
