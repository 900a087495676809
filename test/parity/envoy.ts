import type { Json } from './extract';
import type { EnvoyFacts } from './facts/types';

/** What matters of an Envoy bootstrap. */
export function envoyFacts({ admin, static_resources }: Json): EnvoyFacts {
  const { listeners, clusters } = static_resources as { listeners: Json[]; clusters: Json[] };
  const requests = listeners.find((listener) => filters(listener).some((filter) => nameOf(filter) === 'ext_proc'));
  const processor = filters(requests).find((filter) => nameOf(filter) === 'ext_proc').typed_config;
  const route = manager(requests).route_config.virtual_hosts[0].routes[0].route;
  const destination = cluster(clusters, route.cluster);
  const picker = cluster(clusters, processor.grpc_service.envoy_grpc.cluster_name);
  const { request_body_mode, response_body_mode } = processor.processing_mode;
  return {
    listeners: listeners.map(({ address }) => addressOf(address)).join(', '),
    admin: addressOf(admin.address),
    bodyMode: `${request_body_mode}, ${response_body_mode}`,
    messageTimeout: processor.message_timeout,
    failOpen: processor.failure_mode_allow,
    routeTimeout: route.timeout,
    idleTimeout: route.idle_timeout,
    destinationHeader: destination.original_dst_lb_config.http_header_name,
    destinationConnections: destination.circuit_breakers.thresholds[0].max_connections,
    connectionBufferBytes: requests.per_connection_buffer_limit_bytes,
    pickerAddress: addressOf(picker.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address),
    pickerTls: tlsOf(picker),
    pickerHealthCheck: picker.health_checks === undefined ? 'none' : `gRPC every ${picker.health_checks[0].interval}`,
    pickerConnectTimeout: picker.connect_timeout,
    destinationConnectTimeout: destination.connect_timeout,
    destinationOfClient: removes(requests, destination.original_dst_lb_config.http_header_name) ? 'removed' : 'kept',
  };
}

function cluster(clusters: readonly Json[], name: string): Json {
  return clusters.find((candidate) => candidate.name === name);
}

function manager(listener: Json): Json {
  return listener.filter_chains[0].filters[0].typed_config;
}

function filters(listener: Json): Json[] {
  return manager(listener).http_filters;
}

function nameOf({ name }: Json): string {
  return name.split('.').at(-1);
}

function addressOf({ socket_address: { address, port_value } }: Json): string {
  return `${address}:${port_value}`;
}

function tlsOf({ transport_socket }: Json): string {
  if (transport_socket === undefined) {
    return 'none';
  }
  const checked = Object.keys(transport_socket.typed_config.common_tls_context.validation_context ?? {}).length > 0;
  return `TLS, certificate ${checked ? 'checked' : 'not checked'}`;
}

/** Only a removal before the router is asked counts: what the router writes must stay. */
function removes(listener: Json, header: string): boolean {
  const names = filters(listener);
  const before = names.slice(
    0,
    names.findIndex((filter) => nameOf(filter) === 'ext_proc'),
  );
  return before.some(({ typed_config }) => typed_config.mutations?.request_mutations.some(({ remove }: Json) => remove === header));
}
