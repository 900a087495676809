import { type Finding, finding } from '../validation/findings';
import type { RouterPlan } from './router-plan';

/** What is doubtful about a router although it can be deployed. Pure. */
export function routerFindings(plan: RouterPlan): readonly Finding[] {
  const { path, image, replicas } = plan;
  const found: Finding[] = [];
  if (image.registryMissing) {
    found.push(finding('LLMD543', path, { image: image.reference }));
  }
  if (image.floating) {
    found.push(finding('LLMD544', path, { image: image.reference }));
  }
  if (replicas > 1 && !plan.leaderElection && plan.facts.stateful) {
    found.push(finding('LLMD545', path, { replicas }));
  }
  return found;
}
