import type { ApiObject } from 'cdk8s';
import type { ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { type PropTable, propsAt } from '../util/props';
import type { KvTransfer } from '../values/kv-transfer';
import type { ServersPlan } from '../values/plan';
import type { IModelServers } from './model-servers';
import { planWideEp } from './plan-servers';
import type { RoleSpec } from './role-spec';
import { planAt, serverAccount } from './server-context';
import { type IRoleServers, ServerGroup } from './server-group';
import type { RoleOptions, ServingOptions, SplitRoleOptions } from './serving-options';
import { ROLE_PROPS, SERVING_PROPS, withRoles } from './serving-props';

/**
 * Properties of a {@link WideEPGroup}. In a split group `resources`, `sharedMemory`, `workload`, `disruption` and `podTemplate` hold for
 * both roles unless a role sets its own; `parallelism`, `replicas` and `autoscaling` belong into `prefill` and `decode` (LLMD106).
 */
export interface WideEPGroupProps extends ServingOptions, RoleOptions {
  /**
   * The groups that compute prompts.
   *
   * @default - one kind of group does all
   */
  readonly prefill?: SplitRoleOptions;
  /**
   * The groups that compute answers; given together with `prefill`.
   *
   * @default - one kind of group does all
   */
  readonly decode?: SplitRoleOptions;
  /**
   * How prefill hands its KV cache to decode.
   *
   * @default - KvTransfer.nixl(), a failed transfer fails the request
   */
  readonly transfer?: KvTransfer;
  /**
   * Kernel that computes the experts (`--moe-backend`), e.g. `deep_gemm` for FP8 block-quantized models.
   *
   * @default - the engine's
   */
  readonly moeBackend?: string;
}

const PROPS: PropTable<WideEPGroupProps> = {
  ...SERVING_PROPS,
  ...ROLE_PROPS,
  prefill: 'record',
  decode: 'record',
  transfer: 'value',
  moeBackend: 'text',
};

/**
 * Serves one large mixture-of-experts model with its experts spread over many nodes (wide expert parallelism).
 *
 * The cluster runs one LeaderWorkerSet a role; a group is one replica, each pod of it runs `dataLocal` data-parallel ranks, each rank
 * answers on a port of its own (8000 and up) and is an endpoint of the pool. A supervisor on port 8008 (8208 behind a sidecar) answers
 * the probes for all ranks of a pod. Images are those of the llm-d build with DeepEP, DeepGEMM and NVSHMEM.
 *
 * Throws an `LlmdError` with the construct's path for values that cannot be deployed, LLMD401 when only one of the roles is given.
 */
export class WideEPGroup extends Construct implements IModelServers {
  readonly plan: ServersPlan;
  /** Undefined when the group is not split. */
  readonly prefill: IRoleServers | undefined;
  /** The groups that answer: all of them when not split. */
  readonly decode: IRoleServers;
  /** The pods' account; undefined when an existing one was named. */
  readonly serviceAccount: ServiceAccount | undefined;

  constructor(scope: Construct, id: string, props: WideEPGroupProps) {
    super(scope, id);
    const given = withRoles(this, propsAt(this, 'WideEPGroup', props, PROPS, new.target !== WideEPGroup));
    const planned = planAt(this, given, (context) => planWideEp(context, given));
    const roles = [...planned.roles];
    const decode = roles.pop() as RoleSpec;
    const prefill = roles.pop();
    const common = { namespace: planned.plan.namespace, shared: given };
    this.plan = planned.plan;
    this.serviceAccount = serverAccount(this, planned, given);
    this.prefill =
      prefill === undefined
        ? undefined
        : new ServerGroup(this, 'Prefill', { ...common, spec: prefill, options: { ...given, ...given.prefill } });
    this.decode = new ServerGroup(this, 'Decode', { ...common, spec: decode, options: { ...given, ...given.decode } });
    for (const workload of this.workloads) {
      if (this.serviceAccount !== undefined) {
        workload.node.addDependency(this.serviceAccount);
      }
    }
  }

  get workloads(): readonly ApiObject[] {
    return this.prefill === undefined ? [this.decode.workload] : [this.prefill.workload, this.decode.workload];
  }
}
