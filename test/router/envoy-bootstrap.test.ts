import { DESTINATION_HEADER, envoyBootstrap } from '../../lib/router/envoy-bootstrap';
import type { Any } from './fixtures';

const bootstrap = (options: Partial<Parameters<typeof envoyBootstrap>[0]> = {}): Any =>
  envoyBootstrap({ secureServing: true, failOpen: true, ...options });
const listener = (config: Any, name: string): Any => config.static_resources.listeners.find((one: Any) => one.name === name);
const cluster = (config: Any, name: string): Any => config.static_resources.clusters.find((one: Any) => one.name === name);
const manager = (config: Any, name: string): Any => listener(config, name).filter_chains[0].filters[0].typed_config;
const filter = (config: Any, name: string): Any => manager(config, 'requests').http_filters.find((one: Any) => one.name.endsWith(name));

test('the administration is reachable from inside the pod only', () => {
  expect(bootstrap().admin.address.socket_address).toEqual({ address: '127.0.0.1', port_value: 19000 });
});

test('every route leads to a cluster that exists, and no cluster is unused', () => {
  const config = bootstrap();
  const used = new Set<string>(['router']);
  for (const { name } of config.static_resources.listeners) {
    for (const route of manager(config, name).route_config.virtual_hosts[0].routes) {
      used.add(route.route.cluster);
    }
  }
  expect([...used].sort()).toEqual(config.static_resources.clusters.map((one: Any) => one.name).sort());
  expect(filter(config, 'ext_proc').typed_config.grpc_service.envoy_grpc.cluster_name).toBe('router');
});

test('bodies stream in both directions', () => {
  expect(filter(bootstrap(), 'ext_proc').typed_config.processing_mode).toEqual({
    request_header_mode: 'SEND',
    response_header_mode: 'SEND',
    request_body_mode: 'FULL_DUPLEX_STREAMED',
    response_body_mode: 'FULL_DUPLEX_STREAMED',
    request_trailer_mode: 'SEND',
    response_trailer_mode: 'SEND',
  });
});

test('a destination that a client sends is removed before the router is asked', () => {
  const names = manager(bootstrap(), 'requests').http_filters.map((one: Any) => one.name);
  expect(names).toEqual(['envoy.filters.http.header_mutation', 'envoy.filters.http.ext_proc', 'envoy.filters.http.router']);
  expect(filter(bootstrap(), 'header_mutation').typed_config.mutations.request_mutations).toEqual([{ remove: DESTINATION_HEADER }]);
});

test('the destination is the address that the router names', () => {
  const destination = cluster(bootstrap(), 'destination');
  expect(destination).toMatchObject({ type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', connect_timeout: '10s' });
  expect(destination.original_dst_lb_config).toEqual({ use_http_header: true, http_header_name: 'x-gateway-destination-endpoint' });
});

test('a stream of tokens may last a day, a router may think for a quarter of an hour', () => {
  const [route] = manager(bootstrap(), 'requests').route_config.virtual_hosts[0].routes;
  expect(route.route).toMatchObject({ timeout: '86400s', idle_timeout: '86400s' });
  expect(filter(bootstrap(), 'ext_proc').typed_config).toMatchObject({ message_timeout: '1000s' });
});

test('the limits of Envoy are out of the way', () => {
  for (const name of ['destination', 'router']) {
    expect(cluster(bootstrap(), name).circuit_breakers.thresholds[0]).toMatchObject({
      max_connections: 40000,
      max_pending_requests: 40000,
      max_requests: 40000,
    });
  }
  expect(listener(bootstrap(), 'requests').per_connection_buffer_limit_bytes).toBe(32768);
});

test('the router is spoken to over TLS unless it serves without', () => {
  expect(cluster(bootstrap(), 'router').transport_socket.name).toBe('envoy.transport_sockets.tls');
  expect(cluster(bootstrap({ secureServing: false }), 'router')).not.toHaveProperty('transport_socket');
});

test('the router is spoken to over HTTP/2 on the loopback address', () => {
  const { load_assignment, typed_extension_protocol_options: options } = cluster(bootstrap(), 'router');
  const { address } = load_assignment.endpoints[0].lb_endpoints[0].endpoint;
  expect(address.socket_address).toEqual({ address: '127.0.0.1', port_value: 9002 });
  expect(options['envoy.extensions.upstreams.http.v3.HttpProtocolOptions'].explicit_http_config).toHaveProperty('http2_protocol_options');
});

test.each([true, false])('failing open is as asked: %s', (failOpen) => {
  expect(filter(bootstrap({ failOpen }), 'ext_proc').typed_config.failure_mode_allow).toBe(failOpen);
});

test('readiness has a port of its own', () => {
  expect(listener(bootstrap(), 'status').address.socket_address).toEqual({ address: '0.0.0.0', port_value: 19001 });
  expect(manager(bootstrap(), 'status').http_filters[0].typed_config).toMatchObject({
    pass_through_mode: false,
    headers: [{ name: ':path', string_match: { exact: '/ready' } }],
  });
});

test('each log line is one JSON object', () => {
  const [log] = manager(bootstrap(), 'requests').access_log;
  expect(log.typed_config.path).toBe('/dev/stdout');
  expect(log.typed_config.log_format.json_format).toMatchObject({ response_code: '%RESPONSE_CODE%', upstream_host: '%UPSTREAM_HOST%' });
});
