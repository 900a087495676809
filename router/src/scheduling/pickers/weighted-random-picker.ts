import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, Picker } from '../../plugin/plugins';
import { positions, shuffle, wantedEndpoints } from './draw';

/** Stands for a draw of exactly 0, whose logarithm is not finite. Source: llm-d-router v0.10.0, `picker/weightedrandom`. */
const SMALLEST_DRAW = 1e-10;

/**
 * Picks endpoints at random, each with a probability in proportion to its score; without a score above 0, each alike.
 *
 * Each endpoint draws the key `U^(1/score)` and the largest keys win (A-Res, Efraimidis and Spirakis). Compared are the logarithms
 * of the keys, because the power of a small score rounds to 0.
 */
export class WeightedRandomPicker implements Picker {
  private readonly count: number;
  private readonly random: () => number;
  private keys = new Float64Array(64);

  constructor({ parameters, random }: PluginContext) {
    this.count = wantedEndpoints(parameters);
    this.random = random;
  }

  pick(_cycle: Cycle, { size }: Candidates, scores: Float64Array): readonly number[] {
    if (size === 0) return [];
    const best = this.draw(size, scores);
    if (this.count === 1) return [best < 0 ? Math.floor(this.random() * size) : best];
    const shuffled = shuffle(positions(size), this.random);
    if (best >= 0) shuffled.sort((a, b) => this.compare(a, b));
    return shuffled.slice(0, this.count);
  }

  /** Draws all keys; the position of the largest one, -1 without a score above 0. */
  private draw(size: number, scores: Float64Array): number {
    if (this.keys.length < size) this.keys = new Float64Array(2 * size);
    let best = -1;
    for (let i = 0; i < size; i++) {
      const score = scores[i] as number;
      const key = score > 0 ? Math.log(this.random() || SMALLEST_DRAW) / score : Number.NEGATIVE_INFINITY;
      this.keys[i] = key;
      if (score > 0 && (best < 0 || key > (this.keys[best] as number))) best = i;
    }
    return best;
  }

  private compare(a: number, b: number): number {
    const [first, second] = [this.keys[a] as number, this.keys[b] as number];
    // Two infinities have no difference.
    return first === second ? 0 : second - first;
  }
}
