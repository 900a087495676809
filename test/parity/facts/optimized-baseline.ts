import { ENGINE_MOUNTS, engineProbes, HF_TOKEN, labels, USER } from './engine';
import { pool, STANDALONE_ENVOY, STANDALONE_OBJECTS, standaloneRouter } from './router';
import type { GuideFacts } from './types';

const GUIDE = 'optimized-baseline';
const NAMESPACE = 'llm-d-optimized-baseline';
const LABELS = labels(GUIDE, 'decode', 'Qwen3-32B');

/** Guide optimized-baseline, model servers gpu/vllm/base: eight replicas, each on two GPUs. */
export const OPTIMIZED_BASELINE: GuideFacts = {
  namespace: NAMESPACE,
  // Model servers: Deployment and ServiceAccount; the rest is the router's.
  objects: { ...STANDALONE_OBJECTS, Deployment: 2, ServiceAccount: 2 },
  roles: {
    decode: {
      workload: 'Deployment',
      replicas: 8,
      size: 1,
      labels: LABELS,
      // The overlay writes its labels into the selector too.
      selector: LABELS,
      graceSeconds: 30,
      automountToken: false,
      security: {},
      containers: {
        modelserver: {
          image: 'vllm/vllm-openai:v0.23.0',
          pull: 'IfNotPresent',
          program: 'vllm serve Qwen/Qwen3-32B',
          args: [
            ['--disable-access-log-for-endpoints', '/health,/metrics,/v1/models'],
            ['--tensor-parallel-size', '2'],
          ],
          env: { ...HF_TOKEN, ...USER },
          requests: { cpu: '8', memory: '96Gi', 'nvidia.com/gpu': '2' },
          limits: { cpu: '16', memory: '128Gi', 'nvidia.com/gpu': '2' },
          ports: { modelserver: 8000 },
          probes: engineProbes(8000),
          mounts: ENGINE_MOUNTS,
          security: {},
          nativeSidecar: false,
        },
      },
    },
  },
  pool: pool(GUIDE, [8000]),
  picker: {
    plugins: { 'queue-scorer': {}, 'kv-cache-utilization-scorer': {}, 'prefix-cache-scorer': {}, 'no-hit-lru-scorer': {} },
    profiles: {
      default: { 'queue-scorer': 2, 'kv-cache-utilization-scorer': 2, 'prefix-cache-scorer': 3, 'no-hit-lru-scorer': 2 },
    },
  },
  router: standaloneRouter(GUIDE, NAMESPACE),
  envoy: STANDALONE_ENVOY,
};
