import { Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';

/** Kubernetes' recommended label for the part that an object belongs to. */
export const NAME_LABEL = 'app.kubernetes.io/name';
/** Kubernetes' recommended label for the whole that the part belongs to. */
export const PART_OF_LABEL = 'app.kubernetes.io/part-of';
/** What servers, routers and gateways are part of together. */
export const WHOLE = 'llm-d';

/**
 * Labels of every object that is written for a server, a router, a gateway or a route: the name of that part, and `llm-d` unless the
 * chart's own labels name another whole. Pods have theirs from elsewhere, so that these can change without rolling any.
 */
export function objectLabels(scope: IConstruct, name: string): Record<string, string> {
  return { [NAME_LABEL]: name, [PART_OF_LABEL]: Chart.of(scope).labels[PART_OF_LABEL] ?? WHOLE };
}
