import type { Filter } from './filter';
import type { Picker } from './picker';
import type { PluginRef } from './plugin-ref';
import type { Scorer } from './scorer';

/** One scheduling profile: filters, then scorers, then a picker choose one server of one stage. */
export interface Profile {
  readonly name: string;
  readonly filters: readonly Filter[];
  readonly scorers: readonly Scorer[];
  /** @default - the router takes the highest score */
  readonly picker?: Picker;
}

/** Name of the only profile when the stages are not split. */
export const DEFAULT_PROFILE = 'default';

/** The plugins of a profile in the order in which they run. */
export function pluginsOf(profile: Profile): readonly PluginRef[] {
  return [...profile.filters, ...profile.scorers, ...(profile.picker === undefined ? [] : [profile.picker])];
}

/** The list with the plugin of equal name replaced in place, else appended. */
export function replaceOrAppend<T extends PluginRef>(plugins: readonly T[], plugin: T): readonly T[] {
  const known = plugins.some(({ name }) => name === plugin.name);
  return known ? plugins.map((other) => (other.name === plugin.name ? plugin : other)) : [...plugins, plugin];
}
