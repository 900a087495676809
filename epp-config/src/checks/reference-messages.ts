import { pluginCatalog } from '../catalog/plugin-catalog';
import type { Draft } from '../draft';
import { show } from '../json';
import type { PluginKind } from '../plugin-spec';

/** Message about a reference to a plugin that nobody declared; types of the wanted kind are suggested too, as names default to them. */
export function undefinedPlugin({ issues, byName }: Draft, ref: string, what: string, kind?: PluginKind): string {
  const types = [...pluginCatalog.values()].filter(({ kinds }) => kind !== undefined && kinds.includes(kind)).map(({ type }) => type);
  const hint = types.includes(ref) ? '' : issues.suggest(ref, [...byName.keys(), ...types]);
  return `${what} ${show(ref)} is not declared${hint || ', add it to plugins or name a declared one'}`;
}
