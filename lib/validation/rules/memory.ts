import type { Container } from '../../manifests/pod';
import { type Finding, finding } from '../findings';
import type { PodView } from '../model';
import { eachPod, isServingStack, quantityOf, type Rule, resourcesOf } from './rule';
import { mountsOf } from './volumes';

const GIB = 2 ** 30;
/** GiB that an engine with devices takes beside its shared memory: Python, device contexts, one shard of weights in transit. */
const ENGINE_OVERHEAD_GIB = 4;

/** V10: the memory-backed volumes that a container fills, and its engine, fit its memory limit. */
export const memory: Rule = eachPod((pod) =>
  isServingStack(pod) ? pod.running.flatMap((container) => checkContainer(pod, container)) : [],
);

function checkContainer(pod: PodView, container: Container): readonly Finding[] {
  const limit = quantityOf(resourcesOf(container, 'limits').memory);
  const mounted = new Set(mountsOf(container).map(({ name }) => name));
  const volumes = pod.volumes.filter(({ name, emptyDir }) => mounted.has(name) && emptyDir?.medium === 'Memory');
  if (limit === undefined || volumes.length === 0) {
    return [];
  }
  const { role, object } = pod.workload;
  const isEngine = role?.containerName === container.name && role.accelerator.requestsDevices;
  const overhead = isEngine ? ENGINE_OVERHEAD_GIB * GIB : 0;
  const sum = volumes.reduce((total, { emptyDir }) => total + (quantityOf(emptyDir?.sizeLimit) ?? 0), 0);
  if (limit >= sum + overhead) {
    return [];
  }
  const described = volumes.map(({ name, emptyDir }) => `${name} ${emptyDir?.sizeLimit}`).join(', ');
  return [
    finding('LLMD220', object.path, {
      container: container.name,
      limit: String(resourcesOf(container, 'limits').memory),
      volumes: described,
      overhead: `${overhead / GIB}Gi`,
      needed: `${Math.ceil((sum + overhead) / GIB)}Gi`,
    }),
  ];
}
