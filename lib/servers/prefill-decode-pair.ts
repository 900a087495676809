import type { ApiObject } from 'cdk8s';
import type { ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { type PropTable, propsAt } from '../util/props';
import type { KvTransfer } from '../values/kv-transfer';
import type { ServersPlan } from '../values/plan';
import type { IModelServers } from './model-servers';
import { planPair } from './plan-servers';
import type { RoleSpec } from './role-spec';
import { planAt, serverAccount } from './server-context';
import { type IRoleServers, ServerGroup } from './server-group';
import type { ServingOptions, SplitRoleOptions } from './serving-options';
import { SERVING_PROPS, withRoles } from './serving-props';

/** Properties of a {@link PrefillDecodePair}. */
export interface PrefillDecodePairProps extends ServingOptions {
  /** The workers that compute prompts. */
  readonly prefill: SplitRoleOptions;
  /** The workers that compute answers, token by token. */
  readonly decode: SplitRoleOptions;
  /**
   * How prefill hands its KV cache to decode.
   *
   * @default KvTransfer.nixl()
   */
  readonly transfer?: KvTransfer;
}

const PROPS: PropTable<PrefillDecodePairProps> = { ...SERVING_PROPS, prefill: 'record', decode: 'record', transfer: 'value' };

/**
 * Serves one model with prompts and answers computed by different pods (disaggregated).
 *
 * The cluster runs two workloads, `<id>-prefill` and `<id>-decode`. Each decode pod has a routing sidecar on port 8000 before its engine
 * on 8200: it asks the prefill worker that the router chose, then lets its engine fetch the KV cache and answer.
 *
 * Throws an `LlmdError` with the construct's path for values that cannot be deployed, LLMD401 when a role is missing.
 */
export class PrefillDecodePair extends Construct implements IModelServers {
  readonly plan: ServersPlan;
  readonly prefill: IRoleServers;
  readonly decode: IRoleServers;
  /** The pods' account; undefined when an existing one was named. */
  readonly serviceAccount: ServiceAccount | undefined;

  constructor(scope: Construct, id: string, props: PrefillDecodePairProps) {
    super(scope, id);
    const given = withRoles(this, propsAt(this, 'PrefillDecodePair', props, PROPS, new.target !== PrefillDecodePair));
    const planned = planAt(this, given, (context) => planPair(context, given));
    const [prefill, decode] = planned.roles as readonly [RoleSpec, RoleSpec];
    const common = { namespace: planned.plan.namespace, shared: given };
    this.plan = planned.plan;
    this.serviceAccount = serverAccount(this, planned, given);
    this.prefill = new ServerGroup(this, 'Prefill', { ...common, spec: prefill, options: given.prefill });
    this.decode = new ServerGroup(this, 'Decode', { ...common, spec: decode, options: given.decode });
    for (const workload of this.workloads) {
      if (this.serviceAccount !== undefined) {
        workload.node.addDependency(this.serviceAccount);
      }
    }
  }

  get workloads(): readonly ApiObject[] {
    return [this.prefill.workload, this.decode.workload];
  }
}
