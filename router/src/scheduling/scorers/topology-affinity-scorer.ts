import type { Topology } from '../../datalayer/extractors/topology-extractor';
import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import { dataName, textParameter } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { Cycle, Scorer } from '../../plugin/plugins';
import { sharedLevel, type TopologyLevel } from './topology';

/** Source: llm-d-router v0.10.0, `scorer/topologyaffinity`. */
const SCORES: Readonly<Record<TopologyLevel, number>> = { hostname: 1, rack: 0.2, zone: 0.05, region: 0.02 };

/** `topology-affinity-scorer`: by the tightest place shared with the endpoint that another stage of the request has picked. */
export class TopologyAffinityScorer implements Scorer {
  private readonly endpoints: EndpointTable;
  private readonly fact: string;

  constructor(context: PluginContext) {
    this.endpoints = context.endpoints;
    this.fact = dataName('Topology', textParameter(context.parameters, 'topologyProducerName', 'topology-extractor'));
  }

  score(cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const peer = this.topologyOf(cycle.peer);
    if (peer === undefined) return;
    for (let i = 0; i < candidates.size; i++) {
      const level = sharedLevel(peer, this.topologyOf(this.endpoints.at(candidates.slots[i] as number)));
      scores[i] = level === undefined ? 0 : SCORES[level];
    }
  }

  private topologyOf(endpoint: Endpoint | undefined): Topology | undefined {
    return endpoint?.facts.get(this.fact) as Topology | undefined;
  }
}
