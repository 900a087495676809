import type { PluginContext } from '../../plugin/context';
import { dataName, textParameter } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointEventExtractor, EventKind } from '../types';

/** Where an endpoint runs; '' is not known. */
export interface Topology {
  readonly hostname: string;
  readonly rack: string;
  readonly zone: string;
  readonly region: string;
}

/**
 * Takes host, rack, zone and region of endpoints from their labels; without the label the host is `spec.hostname` of the pod. Works
 * without being listed as an extractor. The result is a `Topology` in `Endpoint.facts` under `Topology/<name of the plugin>`.
 */
export class TopologyExtractor implements EndpointEventExtractor {
  private readonly fact: string;
  private readonly labels: Topology;
  private readonly unlisten: () => void;

  constructor({ name, parameters, endpoints }: PluginContext) {
    this.fact = dataName('Topology', name);
    this.labels = {
      hostname: textParameter(parameters, 'hostname', 'kubernetes.io/hostname'),
      rack: textParameter(parameters, 'rack', 'topology.kubernetes.io/rack'),
      zone: textParameter(parameters, 'zone', 'topology.kubernetes.io/zone'),
      region: textParameter(parameters, 'region', 'topology.kubernetes.io/region'),
    };
    for (const endpoint of endpoints.all()) this.take(endpoint);
    this.unlisten = endpoints.listen({ added: (endpoint) => this.take(endpoint), updated: (endpoint) => this.take(endpoint) });
  }

  /** Does nothing: the plugin listens to the table itself. */
  endpointEvent(_kind: EventKind, _endpoint: Endpoint): void {}

  stop(): void {
    this.unlisten();
  }

  private take(endpoint: Endpoint): void {
    const { labels, hostname } = endpoint.metadata;
    const topology: Topology = {
      hostname: labels[this.labels.hostname] || hostname || '',
      rack: labels[this.labels.rack] ?? '',
      zone: labels[this.labels.zone] ?? '',
      region: labels[this.labels.region] ?? '',
    };
    if (Object.values(topology).some((value) => value !== '')) endpoint.facts.set(this.fact, topology);
    else endpoint.facts.delete(this.fact);
  }
}
