import { checkInteger } from '../util/check';
import { ensure } from '../validation/error';
import { type PluginParameters, PluginRef } from './plugin-ref';

/** A decider: says for each request whether its prompt is worth a prefill server of its own. */
export class Decider extends PluginRef {
  /** Every request is prefilled by a prefill server. */
  static alwaysPrefill(): Decider {
    return new Decider('always-disagg-pd-decider');
  }

  /**
   * Only a prompt of which the chosen decode server has at least this many tokens not cached goes to a prefill server; with
   * `promptTokens` only prompts of at least that length (needs router v0.10.0).
   */
  static prefixBased(nonCachedTokens: number, options: { readonly promptTokens?: number } = {}): Decider {
    ensure(nonCachedTokens !== 0, 'LLMD506', {});
    checkInteger('minUncachedTokens', nonCachedTokens, 1);
    if (options.promptTokens !== undefined) {
      checkInteger('minPromptTokens', options.promptTokens, 0);
    }
    return new Decider('prefix-based-pd-decider', { nonCachedTokens, ...options });
  }

  /** Any decider by its type; of your own router build, declare the type with `RoutingStrategy.withCustomPlugins`. */
  static plugin(type: string, parameters: PluginParameters = {}): Decider {
    return new Decider(type, parameters);
  }

  private constructor(type: string, parameters?: PluginParameters) {
    super(type, parameters);
    Object.freeze(this);
  }
}
