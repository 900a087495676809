import { ENGINE_MOUNTS, engineProbes, HF_TOKEN, labels, routingProxy, USER } from './engine';
import { pool, STANDALONE_ENVOY, STANDALONE_OBJECTS, standaloneRouter } from './router';
import type { ContainerFacts, GuideFacts } from './types';

const GUIDE = 'pd-disaggregation';
const NAMESPACE = 'llm-d-pd-disaggregation';
const MODEL = 'gpt-oss-120b';

interface Share {
  readonly gpus: number;
  readonly cpu: string;
  readonly memory: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly lastArgs: ContainerFacts['args'];
}

function engine({ gpus, cpu, memory, port, env, lastArgs }: Share): ContainerFacts {
  const resources = { cpu, memory, 'nvidia.com/gpu': String(gpus) };
  return {
    image: 'vllm/vllm-openai:v0.23.0',
    pull: 'IfNotPresent',
    program: 'vllm serve openai/gpt-oss-120b',
    args: [
      ['--disable-access-log-for-endpoints', '/health,/metrics,/v1/models'],
      ['--tensor-parallel-size', String(gpus)],
      ['--block-size', '128'],
      ['--kv-transfer-config', '{"kv_connector":"NixlConnector","kv_role":"kv_both"}'],
      ['--no-disable-hybrid-kv-cache-manager'],
      ...lastArgs,
    ],
    env: { ...HF_TOKEN, ...USER, VLLM_NIXL_SIDE_CHANNEL_HOST: 'field:status.podIP', ...env },
    requests: resources,
    limits: resources,
    ports: { modelserver: port, nixl: 5600 },
    probes: engineProbes(port),
    mounts: ENGINE_MOUNTS,
    security: {},
    nativeSidecar: false,
  };
}

const pod = { workload: 'Deployment', size: 1, graceSeconds: 30, automountToken: false, security: {} } as const;

/** Guide pd-disaggregation, model servers gpu/vllm/base: eight prefill workers on one GPU each, two decode workers on four. */
export const PD_DISAGGREGATION: GuideFacts = {
  namespace: NAMESPACE,
  objects: { ...STANDALONE_OBJECTS, Deployment: 3, ServiceAccount: 2 },
  roles: {
    prefill: {
      ...pod,
      replicas: 8,
      labels: labels(GUIDE, 'prefill', MODEL),
      selector: labels(GUIDE, 'prefill', MODEL),
      containers: {
        // Shared memory of 20Gi counts against the limit of 16Gi (defect 14 of the guides).
        modelserver: engine({
          gpus: 1,
          cpu: '8',
          memory: '16Gi',
          port: 8000,
          env: { VLLM_HTTP_TIMEOUT_KEEP_ALIVE: '120' },
          lastArgs: [],
        }),
      },
    },
    decode: {
      ...pod,
      replicas: 2,
      labels: labels(GUIDE, 'decode', MODEL),
      selector: labels(GUIDE, 'decode', MODEL),
      containers: {
        modelserver: engine({ gpus: 4, cpu: '16', memory: '64Gi', port: 8200, env: {}, lastArgs: [['--port', '8200']] }),
        'routing-proxy': routingProxy([], { sidecar: 8000 }),
      },
    },
  },
  pool: pool(GUIDE, [8000]),
  picker: {
    plugins: {
      'disagg-headers-handler': {},
      'always-disagg-pd-decider': {},
      'disagg-profile-handler': { deciderPluginName: 'always-disagg-pd-decider' },
      'prefill-filter': {},
      'decode-filter': {},
      'prefix-cache-scorer': {},
      'queue-scorer': {},
      'kv-cache-utilization-scorer': {},
      'active-request-scorer': {},
    },
    profiles: {
      prefill: { 'prefill-filter': 1, 'prefix-cache-scorer': 3, 'queue-scorer': 2, 'kv-cache-utilization-scorer': 2 },
      decode: { 'decode-filter': 1, 'active-request-scorer': 2, 'prefix-cache-scorer': 3 },
    },
  },
  router: standaloneRouter(GUIDE, NAMESPACE),
  envoy: STANDALONE_ENVOY,
};
