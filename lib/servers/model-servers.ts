import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { ServersPlan } from '../values/plan';

/** Something that serves one model and that a gateway can route to: `ModelServing`, `PrefillDecodePair`, `WideEPGroup`. */
export interface IModelServers extends IConstruct {
  /** What it is: name, model, labels, ports, roles. Plain data, computed once by the constructor. */
  readonly plan: ServersPlan;
  /** The workloads, one a role, in the order of `plan.roles`. */
  readonly workloads: readonly ApiObject[];
}
