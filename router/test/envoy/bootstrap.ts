/** What differs from test to test. */
export interface BootstrapOptions {
  readonly listenPort: number;
  readonly adminPort: number;
  readonly eppPort: number;
  /** Whether requests go on without the router when it does not answer. Then they need a destination of their own. */
  readonly failOpen: boolean;
  /** Where requests go that the router did not see (fail-open). */
  readonly fallbackPort: number;
}

const DESTINATION = 'x-gateway-destination-endpoint';
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const filters = 'type.googleapis.com/envoy.extensions.filters';

const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });
const cluster = (name: string, port: number, more: object = {}) => ({
  name,
  type: 'STATIC',
  connect_timeout: '1s',
  load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }] },
  ...more,
});

/**
 * Envoy in front of the router, with the processing modes, windows and buffer limits of llm-d's standalone proxy: plaintext gRPC to the
 * router, the picked address by header, else a fixed server.
 */
export function bootstrap({ listenPort, adminPort, eppPort, failOpen, fallbackPort }: BootstrapOptions): object {
  const extProc = {
    name: 'envoy.filters.http.ext_proc',
    typed_config: {
      '@type': `${filters}.http.ext_proc.v3.ExternalProcessor`,
      failure_mode_allow: failOpen,
      grpc_service: { envoy_grpc: { cluster_name: 'epp', authority: 'epp' }, timeout: '10s' },
      processing_mode: {
        request_header_mode: 'SEND',
        response_header_mode: 'SEND',
        request_body_mode: 'FULL_DUPLEX_STREAMED',
        response_body_mode: 'FULL_DUPLEX_STREAMED',
        request_trailer_mode: 'SEND',
        response_trailer_mode: 'SEND',
      },
      message_timeout: '10s',
    },
  };
  const picked = {
    match: { prefix: '/', headers: [{ name: DESTINATION, present_match: true }] },
    route: { cluster: 'picked', timeout: '60s' },
  };
  const fallback = { match: { prefix: '/' }, route: { cluster: 'fallback', timeout: '60s' } };
  const manager = {
    '@type': `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'http',
    codec_type: 'AUTO',
    route_config: { name: 'routes', virtual_hosts: [{ name: 'all', domains: ['*'], routes: [picked, fallback] }] },
    http_filters: [
      extProc,
      { name: 'router', typed_config: { '@type': `${filters}.http.router.v3.Router`, suppress_envoy_headers: true } },
    ],
  };
  const http2 = {
    [HTTP_OPTIONS]: {
      '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
      explicit_http_config: { http2_protocol_options: { initial_stream_window_size: 65536, initial_connection_window_size: 1048576 } },
    },
  };
  const health = {
    timeout: '2s',
    interval: '1s',
    unhealthy_threshold: 3,
    healthy_threshold: 1,
    reuse_connection: true,
    grpc_health_check: {},
  };
  return {
    admin: { address: address(adminPort) },
    static_resources: {
      listeners: [
        {
          name: 'http',
          address: address(listenPort),
          per_connection_buffer_limit_bytes: 32768,
          filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
        },
      ],
      clusters: [
        cluster('epp', eppPort, { typed_extension_protocol_options: http2, health_checks: [health] }),
        cluster('fallback', fallbackPort),
        {
          name: 'picked',
          type: 'ORIGINAL_DST',
          lb_policy: 'CLUSTER_PROVIDED',
          connect_timeout: '1s',
          original_dst_lb_config: { use_http_header: true, http_header_name: DESTINATION },
        },
      ],
    },
  };
}
