import type { Container, VolumeMount } from '../../manifests/pod';
import { type Finding, finding } from '../findings';
import { list, named, type PodView } from '../model';
import { eachPod, enginesOf, isServingStack, type Rule } from './rule';

const SHM = '/dev/shm';

/** Volume mounts of a container. */
export function mountsOf(container: Container): readonly VolumeMount[] {
  return named<VolumeMount>(container.volumeMounts);
}

/** V11, V13: every mount has its volume, every volume its mount, every path one volume. */
export const volumes: Rule = eachPod((pod) => {
  const { path } = pod.workload.object;
  const all = [...pod.initContainers, ...pod.containers];
  return [...all.flatMap((container) => checkMounts(pod, container)), ...(isServingStack(pod) ? checkVolumes(pod, path, all) : [])];
});

function checkMounts(pod: PodView, container: Container): readonly Finding[] {
  const { path, kind } = pod.workload.object;
  const known = new Set([...pod.volumes.map(({ name }) => name), ...(kind === 'StatefulSet' ? claimsOf(pod) : [])]);
  const found: Finding[] = [];
  const count = new Map<string, number>();
  for (const { name, mountPath } of mountsOf(container)) {
    const at = String(mountPath).replace(/(.)\/+$/, '$1');
    count.set(at, (count.get(at) ?? 0) + 1);
    if (!known.has(name)) {
      const allowed = [...known].join(', ') || 'none';
      found.push(finding('LLMD224', path, { container: container.name, volume: name, allowed }));
    }
  }
  for (const [mountPath, mounts] of count) {
    if (mounts > 1) {
      found.push(
        mountPath === SHM
          ? finding('LLMD222', path, { container: container.name, count: mounts })
          : finding('LLMD226', path, { container: container.name, mountPath }),
      );
    }
  }
  return found;
}

function claimsOf({ workload }: PodView): readonly string[] {
  const { volumeClaimTemplates } = (workload.object.json.spec ?? {}) as { volumeClaimTemplates?: unknown };
  return list(volumeClaimTemplates).map((claim) => String((claim as { metadata?: { name?: unknown } } | null)?.metadata?.name));
}

function checkVolumes(pod: PodView, path: string, all: readonly Container[]): readonly Finding[] {
  const mounted = new Set(all.flatMap((container) => [...mountsOf(container), ...named(container.volumeDevices)].map(({ name }) => name)));
  return pod.volumes.flatMap(({ name, emptyDir }) => [
    ...(emptyDir?.medium === 'Memory' && emptyDir.sizeLimit === undefined ? [finding('LLMD221', path, { volume: name })] : []),
    ...(mounted.has(name) ? [] : [finding('LLMD225', path, { volume: name })]),
  ]);
}

/** V12: ranks that talk to each other, or hand over a cache, have a volume at /dev/shm. */
export const sharedMemory: Rule = (model) =>
  enginesOf(model).flatMap(({ role, container, workload }) => {
    const { tensor, pipeline, dataLocal } = role.layout;
    const ranks = tensor * pipeline * dataLocal;
    const needed = role.accelerator.requestsDevices && (ranks > 1 || role.transfer !== undefined);
    const runs = ranks > 1 ? `runs ${ranks} ranks` : 'hands over its KV cache';
    return needed && !mountsOf(container).some(({ mountPath }) => mountPath === SHM)
      ? [finding('LLMD223', workload.object.path, { container: container.name, runs })]
      : [];
  });
