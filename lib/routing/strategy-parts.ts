import type { EndpointPickerConfig } from 'llm-d-epp-config';
import type { Decider } from './decider';
import type { FlowControlOptions } from './flow-control';
import type { PluginParameters, PluginRef } from './plugin-ref';
import type { Producer } from './producer';
import { type Profile, pluginsOf } from './profile';

/** What a strategy consists of: data for the renderer and the checks. */
export interface StrategyParts {
  /** Word for messages, e.g. `prefill-decode`. */
  readonly kind: string;
  readonly profiles: readonly Profile[];
  readonly producers: readonly Producer[];
  /** Plugins that act outside of the profiles, e.g. an admitter. */
  readonly others: readonly PluginRef[];
  /** Says when a prompt goes to a prefill server; undefined when the stages are not split. */
  readonly prefillDecider: Decider | undefined;
  readonly flowControl: FlowControlOptions | undefined;
  /** Parameters merged over those of every plugin of a type. */
  readonly parameters: Readonly<Record<string, PluginParameters>>;
  /** Plugin types that upstream's router does not have. */
  readonly customPlugins: readonly string[];
  /** A configuration that is taken as written; then nothing above but `customPlugins` counts. */
  readonly config: Partial<EndpointPickerConfig> | undefined;
}

/** A plugin type with its parameters, whichever way the strategy came by it. */
export interface UsedPlugin {
  readonly name: string;
  readonly type: string;
  readonly parameters: PluginParameters;
}

/** Indexes KV-cache events. */
export const PRECISE_PRODUCER = 'precise-prefix-cache-producer';
/** Types that index the servers' KV-cache events: the producer and its older form as a scorer. */
export const PRECISE_TYPES: ReadonlySet<string> = new Set([PRECISE_PRODUCER, 'precise-prefix-cache-scorer']);
/** Turns prompts into tokens. */
export const TOKEN_PRODUCER = 'token-producer';
/** Counts requests and tokens on their way. */
export const INFLIGHT_PRODUCER = 'inflight-load-producer';
/** Remembers which prompts went where. */
export const APPROX_PRODUCER = 'approx-prefix-cache-producer';
/** Runs the profiles of a split server. */
export const DISAGG_HANDLER = 'disagg-profile-handler';
/** Reads load from the metrics pages of the engines. */
export const METRICS_EXTRACTOR = 'core-metrics-extractor';

/** Every plugin that the strategy names, with parameters, in no particular order. */
export function usedPlugins(parts: StrategyParts): readonly UsedPlugin[] {
  if (parts.config !== undefined) {
    return (parts.config.plugins ?? []).map(({ type, name = type, parameters = {} }) => ({ name, type, parameters }));
  }
  const { prefillDecider, flowControl } = parts;
  const refs: readonly UsedPlugin[] = [
    ...parts.producers,
    ...(prefillDecider === undefined ? [] : [prefillDecider, { name: DISAGG_HANDLER, type: DISAGG_HANDLER, parameters: {} }]),
    ...parts.profiles.flatMap(pluginsOf),
    ...parts.others,
    ...(flowControl?.detector === undefined ? [] : [flowControl.detector]),
  ];
  return refs.map(({ name, type, parameters }) => ({ name, type, parameters: { ...parameters, ...parts.parameters[type] } }));
}
