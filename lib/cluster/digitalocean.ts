import type { ClusterProfile } from './cluster-profile';

const MODEL = 'doks.digitalocean.com/gpu-model';
const BRAND = 'doks.digitalocean.com/gpu-brand';

/** DigitalOcean Kubernetes. Labels and taints: its page on GPU worker nodes. */
export const DIGITALOCEAN: ClusterProfile = {
  name: 'digitalocean',
  gatewayDefault: 'istio',
  storageClasses: { ReadWriteOnce: 'do-block-storage' },
  vendorLabels: { nvidia: { [BRAND]: 'nvidia' }, amd: { [BRAND]: 'amd' } },
  acceleratorLabels: { NVIDIA_H100: { [MODEL]: 'h100' }, AMD_MI300X: { [MODEL]: 'mi300x' } },
  tolerations: {
    nvidia: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    amd: [{ key: 'amd.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
  },
};
