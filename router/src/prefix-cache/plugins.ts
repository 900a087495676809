import type { PluginTable } from '../plugin/context';
import { ApproxPrefixCacheProducer } from './approx/approx-prefix-cache-producer';

/** Plugins of this folder by type. */
export const prefixCachePlugins: PluginTable = {
  'approx-prefix-cache-producer': (context) => new ApproxPrefixCacheProducer(context),
  'multicluster-approx-prefix-cache-producer': (context) => new ApproxPrefixCacheProducer(context),
};
