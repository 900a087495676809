import type { EffectiveConfig, EffectivePlugin } from 'llm-d-epp-config';
import type { PluginContext, PluginFactory } from '../plugin/context';
import type { Plugin } from '../plugin/plugins';
import { pluginTable } from '../plugin-table';

/** What all plugins are made from; name, type and parameters come from the configuration. */
export type PluginEnvironment = Omit<PluginContext, 'name' | 'type' | 'parameters' | 'plugin' | 'plugins'>;

/** Loads the factory of a plugin of type `module`. */
export type LoadModule = (plugin: EffectivePlugin) => Promise<PluginFactory>;

/**
 * Makes the plugins of a configuration in their order of creation, into `made`, which holds what there is when one can not be made.
 * @throws Error that names the plugin when one can not be made
 */
export async function instantiate(
  config: EffectiveConfig,
  environment: PluginEnvironment,
  loadModule: LoadModule,
  made: Map<string, Plugin> = new Map(),
): Promise<ReadonlyMap<string, Plugin>> {
  for (const entry of config.plugins) {
    const factory = entry.type === 'module' ? await loadModule(entry) : pluginTable[entry.type];
    if (factory === undefined) throw new Error(`plugin "${entry.name}": type "${entry.type}" is not part of this router`);
    made.set(entry.name, create(entry, factory, environment, made));
  }
  return made;
}

function create(entry: EffectivePlugin, factory: PluginFactory, environment: PluginEnvironment, made: ReadonlyMap<string, Plugin>): Plugin {
  const { name, type, parameters } = entry;
  const plugin = (other: string): Plugin => {
    const found = made.get(other);
    if (found === undefined) throw new Error(`plugin "${name}" needs plugin "${other}", which is not created before it`);
    return found;
  };
  try {
    return factory({ ...environment, name, type, parameters, plugin, plugins: () => made });
  } catch (cause) {
    throw new Error(`plugin "${name}" of type "${type}" can not be created: ${(cause as Error).message}`, { cause });
  }
}
