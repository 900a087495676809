import type { PluginTable } from '../plugin/context';
import { ApproxPrefixCacheProducer } from './approx/approx-prefix-cache-producer';
import { BurstPrefixCacheProducer } from './burst/burst-prefix-cache-producer';
import { MmEmbeddingsCacheProducer } from './mm-embeddings-cache-producer';
import { P2pSourceProducer } from './p2p-source-producer';
import { PrecisePrefixCacheProducer } from './precise/precise-prefix-cache-producer';
import { PrecisePrefixCacheScorer } from './precise/precise-prefix-cache-scorer';

/** Plugins of this folder by type. */
export const prefixCachePlugins: PluginTable = {
  'approx-prefix-cache-producer': (context) => new ApproxPrefixCacheProducer(context),
  'multicluster-approx-prefix-cache-producer': (context) => new ApproxPrefixCacheProducer(context),
  'precise-prefix-cache-producer': (context) => new PrecisePrefixCacheProducer(context),
  'precise-prefix-cache-scorer': (context) => new PrecisePrefixCacheScorer(context),
  'burst-prefix-cache-producer': (context) => new BurstPrefixCacheProducer(context),
  'p2p-source-producer': (context) => new P2pSourceProducer(context),
  'mm-embeddings-cache-producer': (context) => new MmEmbeddingsCacheProducer(context),
};
