import type { ClusterProfile } from './cluster-profile';
import { sharedNics } from './rdma';

/** Azure AKS with the NVIDIA GPU and network operators. */
export const AKS: ClusterProfile = {
  name: 'aks',
  gatewayDefault: 'istio',
  storageClasses: { ReadWriteOnce: 'managed-csi', ReadWriteMany: 'azurefile-csi' },
  vendorLabels: { nvidia: { 'kubernetes.azure.com/accelerator': 'nvidia' } },
  // The shared device plugin hands one device, with all NICs behind it, to each pod (llm-d docs, provider AKS).
  rdma: { infiniBand: sharedNics('rdma/ib', { max: 1 }) },
};
