import type { EnvVar, Toleration } from '../manifests/pod';
import { ensure } from '../validation/error';
import type { ClusterProfile, RdmaOffer } from './cluster-profile';
import { claimedNics } from './rdma';

const NETWORKS = 'networking.gke.io.networks';
const PRODUCT = 'cloud.google.com/gke-accelerator';
const taint = (key: string): Toleration => ({ key, operator: 'Exists', effect: 'NoSchedule' });

// GKE lets a pod reach NICs on either side of a RoCE rail (llm-d guide pd-disaggregation, gke overlay).
const REACHABILITY: EnvVar = { name: 'UCX_IB_ROCE_REACHABILITY_MODE', value: 'all' };
// As guide wide-ep-lws, gke overlay, whose spelling of the name NVSHMEM does not read.
const WITHOUT_GDRCOPY: EnvVar = { name: 'NVSHMEM_DISABLE_GDRCOPY', value: 'true' };

/**
 * RDMA NICs of A3 Ultra, A4 and A4X nodes. Claimed accelerators get one NIC each from DRANET. Without claims a pod takes the node's
 * networks rdma-0, rdma-1, … whole, one an accelerator, so it must take the accelerators whole as well.
 */
const rdmaNetworks: RdmaOffer = (request, network) => {
  const { accelerator, acceleratorsPerPod, deviceInitiated = false } = request;
  const env = deviceInitiated ? [REACHABILITY, WITHOUT_GDRCOPY] : [REACHABILITY];
  if (accelerator.dra !== undefined) {
    return { ...claimedNics('mrdma.google.com')(request, network), env, privileged: deviceInitiated };
  }
  const all = accelerator.perNode;
  ensure(acceleratorsPerPod === all, 'LLMD805', { given: acceleratorsPerPod, all });
  const count = network.count ?? all;
  ensure(count === all, 'LLMD803', { count, resource: NETWORKS, allowed: `all ${all} of the node` });
  const nics = Array.from({ length: all }, (_, index) => index);
  const interfaces = [
    { interfaceName: 'eth0', network: 'default' },
    // eth1 is the second interface of the host.
    ...nics.map((index) => ({ interfaceName: `eth${index + 2}`, network: `rdma-${index}` })),
  ];
  return {
    // The annotation attaches the networks; "0" is what the guide writes beside it (wide-ep-lws, gke overlay).
    resources: Object.fromEntries(nics.map((index) => [`${NETWORKS}/rdma-${index}`, '0'])),
    annotations: {
      'networking.gke.io/default-interface': 'eth0',
      'networking.gke.io/interfaces': JSON.stringify(interfaces),
    },
    env: deviceInitiated ? [...env, adapterPairs(nics)] : env,
    // The GPU writes to the doorbells of the NIC, which only a privileged container may map here.
    privileged: deviceInitiated,
  };
};

/** DeepEP's pairs of GPU and adapter. */
function adapterPairs(nics: readonly number[]): EnvVar {
  return { name: 'DEEP_EP_DEVICE_TO_HCA_MAPPING', value: nics.map((index) => `${index}:mlx5_${index}:1`).join(',') };
}

/** Google GKE. */
export const GKE: ClusterProfile = {
  name: 'gke',
  gatewayDefault: 'gke-l7-regional-external-managed',
  storageClasses: { ReadWriteOnce: 'standard-rwo', ReadWriteMany: 'standard-rwx' },
  // Values: GKE's GPU pages and the machine tables of xpk. TPUs bring their own labels.
  acceleratorLabels: {
    NVIDIA_H100: { [PRODUCT]: 'nvidia-h100-80gb' },
    NVIDIA_H200: { [PRODUCT]: 'nvidia-h200-141gb' },
    NVIDIA_B200: { [PRODUCT]: 'nvidia-b200' },
    NVIDIA_GB200: { [PRODUCT]: 'nvidia-gb200' },
    NVIDIA_A100_40: { [PRODUCT]: 'nvidia-tesla-a100' },
    NVIDIA_A100_80: { [PRODUCT]: 'nvidia-a100-80gb' },
    NVIDIA_L4: { [PRODUCT]: 'nvidia-l4' },
  },
  // GKE tolerates these by itself for pods that request the resource, but not for pods that claim.
  tolerations: { nvidia: [taint('nvidia.com/gpu')], google: [taint('google.com/tpu')] },
  // The tuner that GKE installs on its nodes does not fit the NCCL of the engine images (llm-d guides, gke overlays).
  engineEnv: {
    nvidia: [
      { name: 'NCCL_TUNER_PLUGIN', value: 'none' },
      { name: 'NCCL_NET_PLUGIN', value: '' },
    ],
  },
  // The fabric is RoCE; to a pod that asks for InfiniBand it offers the same verbs.
  rdma: { infiniBand: rdmaNetworks, roce: rdmaNetworks },
};
