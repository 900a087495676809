import type { PodSecurityContext, SecurityContext } from '../manifests/pod';
import type { RoleSpec } from './role-spec';

/** User of engines that can run as any: the one of the llm-d images. Source: llm-d's Dockerfiles. */
const ENGINE_USER = 2000;

/**
 * Why an engine's pod cannot keep to the restricted pod security standard; undefined when it does. The exceptions are few and each has a
 * cause outside of this library.
 */
export function securityException(spec: RoleSpec): string | undefined {
  const { accelerator, engine, grant, topology } = spec;
  if (topology === 'wide-ep') {
    return 'DeepEP and NVSHMEM register memory with the NIC (IPC_LOCK, SYS_RAWIO), which takes root';
  }
  if (grant.privileged || grant.capabilities.length > 0) {
    return 'capabilities for RDMA are effective for root only';
  }
  if (writesToNode(spec)) {
    return 'a directory of the node belongs to root, whatever fsGroup says';
  }
  if (engine.kind === 'sglang') {
    return 'the SGLang image keeps its program below the home directory of root';
  }
  if (!['nvidia', 'cpu', 'none'].includes(accelerator.vendor)) {
    return 'the device files belong to root or to a group whose number differs from node to node';
  }
  return undefined;
}

function writesToNode({ model, engine }: RoleSpec): boolean {
  return model.volume.hostPath !== undefined && engine.kind !== 'simulator';
}

/** Security context of the pod. */
export function rolePodSecurity(spec: RoleSpec): PodSecurityContext {
  const { accelerator, cluster } = spec;
  const groups = accelerator.supplementalGroups;
  const security = cluster.podSecurity({
    ...(securityException(spec) === undefined ? { runAsNonRoot: true, runAsUser: ENGINE_USER, fsGroup: ENGINE_USER } : {}),
    ...(groups.length === 0 ? {} : { supplementalGroups: groups }),
  });
  // Without it the kubelet walks through all files of a cache, hundreds of GiB, at each start of a pod.
  return security.fsGroup === undefined ? security : { ...security, fsGroupChangePolicy: 'OnRootMismatch' };
}

/** Security context of the engine's container. */
export function engineSecurity(spec: RoleSpec): SecurityContext {
  const { cluster, grant, topology } = spec;
  return cluster.containerSecurity({
    capabilities: topology === 'wide-ep' ? [...new Set(['IPC_LOCK', 'SYS_RAWIO', ...grant.capabilities])] : grant.capabilities,
    privileged: grant.privileged,
    ...(topology === 'wide-ep' || writesToNode(spec) ? { runAsUser: 0, runAsGroup: 0 } : {}),
  });
}
