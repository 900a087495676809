import type { Availability } from '../versions';

/** How a flag's value is written. */
export type FlagType = 'bool' | 'int' | 'string' | 'duration' | 'quantity' | 'int-list' | 'string-list';

/** A row of the flags. */
export interface FlagSpec extends Availability {
  /** Without dashes. */
  readonly name: string;
  readonly type: FlagType;
  /** As text on the command line; empty lists and text are `''`. */
  readonly default: string;
  readonly summary: string;
  /**
   * Why the router refuses to start when the flag is given.
   * @default - the flag may be given
   */
  readonly refused?: string;
}

const row = (name: string, type: FlagType, fallback: string, summary: string, rest: Partial<FlagSpec> = {}): FlagSpec => ({
  name,
  type,
  default: fallback,
  summary,
  ...rest,
});
const newIn10 = { since: 'v0.10.0' } as const;
const goneIn10 = { removedIn: 'v0.10.0' } as const;
const metricFlag = (name: string, fallback: string): FlagSpec =>
  row(name, 'string', fallback, 'name of a scraped metric', {
    refused: 'set the metric in engineConfigs of core-metrics-extractor instead',
  });

/** Every flag of the router. Source: llm-d-router v0.9.0 and v0.10.0, `pkg/epp/server/options.go`. */
export const flagCatalog: readonly FlagSpec[] = [
  row('grpc-port', 'int', '9002', 'port of the ext_proc service'),
  row('grpc-health-port', 'int', '9003', 'port of the health service'),
  row('metrics-port', 'int', '9090', 'port of metrics, profiles and plugin state'),
  row('metrics-endpoint-auth', 'bool', 'true', 'whether metrics need a token that may read them'),
  row('metrics-cert-dir', 'string', '', 'directory of the certificate of the metrics port', newIn10),
  row('metrics-client-ca-file', 'string', '', 'authority of the clients of the metrics port', newIn10),
  row('pool-name', 'string', '', 'name of the InferencePool'),
  row('pool-namespace', 'string', '', 'namespace of the InferencePool; empty for NAMESPACE of the environment'),
  row('pool-group', 'string', 'inference.networking.k8s.io', 'API group of the InferencePool'),
  row('endpoint-selector', 'string', '', 'label selector of the pods, without an InferencePool'),
  row('endpoint-target-ports', 'int-list', '', 'ports of the pods, without an InferencePool'),
  row('disable-endpoint-subset-filter', 'bool', 'false', 'whether the subset of the proxy is ignored'),
  row('emit-endpoint-scores', 'bool', 'false', 'whether the scores are told to the proxy', newIn10),
  row('refresh-metrics-interval', 'duration', '50ms', 'pause between scrapes, at least 50ms'),
  row('refresh-prometheus-metrics-interval', 'duration', '5s', 'pause between updates of the pool gauges'),
  row('metrics-staleness-threshold', 'duration', '2s', 'age from which scraped metrics are stale'),
  row('config-file', 'string', '', 'file of the EndpointPickerConfig'),
  row('config-text', 'string', '', 'text of the EndpointPickerConfig'),
  row('allow-experimental-plugins', 'bool', 'false', 'whether Alpha plugins may start', newIn10),
  row('ha-enable-leader-election', 'bool', 'false', 'whether only one replica serves'),
  row('drain-timeout', 'duration', '30s', 'how long requests are served after SIGTERM', newIn10),
  row('secure-serving', 'bool', 'true', 'whether ext_proc is served over TLS'),
  row('health-checking', 'bool', 'false', 'whether health is served on the ext_proc port too'),
  row('cert-path', 'string', '', 'directory of the certificate; empty for a self-signed one'),
  row('enable-cert-reload', 'bool', 'false', 'whether a changed certificate is reloaded'),
  row('tls-min-version', 'string', '', 'lowest TLS version, such as VersionTLS12', newIn10),
  row('tls-cipher-suites', 'string-list', '', 'cipher suites by their Go names', newIn10),
  row('grpc-max-recv-msg-size', 'quantity', '', 'largest received gRPC message'),
  row('grpc-max-send-msg-size', 'quantity', '', 'largest sent gRPC message'),
  row('enable-grpc-stream-metrics', 'bool', 'false', 'whether streams are counted'),
  row('enable-pprof', 'bool', 'true', 'whether profiles are served'),
  row('tracing', 'bool', 'true', 'whether traces are exported'),
  row('v', 'int', '2', 'log verbosity, 1 for warnings to 5 for traces'),
  row('zap-devel', 'bool', 'true', 'log defaults for development'),
  row('zap-encoder', 'string', '', 'log format, json or console'),
  row('zap-log-level', 'string', '', 'log level'),
  row('zap-stacktrace-level', 'string', '', 'level from which stack traces are logged'),
  row('zap-time-encoding', 'string', '', 'format of log times'),
  row('model-server-metrics-path', 'string', '/metrics', 'path of scraped metrics', goneIn10),
  row('model-server-metrics-port', 'int', '0', 'port of scraped metrics', goneIn10),
  row('model-server-metrics-scheme', 'string', 'http', 'scheme of scraped metrics', goneIn10),
  row(
    'model-server-metrics-https-insecure-skip-verify',
    'bool',
    'true',
    'whether certificates of scraped metrics are accepted unchecked',
    goneIn10,
  ),
  metricFlag('total-queued-requests-metric', 'vllm:num_requests_waiting'),
  metricFlag('total-running-requests-metric', 'vllm:num_requests_running'),
  metricFlag('kv-cache-usage-percentage-metric', 'vllm:kv_cache_usage_perc'),
  metricFlag('lora-info-metric', 'vllm:lora_requests_info'),
  metricFlag('cache-info-metric', 'vllm:cache_config_info'),
];
