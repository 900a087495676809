import type { EnvVar } from '../manifests/pod';
import type { RoleSpec } from '../servers/role-spec';
import type { Engine } from '../values/engine';
import { BOOTSTRAP_PORT } from '../values/kv-transfer';
import { CACHE_MOUNT, type ModelPlan } from '../values/model-source';

/** Seconds for which a prefill worker keeps idle connections: longer than the sidecar's 90 s, so that it never meets a closed one. */
const KEEP_ALIVE_SECONDS = 120;

/** Later variables of the same name win; the order is that of first appearance. */
export function mergeEnv(...lists: readonly (readonly EnvVar[])[]): EnvVar[] {
  const merged = new Map<string, EnvVar>();
  for (const variable of lists.flat()) {
    merged.set(variable.name, variable);
  }
  return [...merged.values()];
}

/** Environment of an engine's container: model, engine, transfer, device, provider, network, then the user's. */
export function engineEnv(spec: RoleSpec): EnvVar[] {
  const { accelerator, cluster, grant } = spec;
  return mergeEnv(
    spec.kvCache.eventsPort === undefined ? [] : [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    modelEnv(spec.model, spec.engine),
    homeEnv(spec),
    addressEnv(spec),
    nameEnv(spec),
    transferEnv(spec),
    accelerator.env,
    cluster.engineEnvFor(accelerator),
    grant.env,
    spec.wide === undefined ? [] : wideEpEnv(spec),
    spec.userEnv,
  );
}

function modelEnv(model: ModelPlan, engine: Engine): EnvVar[] {
  const { token } = model;
  return [
    ...(token === undefined ? [] : [{ name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: token.secretName, key: token.key } } }]),
    // The simulator has no weights, so nothing is mounted for it.
    ...(engine.kind === 'simulator' ? [] : model.env),
  ];
}

/** What the hub's library keeps besides weights goes to the scratch volume, whatever home the user has; wide groups are root at home. */
function homeEnv({ engine, model, topology }: RoleSpec): EnvVar[] {
  const homeless = engine.kind !== 'simulator' && model.kind === 'huggingFace' && topology !== 'wide-ep';
  return homeless ? [{ name: 'HF_HOME', value: `${CACHE_MOUNT}/huggingface` }] : [];
}

/** Nodes of a replica reach one another at this address; the engine's own choice may be an interface that other pods cannot reach. */
function addressEnv({ engine, launch }: RoleSpec): EnvVar[] {
  const spans = engine.kind === 'vllm' && (launch === 'pipeline-nodes' || launch === 'data-nodes');
  return spans ? [{ name: 'VLLM_HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] : [];
}

/** PyTorch asks for the user's name, which a user id without an entry in the image's passwd file does not have. */
function nameEnv({ engine, accelerator, topology }: RoleSpec): EnvVar[] {
  const nameless = engine.kind === 'vllm' && topology !== 'wide-ep' && ['nvidia', 'cpu', 'intel'].includes(accelerator.vendor);
  return nameless ? [{ name: 'USER', value: 'llm-d' }] : [];
}

function transferEnv({ engine, transfer, side, network }: RoleSpec): EnvVar[] {
  if (transfer === undefined || engine.kind === 'simulator') {
    return [];
  }
  if (engine.kind === 'sglang') {
    // SGLang takes one backend, by environment only.
    const [backend] = transfer.nixlBackends(network) ?? [];
    return backend === undefined ? [] : [{ name: 'SGLANG_DISAGGREGATION_NIXL_BACKEND', value: backend }];
  }
  return [
    // Decode is told this address; the engine's own choice may be one that other pods cannot reach.
    ...(transfer.kind === 'nixl' ? [{ name: 'VLLM_NIXL_SIDE_CHANNEL_HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] : []),
    ...(transfer.kind === 'mooncake' && side === 'prefill'
      ? [{ name: 'VLLM_MOONCAKE_BOOTSTRAP_PORT', value: String(BOOTSTRAP_PORT) }]
      : []),
    ...(side === 'prefill' ? [{ name: 'VLLM_HTTP_TIMEOUT_KEEP_ALIVE', value: String(KEEP_ALIVE_SECONDS) }] : []),
  ];
}

/** Interface over which the ranks of a group find one another. */
const POD_INTERFACE = 'eth0';

/** What DeepEP, NVSHMEM and the collectives need. Source: the wide-EP guide. */
function wideEpEnv({ side, wide }: RoleSpec): EnvVar[] {
  const cache = '/var/cache/vllm';
  const values: Record<string, string> = {
    NVIDIA_GDRCOPY: 'enabled',
    NVSHMEM_REMOTE_TRANSPORT: 'ibgda',
    NVSHMEM_IB_ENABLE_IBGDA: 'true',
    NVSHMEM_BOOTSTRAP_UID_SOCK_IFNAME: POD_INTERFACE,
    GLOO_SOCKET_IFNAME: POD_INTERFACE,
    NCCL_SOCKET_IFNAME: POD_INTERFACE,
    VLLM_LOGGING_LEVEL: 'INFO',
    VLLM_SKIP_P2P_CHECK: '1',
    VLLM_RANDOMIZE_DP_DUMMY_INPUTS: '1',
    VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS: '1',
    ...(side === 'prefill' ? { VLLM_ENGINE_READY_TIMEOUT_S: '3000' } : {}),
    ...(side !== 'prefill' && wide?.moeBackend?.startsWith('deep_gemm') ? { VLLM_USE_DEEP_GEMM: '1' } : {}),
    ...(side !== 'prefill' ? { NVSHMEM_SYMMETRIC_SIZE: '16G' } : {}),
    TRITON_LIBCUDA_PATH: '/usr/lib64',
    VLLM_CACHE_ROOT: `${cache}/vllm`,
    CCACHE_DIR: `${cache}/ccache`,
    CUDA_CACHE_PATH: `${cache}/cuda`,
    FLASHINFER_WORKSPACE_BASE: `${cache}/flashinfer`,
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}
