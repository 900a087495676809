import type { PluginTable } from '../../plugin/context';
import { byLabel } from './by-label';
import { ContextLengthAware } from './context-length-aware';
import { EndpointAttributeFilter } from './endpoint-attribute-filter';
import { HeaderBasedTestingFilter } from './header-based-testing-filter';
import { LabelSelectorFilter } from './label-selector-filter';
import { PrefixCacheAffinityFilter } from './prefix-cache-affinity-filter';
import { decodeFilter, encodeFilter, prefillFilter } from './role-filters';
import { TopologyAffinityFilter } from './topology-affinity-filter';
import { UtilizationFilter } from './utilization-filter';

/** Plugins of this folder by type. */
export const filterPlugins: PluginTable = {
  'decode-filter': decodeFilter,
  'prefill-filter': prefillFilter,
  'encode-filter': encodeFilter,
  'label-selector-filter': (context) => new LabelSelectorFilter(context),
  'by-label-selector': (context) => new LabelSelectorFilter(context),
  'by-label': byLabel,
  'endpoint-attribute-filter': (context) => new EndpointAttributeFilter(context),
  'topology-affinity-filter': (context) => new TopologyAffinityFilter(context),
  'utilization-filter': (context) => new UtilizationFilter(context),
  'prefix-cache-affinity-filter': (context) => new PrefixCacheAffinityFilter(context),
  'header-based-testing-filter': (context) => new HeaderBasedTestingFilter(context),
  'context-length-aware': (context) => new ContextLengthAware(context),
};
