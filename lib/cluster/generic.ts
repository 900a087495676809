import type { ClusterProfile } from './cluster-profile';
import { sharedNics } from './rdma';

/** Any conformant cluster: nothing is known of its labels, taints and classes. `rdma/ib` is what most RDMA device plugins are told. */
export const GENERIC: ClusterProfile = {
  name: 'generic',
  gatewayDefault: 'istio',
  rdma: { infiniBand: sharedNics('rdma/ib') },
};
