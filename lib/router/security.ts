import type { IConstruct } from 'constructs';
import { Cluster } from '../cluster/cluster';
import type { PodSecurityContext, SecurityContext } from '../manifests/pod';

/** Settings of a pod; who a container runs as is said by each, because images differ. */
export function podSecurity(scope: IConstruct): PodSecurityContext {
  return Cluster.of(scope).podSecurity();
}

/** For the router and Envoy, whose images need neither root nor a file system that can be written. */
export function restrictedContainer(scope: IConstruct): SecurityContext {
  return Cluster.of(scope).containerSecurity({ readOnlyRootFilesystem: true, runAsNonRoot: true });
}

/** For images that are built to run as root and write where they like: nothing more can be taken from them. */
export function unprivilegedContainer(scope: IConstruct): SecurityContext {
  return Cluster.of(scope).containerSecurity();
}
