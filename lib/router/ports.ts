/** Ports of the router pod; upstream's numbers and names, which its gateways and dashboards expect. */
export const ROUTER_PORTS = Object.freeze({
  /** ext_proc over gRPC: what an InferencePool names. */
  extProc: 9002,
  /** gRPC health service for the kubelet, without TLS. */
  health: 9003,
  /** Prometheus metrics. */
  metrics: 9090,
});

/** Ports of the Envoy beside the router. */
export const ENVOY_PORTS = Object.freeze({
  /** Requests of clients. */
  http: 8081,
  /** Port of the Service that leads to `http`. */
  service: 80,
  /** `/ready` and `/stats/prometheus`. */
  status: 19_001,
  /** Envoy's administration, on the loopback address only. */
  admin: 19_000,
});
