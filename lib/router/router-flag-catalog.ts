/** A flag of the router that a user may set. */
export interface RouterFlag {
  readonly kind: 'boolean' | 'duration' | 'text';
  /**
   * First router version that knows it.
   * @default - every version
   */
  readonly since?: string;
  /**
   * First router version that no longer knows it.
   * @default - still known
   */
  readonly removedIn?: string;
}

/** Flags that a user may set, as upstream's v0.9.0 and v0.10.0 register them. */
export const ROUTER_FLAGS: Readonly<Record<string, RouterFlag>> = {
  'cert-path': { kind: 'text' },
  'disable-endpoint-subset-filter': { kind: 'boolean' },
  'drain-timeout': { kind: 'duration', since: 'v0.10.0' },
  'emit-endpoint-scores': { kind: 'boolean', since: 'v0.10.0' },
  'enable-cert-reload': { kind: 'boolean' },
  'enable-grpc-stream-metrics': { kind: 'boolean' },
  'enable-pprof': { kind: 'boolean' },
  'grpc-max-recv-msg-size': { kind: 'text' },
  'grpc-max-send-msg-size': { kind: 'text' },
  'health-checking': { kind: 'boolean' },
  'metrics-cert-dir': { kind: 'text', since: 'v0.10.0' },
  'metrics-client-ca-file': { kind: 'text', since: 'v0.10.0' },
  'metrics-staleness-threshold': { kind: 'duration' },
  'model-server-metrics-https-insecure-skip-verify': { kind: 'boolean', removedIn: 'v0.10.0' },
  'model-server-metrics-path': { kind: 'text', removedIn: 'v0.10.0' },
  'model-server-metrics-port': { kind: 'text', removedIn: 'v0.10.0' },
  'model-server-metrics-scheme': { kind: 'text', removedIn: 'v0.10.0' },
  'refresh-metrics-interval': { kind: 'duration' },
  'refresh-prometheus-metrics-interval': { kind: 'duration' },
  'tls-cipher-suites': { kind: 'text', since: 'v0.10.0' },
  'tls-min-version': { kind: 'text', since: 'v0.10.0' },
  'zap-devel': { kind: 'boolean' },
  'zap-log-level': { kind: 'text' },
  'zap-stacktrace-level': { kind: 'text' },
  'zap-time-encoding': { kind: 'text' },
};

/** Flags that this library sets, and what to change instead. */
export const MANAGED_FLAGS: Readonly<Record<string, string>> = {
  'allow-experimental-plugins': 'it follows from `strategy`',
  'config-file': 'set `strategy`',
  'config-text': 'set `strategy`',
  'endpoint-selector': 'it follows from `servers` and `mode`',
  'endpoint-target-ports': 'they follow from `servers` and `mode`',
  'grpc-health-port': 'the ports of the router are fixed, remove it',
  'grpc-port': 'the ports of the router are fixed, remove it',
  'ha-enable-leader-election': 'set `leaderElection`',
  'metrics-endpoint-auth': 'set `metricsAuth`',
  'metrics-port': 'the ports of the router are fixed, remove it',
  'pool-group': 'it follows from `servers` and `mode`',
  'pool-name': 'it follows from `servers` and `mode`',
  'pool-namespace': 'it follows from `servers` and `mode`',
  'secure-serving': 'set `secureServing`',
  'tracing': 'set `tracing`',
  'v': 'set `logLevel`',
  'zap-encoder': 'logs are always JSON, remove it',
};
