import { type Finding, finding } from '../findings';
import { fields, type SynthObject, type Workload } from '../model';
import { describeNamespace, quantityOf, type Rule, resourcesOf } from './rule';

/** V6: what all workloads of a namespace may take at most fits the ResourceQuota that the app writes for it. */
export const quota: Rule = (model) => {
  const used = new Map<string, Map<string, number>>();
  for (const workload of model.workloads) {
    const key = workload.object.namespace ?? '';
    const sums = used.get(key) ?? new Map<string, number>();
    used.set(key, sums);
    for (const [resource, amount] of demand(workload)) {
      sums.set(resource, (sums.get(resource) ?? 0) + amount);
    }
  }
  return model.ofKind('ResourceQuota').flatMap((object) => check(object, used.get(object.namespace ?? '') ?? new Map()));
};

function check(object: SynthObject, sums: ReadonlyMap<string, number>): readonly Finding[] {
  return Object.entries(fields(fields(object.json.spec).hard)).flatMap(([key, hard]) => {
    const resource = key.replace(/^requests\./, '');
    const allowed = quantityOf(hard);
    const needed = sums.get(resource) ?? 0;
    return key.startsWith('requests.') && allowed !== undefined && needed > allowed
      ? [
          finding('LLMD230', object.path, {
            namespace: describeNamespace(object.namespace),
            needed,
            resource,
            name: object.name,
            quota: String(hard),
          }),
        ]
      : [];
  });
}

/** Devices that a workload requests when all its replicas run. */
function demand(workload: Workload): ReadonlyMap<string, number> {
  const spec = fields(workload.object.json.spec);
  const replicas = workload.role?.maxReplicas ?? Number(spec.replicas ?? 1);
  const size = Number(fields(spec.leaderWorkerTemplate).size ?? 1);
  const sums = new Map<string, number>();
  for (const pod of workload.pods) {
    const leaders = pod.template === 'leader' ? 1 : size - (workload.pods.length - 1);
    const copies = replicas * (workload.object.kind === 'LeaderWorkerSet' ? leaders : 1);
    for (const container of pod.running) {
      for (const [resource, amount] of Object.entries({ ...resourcesOf(container, 'limits'), ...resourcesOf(container, 'requests') })) {
        if (resource.includes('/')) {
          sums.set(resource, (sums.get(resource) ?? 0) + copies * (quantityOf(amount) ?? 0));
        }
      }
    }
  }
  return sums;
}
