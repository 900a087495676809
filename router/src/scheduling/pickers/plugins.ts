import type { PluginTable } from '../../plugin/context';
import { MaxScorePicker } from './max-score-picker';
import { RandomPicker } from './random-picker';
import { WeightedRandomPicker } from './weighted-random-picker';

/** Plugins of this folder by type. */
export const pickerPlugins: PluginTable = {
  'max-score-picker': (context) => new MaxScorePicker(context),
  'random-picker': (context) => new RandomPicker(context),
  'weighted-random-picker': (context) => new WeightedRandomPicker(context),
};
