import { dataLayerPlugins } from './datalayer/plugins';
import { flowControlPlugins } from './flow-control/plugins';
import { latencyPlugins } from './latency/plugins';
import { parserPlugins } from './parsers/plugins';
import type { PluginTable } from './plugin/context';
import { prefixCachePlugins } from './prefix-cache/plugins';
import { tokenPlugins } from './request/plugins';
import { requestControlPlugins } from './request-control/plugins';
import { screenerPlugins } from './request-control/screeners/plugins';
import { filterPlugins } from './scheduling/filters/plugins';
import { pickerPlugins } from './scheduling/pickers/plugins';
import { profileHandlerPlugins } from './scheduling/profile-handlers/plugins';
import { scorerPlugins } from './scheduling/scorers/plugins';
import { sessionAffinityPlugins } from './scheduling/session-affinity/plugins';

/** Every plugin type this router can run, by type. */
export const pluginTable: PluginTable = {
  ...profileHandlerPlugins,
  ...filterPlugins,
  ...scorerPlugins,
  ...sessionAffinityPlugins,
  ...pickerPlugins,
  ...requestControlPlugins,
  ...screenerPlugins,
  ...tokenPlugins,
  ...prefixCachePlugins,
  ...latencyPlugins,
  ...dataLayerPlugins,
  ...flowControlPlugins,
  ...parserPlugins,
};
