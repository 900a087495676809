import type { Volume, VolumeMount } from '../manifests/pod';
import { CACHE_MOUNT } from '../values/model-source';
import type { RoleSpec } from './role-spec';

interface Mounted {
  readonly volume: Volume;
  readonly mount: VolumeMount;
}

function scratch(name: string, mountPath: string): Mounted {
  return { volume: { name, emptyDir: {} }, mount: { name, mountPath } };
}

function sharedMemory(mebibytes: number): Mounted {
  const sizeLimit = mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
  return { volume: { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit } }, mount: { name: 'shm', mountPath: '/dev/shm' } };
}

/** What the engines write besides weights: the home directory of an unknown user is `/`, which nobody may write to. */
function caches(spec: RoleSpec): readonly Mounted[] {
  if (spec.topology === 'wide-ep') {
    return [scratch('vllm-cache', '/var/cache/vllm')];
  }
  return [scratch('cache', CACHE_MOUNT), scratch('triton-cache', '/.triton'), scratch('config', '/.config')];
}

/** Volumes of a role's pod and where its engine mounts them. */
export function roleVolumes(spec: RoleSpec): { readonly volumes: readonly Volume[]; readonly mounts: readonly VolumeMount[] } {
  const { model } = spec;
  const mounted =
    spec.engine.kind === 'simulator'
      ? []
      : [
          ...(spec.sharedMemoryMib === undefined ? [] : [sharedMemory(spec.sharedMemoryMib)]),
          { volume: model.volume, mount: model.mount },
          ...caches(spec),
        ];
  return {
    volumes: [...mounted.map(({ volume }) => volume), ...spec.grant.volumes],
    mounts: [...mounted.map(({ mount }) => mount), ...spec.grant.volumeMounts],
  };
}
