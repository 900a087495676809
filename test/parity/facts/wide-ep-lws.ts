import { HF_TOKEN, labels, portRange, routingProxy } from './engine';
import { pool, STANDALONE_ENVOY, STANDALONE_OBJECTS, standaloneRouter } from './router';
import type { Arguments, ContainerFacts, GuideFacts, ProbeFacts } from './types';

const GUIDE = 'wide-ep-lws';
const NAMESPACE = 'llm-d-wide-ep';
const MODEL = 'DeepSeek-R1-0528';
const RANKS = 8;

/** The DP supervisor answers for all ranks of a pod. */
function supervisorProbes(port: number): Record<'startup' | 'liveness' | 'readiness', ProbeFacts> {
  return {
    startup: { ask: 'GET /health', port, initialDelay: 0, period: 1, timeout: 5, failures: 2700 },
    liveness: { ask: 'GET /health', port, initialDelay: 0, period: 30, timeout: 5, failures: 3 },
    readiness: { ask: 'GET /readyz', port, initialDelay: 0, period: 10, timeout: 5, failures: 3 },
  };
}

/** Both roles; `$` expressions are of the start script and the environment that LeaderWorkerSet gives. */
function commonArgs(port: number, supervisor: number): Arguments {
  return [
    ['--port', String(port)],
    ['--disable-access-log-for-endpoints', '/health,/metrics'],
    ['--data-parallel-multi-port-external-lb'],
    ['--data-parallel-supervisor-port', String(supervisor)],
    ['--enable-expert-parallel'],
    ['--tensor-parallel-size', '$TP_SIZE'],
    ['--data-parallel-size', '$((LWS_GROUP_SIZE * DP_SIZE_LOCAL))'],
    ['--data-parallel-size-local', '$DP_SIZE_LOCAL'],
    ['--data-parallel-address', '$LWS_LEADER_ADDRESS'],
    ['--data-parallel-rpc-port', '5555'],
    ['--data-parallel-start-rank', '$((LWS_WORKER_INDEX * DP_SIZE_LOCAL))'],
    ['--kv-transfer-config', '{"kv_connector":"NixlConnector","kv_load_failure_policy":"fail","kv_role":"kv_both"}'],
    ['--moe-backend', 'deep_gemm'],
  ];
}

const COMMON_ENV = {
  ...HF_TOKEN,
  DP_SIZE_LOCAL: '8',
  TP_SIZE: '1',
  TRITON_LIBCUDA_PATH: '/usr/lib64',
  VLLM_SKIP_P2P_CHECK: '1',
  VLLM_RANDOMIZE_DP_DUMMY_INPUTS: '1',
  VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS: '1',
  NVIDIA_GDRCOPY: 'enabled',
  NVSHMEM_REMOTE_TRANSPORT: 'ibgda',
  NVSHMEM_IB_ENABLE_IBGDA: 'true',
  NVSHMEM_BOOTSTRAP_UID_SOCK_IFNAME: 'eth0',
  GLOO_SOCKET_IFNAME: 'eth0',
  NCCL_SOCKET_IFNAME: 'eth0',
  VLLM_LOGGING_LEVEL: 'INFO',
  VLLM_NIXL_SIDE_CHANNEL_HOST: 'field:status.podIP',
  CUDA_CACHE_PATH: '/var/cache/vllm/cuda',
  CCACHE_DIR: '/var/cache/vllm/ccache',
  VLLM_CACHE_ROOT: '/var/cache/vllm/vllm',
  FLASHINFER_WORKSPACE_BASE: '/var/cache/vllm/flashinfer',
  HF_HUB_CACHE: '/var/cache/huggingface',
};

