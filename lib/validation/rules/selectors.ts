import { type Finding, finding } from '../findings';
import { describeSelector, isEmpty, matches } from '../label-index';
import type { SynthModel, Workload } from '../model';
import { describeNamespace, type Rule, runsServingStack } from './rule';

/** V20: a workload finds its own pods, and no other workload's. */
export const selectors: Rule = (model) => {
  // Workloads with one selector select the same pods, so these are looked up once.
  const found = new Map<string, readonly Workload[]>();
  return model.workloads.flatMap((workload) => [...ownLabels(workload), ...overlap(model, workload, found)]);
};

function ownLabels({ object, selector, pods }: Workload): readonly Finding[] {
  if (selector === undefined || (!isEmpty(selector) && pods.every(({ labels }) => matches(selector, labels)))) {
    return [];
  }
  return [finding('LLMD305', object.path, { kind: object.kind, workload: object.name, selector: describeSelector(selector) })];
}

function overlap(model: SynthModel, workload: Workload, known: Map<string, readonly Workload[]>): readonly Finding[] {
  const { object, selector } = workload;
  if (selector === undefined) {
    return [];
  }
  const key = `${object.namespace ?? ''} ${describeSelector(selector)}`;
  const selected = known.get(key) ?? [...new Set(model.select(object.namespace, selector).map((pod) => pod.workload))];
  known.set(key, selected);
  // Of several, the first two suffice to name one that is not this one.
  const other = selected.find((one) => one !== workload && (one.selector !== undefined || one.object.kind === 'LeaderWorkerSet'));
  // Workloads of the user may share labels: the controllers of Deployments tell their pods apart by a hash too.
  if (other === undefined || !(runsServingStack(workload) || runsServingStack(other))) {
    return [];
  }
  return [
    finding('LLMD306', object.path, {
      first: object.name,
      second: other.object.name,
      namespace: describeNamespace(object.namespace),
    }),
  ];
}
