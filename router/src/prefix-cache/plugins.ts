import type { PluginTable } from '../plugin/context';
import { ApproxPrefixCacheProducer } from './approx/approx-prefix-cache-producer';
import { PrecisePrefixCacheProducer } from './precise/precise-prefix-cache-producer';
import { PrecisePrefixCacheScorer } from './precise/precise-prefix-cache-scorer';

/** Plugins of this folder by type. */
export const prefixCachePlugins: PluginTable = {
  'approx-prefix-cache-producer': (context) => new ApproxPrefixCacheProducer(context),
  'multicluster-approx-prefix-cache-producer': (context) => new ApproxPrefixCacheProducer(context),
  'precise-prefix-cache-producer': (context) => new PrecisePrefixCacheProducer(context),
  'precise-prefix-cache-scorer': (context) => new PrecisePrefixCacheScorer(context),
};
