import type { EnvoyFacts, RouterFacts } from './types';

const RESOURCES = { requests: { cpu: '4', memory: '8Gi' }, limits: { memory: '16Gi' } };
const HEALTH = { ask: 'gRPC inference-extension', port: 9003, timeout: 1, failures: 3 } as const;

/** The router of the standalone chart v0.9.0 with the values that all guides share, for a release named after the guide. */
export function standaloneRouter(guide: string, namespace: string): RouterFacts {
  return {
    // Chart: one replica, recreated so that two never act at once; grace 130 s.
    replicas: 1,
    strategy: 'Recreate',
    graceSeconds: 130,
    automountToken: true,
    security: {},
    // Chart: the pods carry the mode of the chart and the selector label only.
    labels: { 'llm-d-router-gateway': `${guide}-epp`, 'llm-d.ai/igw-mode': 'llm-d-router-gateway' },
    containers: {
      epp: {
        image: 'ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.9.0',
        pull: 'Always',
        program: '',
        // Chart; `v` is of the shared values. The name of the configuration file is of no consequence, so only its folder is kept.
        args: [
          ['--pool-name', guide],
          ['--pool-namespace', namespace],
          ['--pool-group', 'inference.networking.k8s.io'],
          ['--zap-encoder', 'json'],
          ['--config-file', '/config'],
          ['--grpc-health-port', '9003'],
          ['--v', '2'],
          ['--tracing', 'false'],
        ],
        env: { NAMESPACE: 'field:metadata.namespace', POD_NAME: 'field:metadata.name' },
        ...RESOURCES,
        ports: { grpc: 9002, 'grpc-health': 9003, metrics: 9090 },
        probes: {
          liveness: { ...HEALTH, initialDelay: 5, period: 10 },
          readiness: { ...HEALTH, initialDelay: 0, period: 2 },
        },
        mounts: { '/config': 'configMap' },
        security: {},
        nativeSidecar: false,
      },
      // Standalone chart: Envoy as an ordinary container; arguments and resources are of the shared values.
      'envoy-proxy': {
        image: 'docker.io/envoyproxy/envoy:distroless-v1.33.2',
        pull: 'IfNotPresent',
        program: 'envoy',
        args: [
          ['--service-node', 'envoy-sidecar'],
          ['--log-level', 'warn'],
          ['--concurrency', '8'],
          ['--drain-strategy', 'immediate'],
          ['--drain-time-s', '60'],
          ['-c', '/etc/envoy/envoy.yaml'],
        ],
        env: { NS_NAME: 'field:metadata.namespace', POD_NAME: 'field:metadata.name' },
        ...RESOURCES,
        ports: { 'http-8081': 8081, 'metrics-19001': 19001 },
        probes: { readiness: { ask: 'GET /ready', port: 19001, initialDelay: 0, period: 5, timeout: 1, failures: 1 } },
        mounts: { '/etc/envoy': 'configMap' },
        security: {},
        nativeSidecar: false,
      },
    },
    // Chart, and the port that every guide adds.
    servicePorts: { 'grpc-ext-proc': '9002 -> 9002', 'http-metrics': '9090 -> 9090', http: '80 -> 8081' },
    // Charts: one Role for pods, one for what the pool refers to.
    permissions: {
      'core/pods': 'get,list,watch',
      'inference.networking.k8s.io/inferencepools': 'get,list,watch',
      'inference.networking.x-k8s.io/inferenceobjectives': 'get,list,watch',
      'inference.networking.x-k8s.io/inferencemodelrewrites': 'get,list,watch',
      'llm-d.ai/inferenceobjectives': 'get,list,watch',
      'llm-d.ai/inferencemodelrewrites': 'get,list,watch',
    },
  };
}

/** Kinds and counts of the standalone chart with its default proxy. */
export const STANDALONE_OBJECTS = {
  ConfigMap: 2,
  Deployment: 1,
  InferencePool: 1,
  Role: 2,
  RoleBinding: 2,
  Service: 1,
  ServiceAccount: 1,
};

/** Bootstrap of the chart v0.9.0. */
export const STANDALONE_ENVOY: EnvoyFacts = {
  listeners: '0.0.0.0:19001, 0.0.0.0:8081',
  admin: '127.0.0.1:19000',
  bodyMode: 'FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED',
  messageTimeout: '1000s',
  failOpen: true,
  routeTimeout: '86400s',
  idleTimeout: '86400s',
  destinationHeader: 'x-gateway-destination-endpoint',
  destinationConnections: 40000,
  connectionBufferBytes: 32768,
  pickerAddress: '127.0.0.1:9002',
  pickerTls: 'TLS, certificate not checked',
  pickerHealthCheck: 'gRPC every 10s',
  pickerConnectTimeout: '86400s',
  destinationConnectTimeout: '1000s',
  destinationOfClient: 'kept',
};

/** Pool of a guide: every guide lets requests pass when the router is down. */
export function pool(guide: string, ports: readonly number[]) {
  return {
    selector: { 'llm-d.ai/guide': guide },
    ports: ports.join(', '),
    appProtocol: 'http',
    failureMode: 'FailOpen',
    pickerPort: 9002,
  };
}
