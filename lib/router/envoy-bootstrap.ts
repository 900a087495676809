import { ENVOY_PORTS, ROUTER_PORTS } from './ports';

/** Header in which the router names the pod that gets a request. */
export const DESTINATION_HEADER = 'x-gateway-destination-endpoint';

/** What differs between one Envoy and another. */
export interface EnvoyBootstrapOptions {
  /** True when the router serves ext_proc over TLS. */
  readonly secureServing: boolean;
  /** True lets a request go on when the router cannot be asked. */
  readonly failOpen: boolean;
}

/** A bootstrap of Envoy: the parts that we write, open for all else. */
export interface EnvoyBootstrap {
  readonly admin: Readonly<Record<string, unknown>>;
  readonly static_resources: {
    readonly listeners: readonly EnvoyListener[];
    readonly clusters: readonly EnvoyCluster[];
  };
}

/** One listener of a bootstrap. */
export interface EnvoyListener {
  readonly name: string;
  readonly address: EnvoyAddress;
  readonly [key: string]: unknown;
}

/** One cluster of a bootstrap. */
export interface EnvoyCluster {
  readonly name: string;
  readonly type: 'STATIC' | 'ORIGINAL_DST';
  readonly [key: string]: unknown;
}

/** An address as Envoy writes it. */
export interface EnvoyAddress {
  readonly socket_address: { readonly address: string; readonly port_value: number };
}

const TYPES = 'type.googleapis.com/envoy';
const LOOPBACK = '127.0.0.1';
const ANY = '0.0.0.0';
/** A stream of tokens may last this long; upstream's limit of a day. */
const STREAM_TIMEOUT = '86400s';
/** Admission control is the router's task, so Envoy's own limits are out of the way (upstream's number). */
const UNLIMITED = 40_000;

/**
 * The configuration of an Envoy that asks the router beside it for every request and then connects to the pod that it names.
 *
 * Values are upstream's, except: a destination that a client sends is removed before the router is asked; connections are given up
 * after seconds, not after a day; the router is not health-checked (it answers on its own port 9003 only).
 */
export function envoyBootstrap(options: EnvoyBootstrapOptions): EnvoyBootstrap {
  return {
    admin: { address: address(LOOPBACK, ENVOY_PORTS.admin) },
    static_resources: {
      listeners: [statusListener(), requestListener(options)],
      clusters: [adminCluster(), destinationCluster(), routerCluster(options)],
    },
  };
}

function address(host: string, port: number): EnvoyAddress {
  return { socket_address: { address: host, port_value: port } };
}

function typed(name: string, type: string, fields: object = {}): object {
  return { name, typed_config: { '@type': `${TYPES}.${type}`, ...fields } };
}

function routerFilter(fields: object = {}): object {
  return typed('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router', fields);
}

function httpManager(statPrefix: string, fields: object): object {
  return typed(
    'envoy.filters.network.http_connection_manager',
    'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    { stat_prefix: statPrefix, ...fields },
  );
}

/** Readiness and metrics of Envoy itself, on a port of their own so that the administration stays on the loopback address. */
function statusListener(): EnvoyListener {
  const routes = [{ match: { prefix: '/stats/prometheus' }, route: { cluster: 'admin' } }];
  const ready = typed('envoy.filters.http.health_check', 'extensions.filters.http.health_check.v3.HealthCheck', {
    pass_through_mode: false,
    headers: [{ name: ':path', string_match: { exact: '/ready' } }],
  });
  return {
    name: 'status',
    address: address(ANY, ENVOY_PORTS.status),
    filter_chains: [
      {
        filters: [
          httpManager('status', {
            route_config: { name: 'status', virtual_hosts: [{ name: 'status', domains: ['*'], routes }] },
            http_filters: [ready, routerFilter()],
          }),
        ],
      },
    ],
  };
}

