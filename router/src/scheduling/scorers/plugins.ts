import type { PluginTable } from '../../plugin/context';
import { ActiveRequestScorer } from './active-request-scorer';
import { EndpointAttributeScorer } from './endpoint-attribute-scorer';
import { HeaderLabelAffinityScorer } from './header-label-affinity-scorer';
import { KvCacheUtilizationScorer } from './kv-cache-utilization-scorer';
import { LoadAwareScorer } from './load-aware-scorer';
import { LoraAffinityScorer } from './lora-affinity-scorer';
import { MmEmbeddingsCacheScorer } from './mm-embeddings-cache-scorer';
import { MulticlusterKvCacheUtilizationScorer, MulticlusterQueueScorer } from './multicluster-scorers';
import { NoHitLruScorer } from './no-hit-lru-scorer';
import { PrefixCacheScorer } from './prefix-cache-scorer';
import { QueueScorer } from './queue-scorer';
import { RunningRequestsSizeScorer } from './running-requests-size-scorer';
import { TokenLoadScorer } from './token-load-scorer';
import { TopologyAffinityScorer } from './topology-affinity-scorer';

/** Plugins of this folder by type. */
export const scorerPlugins: PluginTable = {
  'active-request-scorer': (context) => new ActiveRequestScorer(context),
  'endpoint-attribute-scorer': (context) => new EndpointAttributeScorer(context),
  'header-label-affinity-scorer': (context) => new HeaderLabelAffinityScorer(context),
  'kv-cache-utilization-scorer': (context) => new KvCacheUtilizationScorer(context),
  'load-aware-scorer': (context) => new LoadAwareScorer(context),
  'lora-affinity-scorer': (context) => new LoraAffinityScorer(context),
  'mm-embeddings-cache-scorer': (context) => new MmEmbeddingsCacheScorer(context),
  'multicluster-kv-cache-utilization-scorer': (context) => new MulticlusterKvCacheUtilizationScorer(context),
  'multicluster-prefix-cache-scorer': (context) => new PrefixCacheScorer(context),
  'multicluster-queue-scorer': (context) => new MulticlusterQueueScorer(context),
  'no-hit-lru-scorer': (context) => new NoHitLruScorer(context),
  'prefix-cache-scorer': (context) => new PrefixCacheScorer(context),
  'queue-scorer': (context) => new QueueScorer(context),
  'running-requests-size-scorer': (context) => new RunningRequestsSizeScorer(context),
  'token-load-scorer': (context) => new TokenLoadScorer(context),
  'topology-affinity-scorer': (context) => new TopologyAffinityScorer(context),
};
