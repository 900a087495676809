import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, Picker } from '../../plugin/plugins';
import { positions, shuffle, wantedEndpoints } from './draw';

/** Picks the endpoints with the highest scores; among equal scores each order is equally likely. */
export class MaxScorePicker implements Picker {
  private readonly count: number;
  private readonly random: () => number;
  private readonly single = [0];

  constructor({ parameters, random }: PluginContext) {
    this.count = wantedEndpoints(parameters);
    this.random = random;
  }

  pick(_cycle: Cycle, { size }: Candidates, scores: Float64Array): readonly number[] {
    if (size === 0) return [];
    if (this.count === 1) {
      this.single[0] = this.best(size, scores);
      return this.single;
    }
    return shuffle(positions(size), this.random)
      .sort((a, b) => (scores[b] as number) - (scores[a] as number))
      .slice(0, this.count);
  }

  /** One pass: the n-th endpoint with the highest score takes the place of the one before with probability 1/n. */
  private best(size: number, scores: Float64Array): number {
    let best = 0;
    let bestScore = scores[0] as number;
    let ties = 1;
    for (let i = 1; i < size; i++) {
      const score = scores[i] as number;
      if (score < bestScore) continue;
      if (score > bestScore) {
        best = i;
        bestScore = score;
        ties = 1;
      } else if (this.random() * ++ties < 1) best = i;
    }
    return best;
  }
}
