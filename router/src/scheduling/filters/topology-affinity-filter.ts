import { dataKeys } from 'llm-d-epp-config';
import type { Topology } from '../../datalayer/extractors/topology-extractor';
import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import { dataName, textParameter } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { Cycle, Filter } from '../../plugin/plugins';
import { sharedLevel, type TopologyLevel } from '../scorers/topology';
import { retainOrFallBack } from './fall-back';

/** Levels from near to far, and the words of the parameter for them. */
const levels: readonly (readonly [string, TopologyLevel])[] = [
  ['host', 'hostname'],
  ['rack', 'rack'],
  ['zone', 'zone'],
  ['region', 'region'],
];

/** Keeps endpoints that share a place with the peer which another stage has picked; all, where the peer's place is not known or none does. */
export class TopologyAffinityFilter implements Filter {
  private readonly endpoints: EndpointTable;
  private readonly fact: string;
  /** Levels that are near enough. */
  private readonly near: ReadonlySet<TopologyLevel>;

  constructor({ parameters, endpoints }: PluginContext) {
    this.endpoints = endpoints;
    this.fact = dataName('Topology', textParameter(parameters, 'topologyProducerName', dataKeys.Topology.defaultProducer));
    const farthest = levels.findIndex(([level]) => level === parameters.minAffinity);
    this.near = new Set(levels.slice(0, farthest + 1).map(([, level]) => level));
  }

  filter({ peer }: Cycle, candidates: Candidates): void {
    const wanted = this.topologyOf(peer);
    if (wanted === undefined) return;
    retainOrFallBack(candidates, true, (slot) => {
      const shared = sharedLevel(wanted, this.topologyOf(this.endpoints.at(slot)));
      return shared !== undefined && this.near.has(shared);
    });
  }

  private topologyOf(endpoint: Endpoint | undefined): Topology | undefined {
    return endpoint?.facts.get(this.fact) as Topology | undefined;
  }
}
