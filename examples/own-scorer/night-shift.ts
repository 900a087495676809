import type { Candidates, Cycle, Endpoint, PluginContext, PluginFactory, Scorer } from 'llm-d-epp/plugin';

/** Label with the hours (UTC) in which a node's power is cheap, such as `22-6`. */
const LABEL = 'example.com/cheap-hours';

/** Prefers model servers on nodes whose power is cheap at this hour. */
class NightShift implements Scorer {
  private readonly context: PluginContext;

  // Node takes the types away and no more, so what would have to be translated (parameter properties, enums) is not used.
  constructor(context: PluginContext) {
    this.context = context;
  }

  score(_cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const hour = new Date(this.context.clock.wallTime()).getUTCHours();
    for (let i = 0; i < candidates.size; i++) {
      const endpoint = this.context.endpoints.at(candidates.slots[i] as number);
      scores[i] = endpoint !== undefined && isCheap(endpoint, hour) ? 1 : 0;
    }
  }
}

function isCheap(endpoint: Endpoint, hour: number): boolean {
  const match = /^(\d{1,2})-(\d{1,2})$/.exec(endpoint.metadata.labels[LABEL] ?? '');
  if (match === null) return false;
  const [from, to] = [Number(match[1]), Number(match[2])];
  return from <= to ? hour >= from && hour < to : hour >= from || hour < to;
}

/** Called once at start, with the parameters of the configuration in `context.parameters`. */
export const createPlugin: PluginFactory = (context) => new NightShift(context);
