import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, Picker } from '../../plugin/plugins';
import { positions, shuffle, wantedEndpoints } from './draw';

/** Picks endpoints at random, whatever their scores. */
export class RandomPicker implements Picker {
  private readonly count: number;
  private readonly random: () => number;

  constructor({ parameters, random }: PluginContext) {
    this.count = wantedEndpoints(parameters);
    this.random = random;
  }

  pick(_cycle: Cycle, { size }: Candidates, _scores: Float64Array): readonly number[] {
    if (size === 0) return [];
    if (this.count === 1) return [Math.floor(this.random() * size)];
    return shuffle(positions(size), this.random).slice(0, this.count);
  }
}
