import type { JsonObject } from 'llm-d-epp-config';
import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, Filter } from '../../plugin/plugins';
import { AttributeColumn } from '../attribute-column';
import { retainOrFallBack } from './fall-back';

type Comparison = (value: number, limit: number) => boolean;

/** Source: llm-d-router v0.10.0, `filter/endpointattribute`. */
const comparisons: Readonly<Record<string, Comparison>> = {
  LessThan: (value, limit) => value < limit,
  LessThanOrEqual: (value, limit) => value <= limit,
  GreaterThan: (value, limit) => value > limit,
  GreaterThanOrEqual: (value, limit) => value >= limit,
  Equal: (value, limit) => value === limit,
  NotEqual: (value, limit) => value !== limit,
};

/** Keeps endpoints whose attribute passes a threshold. */
export class EndpointAttributeFilter implements Filter {
  private readonly column: AttributeColumn;
  private readonly passes: (value: number) => boolean;
  private readonly fallbackOnEmpty: boolean;

  constructor({ parameters, endpoints }: PluginContext) {
    const { attribute, producer = 'core-metrics-extractor', onMissing, fallbackOnEmpty, algorithm } = parameters;
    const { operator, value: limit = 0 } = (algorithm as JsonObject).threshold as { operator: string; value?: number };
    const compare = comparisons[operator] as Comparison;
    const passesMissing = onMissing !== 'Fail';
    this.column = new AttributeColumn(endpoints, String(attribute), String(producer));
    this.passes = (value) => (Number.isNaN(value) ? passesMissing : compare(value, limit));
    this.fallbackOnEmpty = fallbackOnEmpty === true;
  }

  filter(_cycle: Cycle, candidates: Candidates): void {
    const values = this.column.get()?.values;
    retainOrFallBack(candidates, this.fallbackOnEmpty, (slot) => this.passes(values?.[slot] ?? Number.NaN));
  }
}
