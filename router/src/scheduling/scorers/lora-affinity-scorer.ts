import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { LoraState } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { Cycle, Scorer } from '../../plugin/plugins';

/** Source: llm-d-router v0.10.0, `scorer/loraaffinity`. */
const LOADED = 1;
const HAS_ROOM = 0.8;
const WAITING = 0.6;

function rate({ active, waiting, maxAdapters }: LoraState, adapter: string): number {
  if (active.has(adapter)) return LOADED;
  if (active.size + waiting.size < maxAdapters) return HAS_ROOM;
  return waiting.has(adapter) ? WAITING : 0;
}

/** `lora-affinity-scorer`: prefers endpoints that have the adapter, then those with room for it, then those about to load it. */
export class LoraAffinityScorer implements Scorer {
  private readonly endpoints: EndpointTable;

  constructor(context: PluginContext) {
    this.endpoints = context.endpoints;
  }

  score(cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const adapter = cycle.request.targetModel;
    for (let i = 0; i < candidates.size; i++) {
      const endpoint = this.endpoints.at(candidates.slots[i] as number);
      scores[i] = endpoint === undefined ? 0 : rate(endpoint.lora, adapter);
    }
  }
}
