import { checkProps, type PropTable } from '../util/props';
import { isQuantity, parseQuantity } from '../util/quantity';
import { ensure } from '../validation/error';

/** Processor and memory of one engine container, as Kubernetes quantities. Devices follow from the parallelism. */
export interface ComputeResources {
  /**
   * Processors that the scheduler sets aside, e.g. `8` or `500m`.
   *
   * @default - 4 for each device, at least 4; 64 for a CPU engine; 500m for the simulator
   */
  readonly cpu?: string;
  /**
   * Most processors that it may use.
   *
   * @default - no limit
   */
  readonly cpuLimit?: string;
  /**
   * Memory that the scheduler sets aside, e.g. `96Gi`. Memory-backed volumes count against it.
   *
   * @default - 32Gi, 16Gi more for each device (60Gi in a wide expert-parallel group), and the shared memory; 64Gi for a CPU engine; 1Gi for the simulator
   */
  readonly memory?: string;
  /**
   * Memory above which the kernel kills it.
   *
   * @default - the same as `memory`
   */
  readonly memoryLimit?: string;
  /**
   * Disk of the node that the scheduler sets aside, e.g. `1Ti`.
   *
   * @default - none
   */
  readonly ephemeralStorage?: string;
}

const PROPS: PropTable<ComputeResources> = {
  cpu: 'value',
  cpuLimit: 'value',
  memory: 'value',
  memoryLimit: 'value',
  ephemeralStorage: 'value',
};

/** The resources without those that are null. Throws LLMD103 for a text that is no quantity and LLMD107 for a limit below its request. */
export function checkResources(resources: ComputeResources): ComputeResources {
  const given = checkProps('`resources`', resources, PROPS);
  for (const quantity of Object.values(given)) {
    ensure(typeof quantity === 'string' && isQuantity(quantity), 'LLMD103', { given: String(quantity) });
  }
  for (const [request, limit, prop] of [
    [given.cpu, given.cpuLimit, 'resources.cpuLimit'],
    [given.memory, given.memoryLimit, 'resources.memoryLimit'],
  ] as const) {
    ensure(request === undefined || limit === undefined || parseQuantity(limit) >= parseQuantity(request), 'LLMD107', {
      prop,
      given: limit ?? '',
      allowed: `a limit is at least the request, ${request}`,
    });
  }
  return given;
}