function requestListener(options: EnvoyBootstrapOptions): EnvoyListener {
  const route = {
    match: { prefix: '/' },
    route: {
      cluster: 'destination',
      timeout: STREAM_TIMEOUT,
      idle_timeout: STREAM_TIMEOUT,
      upgrade_configs: [{ upgrade_type: 'websocket' }],
    },
  };
  return {
    name: 'requests',
    address: address(ANY, ENVOY_PORTS.http),
    // Per connection, and thousands are open: prompts flow through instead of being held.
    per_connection_buffer_limit_bytes: 32_768,
    filter_chains: [
      {
        filters: [
          httpManager(`http-${ENVOY_PORTS.http}`, {
            route_config: { name: 'requests', virtual_hosts: [{ name: 'requests', domains: ['*'], routes: [route] }] },
            http_filters: [dropDestination(), externalProcessor(options), routerFilter({ suppress_envoy_headers: true })],
            http2_protocol_options: { max_concurrent_streams: 100, ...windows() },
            use_remote_address: true,
            normalize_path: true,
            merge_slashes: true,
            path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT',
            server_header_transformation: 'PASS_THROUGH',
            common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
            access_log: [accessLog()],
          }),
        ],
      },
    ],
  };
}

function windows(): object {
  return { initial_stream_window_size: 65_536, initial_connection_window_size: 1_048_576 };
}

/** Whoever could choose the destination could reach every address that this pod reaches; only the router may. */
function dropDestination(): object {
  return typed('envoy.filters.http.header_mutation', 'extensions.filters.http.header_mutation.v3.HeaderMutation', {
    mutations: { request_mutations: [{ remove: DESTINATION_HEADER }] },
  });
}

function externalProcessor(options: EnvoyBootstrapOptions): object {
  return typed('envoy.filters.http.ext_proc', 'extensions.filters.http.ext_proc.v3.ExternalProcessor', {
    failure_mode_allow: options.failOpen,
    grpc_service: { envoy_grpc: { cluster_name: 'router', authority: `localhost:${ROUTER_PORTS.extProc}` }, timeout: '10s' },
    processing_mode: {
      request_header_mode: 'SEND',
      response_header_mode: 'SEND',
      request_body_mode: 'FULL_DUPLEX_STREAMED',
      response_body_mode: 'FULL_DUPLEX_STREAMED',
      request_trailer_mode: 'SEND',
      response_trailer_mode: 'SEND',
    },
    // Flow control may hold a request for minutes before it answers.
    message_timeout: '1000s',
  });
}

function accessLog(): object {
  return typed('envoy.access_loggers.file', 'extensions.access_loggers.file.v3.FileAccessLog', {
    path: '/dev/stdout',
    log_format: {
      json_format: {
        start_time: '%START_TIME%',
        request_id: '%REQ(X-REQUEST-ID)%',
        method: '%REQ(:METHOD)%',
        path: '%REQ(:PATH)%',
        response_code: '%RESPONSE_CODE%',
        response_flags: '%RESPONSE_FLAGS%',
        response_code_details: '%RESPONSE_CODE_DETAILS%',
        bytes_received: '%BYTES_RECEIVED%',
        bytes_sent: '%BYTES_SENT%',
        duration_ms: '%DURATION%',
        upstream_host: '%UPSTREAM_HOST%',
      },
    },
  });
}

function staticCluster(name: string, port: number, connectTimeout: string): EnvoyCluster {
  return {
    name,
    type: 'STATIC',
    connect_timeout: connectTimeout,
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(LOOPBACK, port) } }] }] },
  };
}

function adminCluster(): EnvoyCluster {
  return staticCluster('admin', ENVOY_PORTS.admin, '0.250s');
}

function thresholds(more: object = {}): object {
  return { thresholds: [{ max_connections: UNLIMITED, max_pending_requests: UNLIMITED, max_requests: UNLIMITED, ...more }] };
}

function destinationCluster(): EnvoyCluster {
  return {
    name: 'destination',
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    // A pod that is gone does not answer: the client should know within seconds, not after upstream's 1000.
    connect_timeout: '10s',
    circuit_breakers: thresholds(),
    original_dst_lb_config: { use_http_header: true, http_header_name: DESTINATION_HEADER },
  };
}

function routerCluster(options: EnvoyBootstrapOptions): EnvoyCluster {
  return {
    ...staticCluster('router', ROUTER_PORTS.extProc, '5s'),
    circuit_breakers: thresholds({ max_retries: 1024 }),
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': `${TYPES}.extensions.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: { http2_protocol_options: windows() },
      },
    },
    ...(options.secureServing ? { transport_socket: encryptedOnly() } : {}),
  };
}

/** The router makes its certificate at start and is reached over the loopback address, so there is nobody to verify it against. */
function encryptedOnly(): object {
  return typed('envoy.transport_sockets.tls', 'extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
    common_tls_context: { validation_context: {} },
  });
}
