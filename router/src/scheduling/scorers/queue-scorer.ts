import type { PluginContext } from '../../plugin/context';
import { coreColumns } from '../../plugin/data';
import { FewestScorer } from './fewest-scorer';

/** `queue-scorer`: prefers endpoints with few waiting requests. */
export class QueueScorer extends FewestScorer {
  constructor(context: PluginContext) {
    super(context, coreColumns.waiting);
  }
}
