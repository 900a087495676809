import { type Finding, finding } from '../findings';
import { fields, list, type PodView } from '../model';
import { eachPod, isServingStack, type Rule } from './rule';

/** Labels that controllers add to pods. */
const ADDED_LATER =
  /^(pod-template-hash|controller-revision-hash|(apps|batch|statefulset)\.kubernetes\.io\/.*|leaderworkerset\.sigs\.k8s\.io\/.*)$/;

/** V67: labels by which pods are spread or brought together are on the pods. */
export const placement: Rule = eachPod((pod) => (isServingStack(pod) ? keysOf(pod).flatMap(([where, key]) => check(pod, where, key)) : []));

function check({ labels, workload }: PodView, where: string, key: string): readonly Finding[] {
  return labels[key] !== undefined || ADDED_LATER.test(key)
    ? []
    : [finding('LLMD317', workload.object.path, { where, workload: workload.object.name, key })];
}

function keysOf({ spec }: PodView): readonly (readonly [string, string])[] {
  const affinity = fields(spec.affinity);
  const terms = [fields(affinity.podAffinity), fields(affinity.podAntiAffinity)].flatMap((kind) => [
    ...list(kind.requiredDuringSchedulingIgnoredDuringExecution),
    ...list(kind.preferredDuringSchedulingIgnoredDuringExecution).map((preferred) => fields(preferred).podAffinityTerm),
  ]);
  const keys = (holder: unknown) => [...list(fields(holder).matchLabelKeys), ...list(fields(holder).mismatchLabelKeys)].map(String);
  return [
    ...terms.flatMap((term) => keys(term).map((key) => ['pod affinity', key] as const)),
    ...list(spec.topologySpreadConstraints).flatMap((constraint) => keys(constraint).map((key) => ['topology spread', key] as const)),
  ];
}
