import type { PluginContext } from '../../plugin/context';
import { coreColumns } from '../../plugin/data';
import { FewestScorer } from './fewest-scorer';

/** `running-requests-size-scorer`: prefers endpoints with few running requests. */
export class RunningRequestsSizeScorer extends FewestScorer {
  constructor(context: PluginContext) {
    super(context, coreColumns.running);
  }
}
