import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { coreColumns } from '../../plugin/data';
import type { Cycle, Scorer } from '../../plugin/plugins';

/** `kv-cache-utilization-scorer`: the free share of the KV cache. */
export class KvCacheUtilizationScorer implements Scorer {
  private readonly usage: Column;

  constructor(context: PluginContext) {
    this.usage = context.endpoints.column(coreColumns.kvUsage, 0);
  }

  score(_cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const { values } = this.usage;
    for (let i = 0; i < candidates.size; i++) {
      scores[i] = 1 - (values[candidates.slots[i] as number] as number);
    }
  }
}
