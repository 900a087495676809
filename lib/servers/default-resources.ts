import type { Accelerator } from '../values/accelerator';
import type { ComputeResources } from '../values/compute-resources';
import { checkResources } from '../values/compute-resources';
import type { ParallelLayout } from '../values/plan';
import type { RoleSpec } from './role-spec';

/** MiB of /dev/shm by kind of server. Source: the guides' overlays. */
const SHARED_MEMORY_MIB = { cpu: 4096, wideEp: 2048, device: 20_480 } as const;
const GIB_BEFORE_DEVICES = 32;
const GIB_A_DEVICE = 16;
/** Ranks of wide groups keep experts, symmetric heaps and kernels in host memory too. Source: 512Gi for eight devices in the wide-EP guide. */
const GIB_A_WIDE_DEVICE = 60;

/** Shared memory of a pod when the user gives none: ranks exchange data through it. */
export function defaultSharedMemoryMib(accelerator: Accelerator, wideEp: boolean): number | undefined {
  if (accelerator.vendor === 'none') {
    return undefined;
  }
  if (accelerator.vendor === 'cpu') {
    return SHARED_MEMORY_MIB.cpu;
  }
  return wideEp ? SHARED_MEMORY_MIB.wideEp : SHARED_MEMORY_MIB.device;
}

/** The user's resources with the gaps filled; see `ComputeResources` for the numbers. */
export function withDefaults(
  resources: ComputeResources,
  accelerator: Accelerator,
  layout: ParallelLayout,
  sharedMemoryMib: number | undefined,
  wideEp: boolean,
): RoleSpec['resources'] {
  const given = checkResources(resources);
  const base = defaultsFor(accelerator, layout, sharedMemoryMib ?? 0, wideEp);
  const memory = given.memory ?? given.memoryLimit ?? base.memory;
  return { ...given, cpu: given.cpu ?? given.cpuLimit ?? base.cpu, memory, memoryLimit: given.memoryLimit ?? memory };
}

function defaultsFor(
  accelerator: Accelerator,
  layout: ParallelLayout,
  sharedMemoryMib: number,
  wideEp: boolean,
): { cpu: string; memory: string } {
  if (accelerator.vendor === 'none') {
    return { cpu: '500m', memory: '1Gi' };
  }
  if (accelerator.vendor === 'cpu') {
    return { cpu: '64', memory: '64Gi' };
  }
  const devices = layout.acceleratorsPerPod;
  return {
    cpu: String(Math.max(4, 4 * devices)),
    memory: `${GIB_BEFORE_DEVICES + (wideEp ? GIB_A_WIDE_DEVICE : GIB_A_DEVICE) * devices + Math.ceil(sharedMemoryMib / 1024)}Gi`,
  };
}
