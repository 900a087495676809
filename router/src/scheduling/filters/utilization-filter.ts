import { dataKeys } from 'llm-d-epp-config';
import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { coreColumns, inFlightRequests, textParameter } from '../../plugin/data';
import type { Cycle, Filter } from '../../plugin/plugins';
import { retainOrFallBack } from './fall-back';

/** Keeps endpoints of which every listed metric is at most its limit; a metric that was never read is 0. */
export class UtilizationFilter implements Filter {
  private readonly limits: readonly { readonly column: Column; readonly maxValue: number }[];
  private readonly fallbackOnEmpty: boolean;

  constructor({ parameters, endpoints }: PluginContext) {
    const producer = textParameter(parameters, 'inFlightLoadProducerName', dataKeys.InFlightLoad.defaultProducer);
    const columns: Readonly<Record<string, string>> = {
      'active-requests': inFlightRequests(producer),
      'running-requests': coreColumns.running,
      'waiting-queue': coreColumns.waiting,
      'kv-cache-utilization': coreColumns.kvUsage,
    };
    const conditions = parameters.conditions as readonly { metric: string; maxValue: number }[];
    this.limits = conditions.map(({ metric, maxValue }) => ({ column: endpoints.column(columns[metric] as string, 0), maxValue }));
    this.fallbackOnEmpty = parameters.fallbackOnEmpty === true;
  }

  filter(_cycle: Cycle, candidates: Candidates): void {
    retainOrFallBack(candidates, this.fallbackOnEmpty, (slot) => {
      for (const { column, maxValue } of this.limits) if (column.at(slot) > maxValue) return false;
      return true;
    });
  }
}
