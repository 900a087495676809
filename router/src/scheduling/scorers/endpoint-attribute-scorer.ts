import type { JsonObject } from 'llm-d-epp-config';
import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, Scorer } from '../../plugin/plugins';
import { AttributeColumn } from '../attribute-column';

interface Range {
  readonly min: number;
  readonly max: number;
}

function fixedRangeOf(algorithm: JsonObject): Range | undefined {
  const fixed = (algorithm.normalization as JsonObject | undefined)?.fixedRange as Partial<Range> | undefined;
  return fixed === undefined ? undefined : { min: fixed.min ?? 0, max: fixed.max ?? 0 };
}

/**
 * `endpoint-attribute-scorer`: a scalar attribute, normalised over a fixed range (values outside are clamped) or over the range among
 * the candidates (all equal score 1). Endpoints without the attribute score 0.
 */
export class EndpointAttributeScorer implements Scorer {
  private readonly column: AttributeColumn;
  private readonly lowerIsBetter: boolean;
  private readonly fixed: Range | undefined;

  constructor(context: PluginContext) {
    const { parameters } = context;
    const algorithm = parameters.algorithm as JsonObject;
    this.column = new AttributeColumn(
      context.endpoints,
      parameters.attributeKey as string,
      typeof parameters.producer === 'string' ? parameters.producer : 'core-metrics-extractor',
    );
    this.lowerIsBetter = algorithm.type === 'linear_lower_is_better';
    this.fixed = fixedRangeOf(algorithm);
  }

  score(_cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const values = this.column.get()?.values;
    if (values === undefined) return;
    const { min, max } = this.fixed ?? rangeAmong(values, candidates);
    for (let i = 0; i < candidates.size; i++) {
      const value = values[candidates.slots[i] as number] as number;
      if (Number.isNaN(value)) scores[i] = 0;
      else if (max === min) scores[i] = 1;
      else {
        const share = Math.min(1, Math.max(0, (value - min) / (max - min)));
        scores[i] = this.lowerIsBetter ? 1 - share : share;
      }
    }
  }
}

function rangeAmong(values: Float64Array, candidates: Candidates): Range {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < candidates.size; i++) {
    const value = values[candidates.slots[i] as number] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
