import type { DeploymentProps } from '../manifests/deployment';
import type { PodDisruptionBudgetProps } from '../manifests/pod-disruption-budget';
import { ensure } from '../validation/error';
import type { RouterPlan } from './router-plan';

/**
 * How a new version replaces an old one. Upstream recreates: the new pod starts when the old one has ended, up to its whole grace later.
 *
 * Where all replicas act, the new pod is ready before an old one goes. With an election only the leader is ever Ready: a new pod
 * cannot become so beside it, and a rollout that waits for that never ends. So old pods may all go once the first new one exists; the
 * old leader releases its lease when it is asked to end and the new pod takes it.
 */
export function rolloutStrategy(plan: RouterPlan): DeploymentProps['spec']['strategy'] {
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: plan.leaderElection ? '100%' : 0 } };
}

/** What a drain of nodes must leave of the router; undefined for no budget. Throws LLMD546 for one that would block drains. */
export function disruptionSpec(
  plan: RouterPlan,
  wanted: boolean | undefined,
  selector: Readonly<Record<string, string>>,
): PodDisruptionBudgetProps['spec'] | undefined {
  const { replicas, leaderElection } = plan;
  const possible = replicas > 1 && !leaderElection;
  ensure(possible || wanted !== true, 'LLMD546', { replicas, mode: leaderElection ? ' of which only the leader is Ready' : '' });
  return possible && wanted !== false ? { selector: { matchLabels: selector }, maxUnavailable: 1 } : undefined;
}
