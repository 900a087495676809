import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { Cycle, Scorer } from '../../plugin/plugins';

/** `header-label-affinity-scorer`: 1 for endpoints whose label equals the request header, else 0; 0 for all without the header. */
export class HeaderLabelAffinityScorer implements Scorer {
  private readonly endpoints: EndpointTable;
  private readonly header: string;
  private readonly label: string;

  constructor(context: PluginContext) {
    this.endpoints = context.endpoints;
    this.header = (context.parameters.headerName as string).toLowerCase();
    this.label = context.parameters.labelKey as string;
  }

  score(cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const wanted = cycle.request.headers.get(this.header);
    if (wanted === undefined || wanted === '') return;
    for (let i = 0; i < candidates.size; i++) {
      const endpoint = this.endpoints.at(candidates.slots[i] as number);
      scores[i] = endpoint?.metadata.labels[this.label] === wanted ? 1 : 0;
    }
  }
}
