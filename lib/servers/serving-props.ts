import type { IConstruct } from 'constructs';
import { type PropTable, propsAt } from '../util/props';
import type { RoleOptions, ServingOptions, SplitRoleOptions } from './serving-options';

/** Props of each role. */
export const ROLE_PROPS: PropTable<RoleOptions> = {
  replicas: 'value',
  parallelism: 'record',
  workload: 'value',
  resources: 'record',
  sharedMemory: 'value',
  autoscaling: 'value',
  maxSurge: 'value',
  maxUnavailable: 'value',
  disruption: 'value',
  podTemplate: 'record',
};

/** Props of a role of a split server. */
export const SPLIT_ROLE_PROPS: PropTable<SplitRoleOptions> = { ...ROLE_PROPS, accelerator: 'value', engine: 'value' };

/** Props of all servers. */
export const SERVING_PROPS: PropTable<ServingOptions> = {
  model: 'value',
  accelerator: 'value',
  engine: 'value',
  kvCache: 'value',
  network: 'value',
  startupTimeout: 'value',
  terminationGracePeriod: 'value',
  monitoring: 'value',
  labels: 'record',
  annotations: 'record',
  imagePullSecrets: 'list',
  priorityClassName: 'text',
  serviceAccountName: 'text',
  name: 'text',
  namespace: 'text',
};

/** The props of a split server, those of its roles checked too. */
export function withRoles<P extends { readonly prefill?: SplitRoleOptions; readonly decode?: SplitRoleOptions }>(
  scope: IConstruct,
  props: P,
): P {
  const checked = (['prefill', 'decode'] as const).flatMap((role) => {
    const given = props[role];
    return given === undefined ? [] : [[role, propsAt(scope, `\`${role}\``, given, SPLIT_ROLE_PROPS)] as const];
  });
  return { ...props, ...Object.fromEntries(checked) };
}
