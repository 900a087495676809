import type { PluginTable } from '../../plugin/context';
import { DisaggregatedSetRolloutScreener } from './disaggregatedset-rollout-screener';

/** Plugins of this folder by type. */
export const screenerPlugins: PluginTable = {
  'disaggregatedset-rollout-screener': (context) => new DisaggregatedSetRolloutScreener(context),
};
