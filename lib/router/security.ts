import type { PodSecurityContext, SecurityContext } from '../manifests/pod';
import { deepFreeze } from '../util/freeze';

/** Settings of the pods; who a container runs as is said by each, because images differ. */
export const POD_SECURITY: PodSecurityContext = deepFreeze({ seccompProfile: { type: 'RuntimeDefault' } });

/** Container settings of the Pod Security Standard `restricted`, and a root file system that cannot be written. */
export const RESTRICTED_CONTAINER: SecurityContext = deepFreeze({
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
});

/** For images that are built to run as root and write where they like: nothing more can be taken from them. */
export const UNPRIVILEGED_CONTAINER: SecurityContext = deepFreeze({
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
});
