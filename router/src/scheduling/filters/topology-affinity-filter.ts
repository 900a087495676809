import { dataKeys } from 'llm-d-epp-config';
import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import { dataName, textParameter } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { Cycle, Filter } from '../../plugin/plugins';
import { retainOrFallBack } from './fall-back';

/** Places an endpoint is in; empty or absent where not known. */
interface Places {
  readonly hostname?: string;
  readonly rack?: string;
  readonly zone?: string;
  readonly region?: string;
}

/** Places from near to far by the word of the parameter. */
const levels = [
  ['host', 'hostname'],
  ['rack', 'rack'],
  ['zone', 'zone'],
  ['region', 'region'],
] as const;

/** Keeps endpoints that share a place with the peer which another stage has picked; all, where the peer's place is not known or none does. */
export class TopologyAffinityFilter implements Filter {
  private readonly endpoints: EndpointTable;
  private readonly fact: string;
  /** Places that are near enough. */
  private readonly near: readonly (keyof Places)[];

  constructor({ parameters, endpoints }: PluginContext) {
    this.endpoints = endpoints;
    this.fact = dataName('Topology', textParameter(parameters, 'topologyProducerName', dataKeys.Topology.defaultProducer));
    const farthest = levels.findIndex(([level]) => level === parameters.minAffinity);
    this.near = levels.slice(0, farthest + 1).map(([, place]) => place);
  }

  filter({ peer }: Cycle, candidates: Candidates): void {
    const wanted = this.placesOf(peer);
    if (wanted === undefined) return;
    retainOrFallBack(candidates, true, (slot) => {
      const places = this.placesOf(this.endpoints.at(slot));
      return places !== undefined && this.near.some((place) => wanted[place] && wanted[place] === places[place]);
    });
  }

  private placesOf(endpoint: Endpoint | undefined): Places | undefined {
    return endpoint?.facts.get(this.fact) as Places | undefined;
  }
}
