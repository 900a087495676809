import type { PodSecurityContext, SecurityContext } from '../manifests/pod';
import { ensure } from '../validation/error';
import type { ClusterProfile } from './cluster-profile';

/** What a pod needs beyond the restricted profile. */
export interface PodSecurityRequest {
  /**
   * True when all images of the pod run as a user other than root.
   *
   * @default false
   */
  readonly runAsNonRoot?: boolean;
  /**
   * User that all containers run as; not written where the cluster assigns users.
   *
   * @default - the image's
   */
  readonly runAsUser?: number;
  /**
   * Group that all containers run as.
   *
   * @default - the image's
   */
  readonly runAsGroup?: number;
  /**
   * Group that volumes are given to; not written where the cluster assigns users.
   *
   * @default - none
   */
  readonly fsGroup?: number;
  /**
   * More groups of all containers, e.g. those of the device files.
   *
   * @default - none
   */
  readonly supplementalGroups?: readonly number[];
}

/** What a container needs beyond the restricted profile. */
export interface ContainerSecurityRequest {
  /**
   * Linux capabilities to add; namespaces at the pod security level `restricted` refuse them.
   *
   * @default - none
   */
  readonly capabilities?: readonly string[];
  /**
   * True when the container needs all devices of the host.
   *
   * @default false
   */
  readonly privileged?: boolean;
  /**
   * True when the container writes to volumes only.
   *
   * @default false
   */
  readonly readOnlyRootFilesystem?: boolean;
  /**
   * True when the image runs as a user other than root.
   *
   * @default false
   */
  readonly runAsNonRoot?: boolean;
  /**
   * User that the container runs as; not written where the cluster assigns users.
   *
   * @default - the image's
   */
  readonly runAsUser?: number;
  /**
   * Group that the container runs as.
   *
   * @default - the image's
   */
  readonly runAsGroup?: number;
}

/** The pod's part of the restricted profile, widened by what was asked for. */
export function podSecurityContext(
  profile: ClusterProfile,
  constraints: string | undefined,
  request: PodSecurityRequest,
): PodSecurityContext {
  const assigned = assignsUsers(profile, constraints);
  return {
    ...(request.runAsNonRoot === true ? { runAsNonRoot: true } : {}),
    ...(request.runAsUser !== undefined && !assigned ? { runAsUser: request.runAsUser } : {}),
    ...(request.runAsGroup === undefined ? {} : { runAsGroup: request.runAsGroup }),
    ...(request.fsGroup !== undefined && !assigned ? { fsGroup: request.fsGroup } : {}),
    ...(request.supplementalGroups?.length ? { supplementalGroups: [...request.supplementalGroups] } : {}),
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** A container's part of the restricted profile, widened by what was asked for. */
export function containerSecurityContext(
  profile: ClusterProfile,
  constraints: string | undefined,
  request: ContainerSecurityRequest,
): SecurityContext {
  const assigned = assignsUsers(profile, constraints);
  const privileged = request.privileged === true;
  ensure(!(privileged && assigned), 'LLMD806', { cluster: profile.name });
  const added = request.capabilities ?? [];
  return {
    // The API server refuses a privileged container that may not escalate; capabilities would not limit it either.
    ...(privileged
      ? { privileged: true }
      : { allowPrivilegeEscalation: false, capabilities: { ...(added.length ? { add: [...added] } : {}), drop: ['ALL'] } }),
    ...(request.readOnlyRootFilesystem === true ? { readOnlyRootFilesystem: true } : {}),
    ...(request.runAsNonRoot === true ? { runAsNonRoot: true } : {}),
    ...(request.runAsUser !== undefined && !assigned ? { runAsUser: request.runAsUser } : {}),
    ...(request.runAsGroup === undefined ? {} : { runAsGroup: request.runAsGroup }),
  };
}

/** True when the cluster chooses the user; constraints that were declared are trusted to allow a fixed one. */
function assignsUsers(profile: ClusterProfile, constraints: string | undefined): boolean {
  return profile.assignsUserIds === true && constraints === undefined;
}
