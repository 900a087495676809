import type { ApiObject, JsonPatch } from 'cdk8s';
import type { ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { type PropTable, propsAt } from '../util/props';
import type { ServersPlan } from '../values/plan';
import type { IModelServers } from './model-servers';
import { planServing } from './plan-servers';
import type { RoleSpec } from './role-spec';
import { planAt, serverAccount } from './server-context';
import { type IRoleServers, ServerGroup } from './server-group';
import type { RoleOptions, ServingOptions } from './serving-options';
import { ROLE_PROPS, SERVING_PROPS } from './serving-props';

/** Properties of a {@link ModelServing}. */
export interface ModelServingProps extends ServingOptions, RoleOptions {}

const PROPS: PropTable<ModelServingProps> = { ...SERVING_PROPS, ...ROLE_PROPS };

/**
 * Serves one model with identical replicas, each of which computes prompts and answers (aggregated).
 *
 * The cluster runs a Deployment `<id>-decode` whose pods load the model and answer OpenAI requests on port 8000; a LeaderWorkerSet when
 * a replica spans nodes. Nothing routes to it yet: pass it to `InferenceGateway.addModel`.
 *
 * Throws an `LlmdError` with the construct's path for values that cannot be deployed.
 */
export class ModelServing extends Construct implements IModelServers {
  readonly plan: ServersPlan;
  /** Workload and what goes with it. */
  readonly servers: IRoleServers;
  /** The pods' account; undefined when an existing one was named. */
  readonly serviceAccount: ServiceAccount | undefined;

  constructor(scope: Construct, id: string, props: ModelServingProps) {
    super(scope, id);
    const given = propsAt(this, 'ModelServing', props, PROPS, new.target !== ModelServing);
    const planned = planAt(this, given, (context) => planServing(context, given));
    this.plan = planned.plan;
    this.serviceAccount = serverAccount(this, planned, given);
    this.servers = new ServerGroup(this, 'Servers', {
      spec: planned.roles[0] as RoleSpec,
      namespace: planned.plan.namespace,
      shared: given,
      options: given,
    });
    if (this.serviceAccount !== undefined) {
      this.workload.node.addDependency(this.serviceAccount);
    }
  }

  /** The Deployment or LeaderWorkerSet. */
  get workload(): ApiObject {
    return this.servers.workload;
  }

  get workloads(): readonly ApiObject[] {
    return [this.workload];
  }

  /** Patches the workload; what the patch writes reaches the YAML as it is. */
  addJsonPatch(...operations: JsonPatch[]): void {
    this.servers.addJsonPatch(...operations);
  }
}