function engine(own: Pick<ContainerFacts, 'image' | 'args' | 'env' | 'ports' | 'probes'>): ContainerFacts {
  const resources = { memory: '512Gi', 'ephemeral-storage': '1Ti', 'nvidia.com/gpu': '8' };
  return {
    ...own,
    pull: 'Always',
    program: 'vllm serve deepseek-ai/DeepSeek-R1-0528',
    requests: { cpu: '32', ...resources },
    limits: resources,
    mounts: { '/dev/shm': 'emptyDir Memory 2Gi', '/var/cache/huggingface': 'emptyDir', '/var/cache/vllm': 'emptyDir' },
    security: { 'capabilities.add': 'IPC_LOCK,SYS_RAWIO', runAsGroup: '0', runAsUser: '0' },
    nativeSidecar: false,
  };
}

// The guide's own ServiceAccount does not switch the token off.
const pod = {
  workload: 'LeaderWorkerSet',
  replicas: 1,
  size: 2,
  selector: {},
  graceSeconds: 30,
  automountToken: true,
  security: {},
} as const;
const podLabels = (role: string) => ({ ...labels(GUIDE, role, MODEL), 'llm-d.ai/inference-serving': 'true' });

/** Guide wide-ep-lws, model servers gpu/vllm/base: two pods of eight GPUs for prefill and two for decode. */
export const WIDE_EP_LWS: GuideFacts = {
  namespace: NAMESPACE,
  objects: { ...STANDALONE_OBJECTS, LeaderWorkerSet: 2, ServiceAccount: 2 },
  roles: {
    prefill: {
      ...pod,
      labels: podLabels('prefill'),
      containers: {
        modelserver: engine({
          image: 'ghcr.io/llm-d/llm-d-cuda:v0.8.0',
          args: [...commonArgs(8000, 8008), ['--gpu-memory-utilization', '0.8'], ['--all2all-backend', 'deepep_high_throughput']],
          env: { ...COMMON_ENV, VLLM_ENGINE_READY_TIMEOUT_S: '3000', VLLM_HTTP_TIMEOUT_KEEP_ALIVE: '120' },
          ports: { ...portRange('rank', 8000, RANKS), supervisor: 8008 },
          probes: supervisorProbes(8008),
        }),
      },
    },
    decode: {
      ...pod,
      labels: podLabels('decode'),
      containers: {
        modelserver: engine({
          // A build of a branch, although prefill runs a release (defect 8 of the guides).
          image: 'ghcr.io/llm-d/llm-d-cuda-dev:sha-a1bcf21',
          args: [
            ...commonArgs(8200, 8208),
            ['--enable-dbo'],
            ['--dbo-decode-token-threshold', '32'],
            ['--all2all-backend', 'deepep_low_latency'],
            ['--max-num-batched-tokens', '$MAX_TOKENS'],
            ['--max-num-seqs', '$MAX_TOKENS'],
          ],
          env: { ...COMMON_ENV, MAX_TOKENS: '256', NVSHMEM_SYMMETRIC_SIZE: '16G', VLLM_USE_DEEP_GEMM: '1' },
          ports: { ...portRange('vllm-rank', 8200, RANKS), supervisor: 8208 },
          probes: supervisorProbes(8208),
        }),
        'routing-proxy': routingProxy(
          [['--data-parallel-size', String(RANKS)], ['--enable-prefiller-sampling']],
          portRange('rank', 8000, RANKS),
        ),
      },
    },
  },
  pool: pool(
    GUIDE,
    Array.from({ length: RANKS }, (_, rank) => 8000 + rank),
  ),
  picker: {
    plugins: {
      'disagg-headers-handler': {},
      'always-disagg-pd-decider': {},
      'disagg-profile-handler': { deciderPluginName: 'always-disagg-pd-decider' },
      'prefill-filter': {},
      'decode-filter': {},
      'prefix-cache-scorer': {},
      'queue-scorer': {},
      'active-request-scorer': {},
    },
    profiles: {
      prefill: { 'prefill-filter': 1, 'prefix-cache-scorer': 3, 'queue-scorer': 2, 'active-request-scorer': 2 },
      decode: { 'decode-filter': 1, 'active-request-scorer': 1 },
    },
  },
  router: standaloneRouter(GUIDE, NAMESPACE),
  envoy: STANDALONE_ENVOY,
};
