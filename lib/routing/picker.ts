import { checkInteger } from '../util/check';
import { type PluginParameters, PluginRef } from './plugin-ref';

/** Options of every picker. */
export interface PickerOptions {
  /**
   * Servers that are named to the proxy: the first is used, the others are tried when it does not answer.
   * @default 1
   */
  readonly maxNumOfEndpoints?: number;
}

/** A picker: chooses among the scored servers. A profile has one; without it the router takes the highest score. */
export class Picker extends PluginRef {
  /** The highest score; equal scores by chance. */
  static maxScore(options: PickerOptions = {}): Picker {
    return Picker.of('max-score-picker', options);
  }

  /** By chance, whatever the scores. */
  static random(options: PickerOptions = {}): Picker {
    return Picker.of('random-picker', options);
  }

  /** By chance, in proportion to the scores. */
  static weightedRandom(options: PickerOptions = {}): Picker {
    return Picker.of('weighted-random-picker', options);
  }

  /** Any picker by its type; of your own router build, declare the type with `RoutingStrategy.withCustomPlugins`. */
  static plugin(type: string, parameters: PluginParameters = {}): Picker {
    return new Picker(type, parameters);
  }

  private static of(type: string, options: PickerOptions): Picker {
    if (options.maxNumOfEndpoints !== undefined) {
      checkInteger('maxNumOfEndpoints', options.maxNumOfEndpoints, 1);
    }
    return new Picker(type, { ...options });
  }

  private constructor(type: string, parameters: PluginParameters) {
    super(type, parameters);
    Object.freeze(this);
  }
}
