import type { ClusterProfile } from './cluster-profile';
import { sharedNics } from './rdma';

/** Red Hat OpenShift. Users and groups of a pod come from its namespace's range. */
export const OPENSHIFT: ClusterProfile = {
  name: 'openshift',
  gatewayDefault: 'istio',
  // Administrators taint GPU nodes with values of their own.
  tolerations: {
    nvidia: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    amd: [{ key: 'amd.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
  },
  // Names: llm-d docs, provider OpenShift.
  rdma: { infiniBand: sharedNics('rdma/ib'), roce: sharedNics('rdma/roce_gdr', { attachment: 'multi-nic-compute' }) },
  assignsUserIds: true,
};
