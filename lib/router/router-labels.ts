import type { IConstruct } from 'constructs';
import { NAME_LABEL, objectLabels } from '../manifests/object-labels';
import { besidePoolLabels } from './pod-labels';
import type { RouterPlan } from './router-plan';

/** Upstream's word for how a router finds its pods; key of its pod selector and value of the label `llm-d.ai/igw-mode`. */
const MODE: Readonly<Record<RouterPlan['mode'], string>> = { pool: 'llm-d-router-gateway', selector: 'llm-d-router-standalone' };

/** Labels of the objects of a router. */
export interface RouterLabels {
  /** On every object. */
  readonly common: Record<string, string>;
  /** By which Deployment, Service and budget find the pods. */
  readonly selector: Record<string, string>;
  readonly deployment: Record<string, string>;
  readonly pod: Record<string, string>;
}

/** The labels of the router at `scope`; throws LLMD552 when those of the user would break a selector. */
export function routerLabels(scope: IConstruct, plan: RouterPlan, user: Readonly<Record<string, string>>): RouterLabels {
  const { name, poolName } = plan;
  const common = objectLabels(scope, name);
  const selector = { [MODE[plan.mode]]: name };
  const mode = { 'llm-d.ai/igw-mode': MODE[plan.mode] };
  const own = { [NAME_LABEL]: name, ...mode, ...selector };
  const pod = besidePoolLabels({ name, own, labels: user, poolName, poolLabels: plan.servers.poolLabels });
  return { common, selector, deployment: { ...common, ...mode }, pod };
}
