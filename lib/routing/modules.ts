import type { EndpointPickerConfig, PluginEntry } from 'llm-d-epp-config';
import { ensure } from '../validation/error';
import { type Finding, finding } from '../validation/findings';
import { MODULE, type PluginRef } from './plugin-ref';
import { pluginsOf } from './profile';
import type { StrategyParts } from './strategy-parts';

/** Plugins in the router's image: the file of each by its name. */
export type ImageModules = ReadonlyMap<string, string>;

/** The plugin with the file that its module has in the image; throws LLMD576 when the image has none of that name. */
export function withModule<T extends PluginRef>(plugin: T, modules: ImageModules, strategy: string): T {
  const { file } = plugin;
  if (file === undefined || file.path !== undefined) {
    return plugin;
  }
  const path = modules.get(file.name);
  ensure(path !== undefined, 'LLMD576', { strategy, plugin: file.name, known: [...modules.keys()].join(', ') || 'none' });
  return plugin.at(path);
}

/** Declarations of the modules that the strategy does not use: what was put into the image is loaded, and its mistakes show at start. */
export function spareModules(parts: StrategyParts, modules: ImageModules): readonly PluginEntry[] {
  return spareNames(parts, modules).map((name) => ({ type: MODULE, name, path: modules.get(name) as string }));
}

/**
 * A configuration as written, where a module of the image is named without its file; throws LLMD576 when an image with modules has none of
 * that name. Without any it is the schema that asks for the file.
 */
export function withModulePaths(config: Partial<EndpointPickerConfig>, modules: ImageModules): Partial<EndpointPickerConfig> {
  const filled = (entry: PluginEntry): PluginEntry => {
    if (entry.type !== MODULE || entry.path !== undefined || modules.size === 0) {
      return entry;
    }
    const plugin = entry.name ?? MODULE;
    const path = modules.get(plugin);
    ensure(path !== undefined, 'LLMD576', { strategy: 'custom', plugin, known: [...modules.keys()].join(', ') });
    return { ...entry, path };
  };
  return config.plugins === undefined ? config : { ...config, plugins: config.plugins.map(filled) };
}

/** LLMD574 for each module of the image that has no say. */
export function moduleFindings(parts: StrategyParts, modules: ImageModules, path: string): readonly Finding[] {
  return spareNames(parts, modules).map((plugin) => finding('LLMD574', path, { plugin, strategy: parts.kind }));
}

function spareNames({ config, profiles, others }: StrategyParts, modules: ImageModules): readonly string[] {
  const entries = (config === undefined ? [] : (withModulePaths(config, modules).plugins ?? [])).filter(({ type }) => type === MODULE);
  const files = [...profiles.flatMap(pluginsOf), ...others].map(({ file }) => file && (file.path ?? modules.get(file.name)));
  const used = new Set([...files, ...entries.map((entry) => entry.path)]);
  return [...modules].filter(([, path]) => !used.has(path)).map(([name]) => name);
}
