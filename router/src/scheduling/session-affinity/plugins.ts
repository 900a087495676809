import type { PluginTable } from '../../plugin/context';
import { SessionAffinityFilter, SessionAffinityScorer } from './session-affinity';

/** Plugins of this folder by type. */
export const sessionAffinityPlugins: PluginTable = {
  'session-affinity-filter': (context) => new SessionAffinityFilter(context),
  'multicluster-session-affinity-filter': (context) => new SessionAffinityFilter(context),
  'session-affinity-scorer': (context) => new SessionAffinityScorer(context),
};
