import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EffectivePlugin } from 'llm-d-epp-config';
import type { PluginFactory } from '../plugin/context';
import type { LoadModule } from './instantiate';

/**
 * Loads plugins of type `module`. A relative `path` starts at the folder of the configuration file. The module's default export, or
 * an export named `createPlugin`, is the factory.
 */
export const moduleLoader =
  (folder: string): LoadModule =>
  async (plugin: EffectivePlugin): Promise<PluginFactory> => {
    const { name, path } = plugin;
    if (path === undefined) throw new Error(`plugin "${name}": type "module" needs a path`);
    const file = isAbsolute(path) ? path : resolve(folder, path);
    let exported: Record<string, unknown>;
    try {
      exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    } catch (error) {
      const hint = /\.[cm]?ts$/.test(file) ? ' (Node before 22.18 runs no TypeScript: compile the module to JavaScript)' : '';
      throw new Error(`plugin "${name}": module ${file} can not be loaded: ${(error as Error).message}${hint}`, { cause: error });
    }
    const factory = factoryOf(exported);
    if (factory === undefined) {
      throw new Error(`plugin "${name}": module ${file} exports no function as default or createPlugin, it exports ${names(exported)}`);
    }
    return factory;
  };

/** A CommonJS module that was imported has its `exports` as default, which may have a default of its own. */
function factoryOf(exported: Record<string, unknown>): PluginFactory | undefined {
  const inner = exported.default as Record<string, unknown> | undefined;
  const found = [exported.createPlugin, inner, inner?.default, inner?.createPlugin].find((value) => typeof value === 'function');
  return found as PluginFactory | undefined;
}

function names(exported: Record<string, unknown>): string {
  return Object.keys(exported).join(', ') || 'nothing';
}
