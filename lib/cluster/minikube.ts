import type { ClusterProfile } from './cluster-profile';

/** minikube: one node, whose host-path provisioner answers every access mode. */
export const MINIKUBE: ClusterProfile = {
  name: 'minikube',
  gatewayDefault: 'istio',
  storageClasses: { ReadWriteOnce: 'standard', ReadWriteMany: 'standard' },
};
