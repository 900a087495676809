import type { ClusterProfile } from './cluster-profile';
import { nicsByAccelerator } from './rdma';

/** Amazon EKS. Instance types are the user's choice (`nodeSelector`), because capacity decides on them. */
export const EKS: ClusterProfile = {
  name: 'eks',
  gatewayDefault: 'istio',
  // gp2 comes with the cluster; efs-sc is the name of the EFS driver's examples and of the llm-d guides.
  storageClasses: { ReadWriteOnce: 'gp2', ReadWriteMany: 'efs-sc' },
  rdma: {
    // 16 adapters with 8 GPUs on p5en (llm-d guide pd-disaggregation); 8 with 8 on p6-b200; 4 with 8 on p4d, p4de and g6e.
    efa: nicsByAccelerator('vpc.amazonaws.com/efa', 2, { NVIDIA_B200: 1, NVIDIA_A100_40: 0.5, NVIDIA_A100_80: 0.5, NVIDIA_L40S: 0.5 }),
  },
};
