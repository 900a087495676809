import type { PluginTable } from '../../plugin/context';

/** Plugins of this folder by type. */
export const scorerPlugins: PluginTable = {};
