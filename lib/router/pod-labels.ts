import { checkLabels } from '../util/dns';
import { ensure } from '../validation/error';

/** What the labels of a pod must not collide with. */
export interface PodLabelCheck {
  /** Name of the workload, for messages. */
  readonly name: string;
  /** Labels that the workload needs; a user may not change them. */
  readonly own: Readonly<Record<string, string>>;
  /** Labels of the user. */
  readonly labels: Readonly<Record<string, string>>;
  /** The selector of the pool, which the pod must not match. */
  readonly poolName: string;
  readonly poolLabels: Readonly<Record<string, string>>;
}

/**
 * Labels of a pod that stands beside the model servers: the workload's own and the user's. Throws LLMD552 when the user's would replace
 * one of the workload's, or make the pool select the pod.
 */
export function besidePoolLabels(check: PodLabelCheck): Record<string, string> {
  const { name, own, labels, poolName, poolLabels } = check;
  checkLabels(labels);
  for (const [key, value] of Object.entries(labels)) {
    ensure(own[key] === undefined, 'LLMD552', { name, label: `"${key}=${value}"`, owner: 'its own workload' });
  }
  const all = { ...labels, ...own };
  const selector = Object.entries(poolLabels);
  const matches = selector.every(([key, value]) => all[key] === value);
  const text = selector.map(([key, value]) => `"${key}=${value}"`).join(', ');
  ensure(!matches, 'LLMD552', { name, label: text, owner: `InferencePool "${poolName}"` });
  return all;
}
