import type { Log } from '../plugin/context';
import type { Plugin } from '../plugin/plugins';

/** Stops plugins, the last made first, so that each ends before those it uses. One that fails is logged and keeps no other running. */
export async function stopPlugins(plugins: ReadonlyMap<string, Plugin>, log: Log): Promise<void> {
  for (const [name, plugin] of [...plugins].reverse()) {
    try {
      await plugin.stop?.();
    } catch (error) {
      log.error({ err: error, plugin: name }, 'a plugin did not stop');
    }
  }
}
