import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, Scorer } from '../../plugin/plugins';

/** The endpoint with the fewest of something scores 1, the one with the most 0, the others in proportion; all equal score 1. */
export class FewestScorer implements Scorer {
  private readonly column: Column;

  constructor(context: PluginContext, column: string) {
    this.column = context.endpoints.column(column, 0);
  }

  score(_cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    scoreFewest(this.column.values, candidates, scores);
  }
}

/** Scores by the fewest as above; NaN, a value that is not known, scores 0 and counts neither as the fewest nor as the most. */
export function scoreFewest(values: Float64Array, candidates: Candidates, scores: Float64Array): void {
  const { slots, size } = candidates;
  let fewest = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) {
    const value = values[slots[i] as number] as number;
    if (value < fewest) fewest = value;
    if (value > most) most = value;
  }
  const range = most - fewest;
  for (let i = 0; i < size; i++) {
    const value = values[slots[i] as number] as number;
    if (Number.isNaN(value)) scores[i] = 0;
    else scores[i] = range === 0 ? 1 : (most - value) / range;
  }
}
