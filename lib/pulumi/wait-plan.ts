import type { CustomTimeouts } from '@pulumi/pulumi';
import type { ApiObject } from 'cdk8s';
import { equalitySelector, isEmpty } from '../validation/label-index';
import { fields, type SynthModel, type SynthObject, type Workload } from '../validation/model';
import { annotationsOf, PULUMI_ANNOTATIONS } from './annotations';
import { type Budget, budgetOf, fewestReplicas, scalersOf } from './startup-budget';

/** How Pulumi deploys one object: what it waits for, how long, and what it leaves alone. */
export interface WaitPlan {
  readonly annotations: Readonly<Record<string, string>>;
  readonly ignoreChanges: readonly string[];
  /** Undefined leaves them to the provider, which waits 10 minutes. */
  readonly customTimeouts: CustomTimeouts | undefined;
}

/** What waits are planned from. */
export interface WaitContext {
  readonly model: SynthModel;
  /** False: an object counts as ready when the API server has taken it. */
  readonly awaiting: boolean;
  /** Everything that must exist before the object at a path. */
  needs(path: string): ReadonlySet<ApiObject>;
}

const SKIP = { [PULUMI_ANNOTATIONS.skipAwait]: 'true' };

/** Kinds that the provider waits for unasked (pkg/await/awaiters.go of pulumi-kubernetes 4.34). */
const AWAITED: ReadonlySet<string> = new Set(
  ['DaemonSet', 'Deployment', 'StatefulSet']
    .map((kind) => `apps/v1 ${kind}`)
    .concat(
      ['batch/v1 Job', 'networking.k8s.io/v1 Ingress'],
      [
        'PersistentVolume',
        'PersistentVolumeClaim',
        'Pod',
        'ReplicationController',
        'ResourceQuota',
        'Secret',
        'Service',
        'ServiceAccount',
      ].map((kind) => `v1 ${kind}`),
    ),
);

/**
 * Plans one object. What the provider waits for was read in its source (pkg/await and pkg/metadata/overrides.go, 4.34):
 *
 * - A Deployment is waited for until it is Available and every pod of the newest ReplicaSet is ready; a router with an election has
 *   one ready pod only, so it is waited for by its counts.
 * - A Service that selects pods is waited for until none of them is unready; headless ones and those that select nothing are not.
 *   One whose pods need not become ready (an election, none at all, or pods that wait for the Service itself) is not waited for.
 * - Custom resources are waited for only when an annotation says so: a LeaderWorkerSet until it is Available, a Gateway until it is
 *   Programmed, a route until each of its Gateways has accepted it and has found what it leads to.
 * - An InferencePool never: a Gateway speaks of a pool when a route leads to it, and the route comes after the pool's router, which
 *   waits for the pool. So the route tells whether the pool is taken: a Gateway without the inference extension accepts the route and
 *   says of its references that they are not resolved.
 *
 * An object that has `pulumi.com/skipAwait` or `pulumi.com/waitFor` already is left as it is.
 */
export function planWaits(context: WaitContext, object: SynthObject): WaitPlan {
  const { model } = context;
  const workload = model.workloadOf(object);
  const budget =
    object.kind === 'Service' ? longest(selected(model, object).map((one) => budgetOf(model, one))) : workload && budgetOf(model, workload);
  return {
    annotations: annotations(context, object, workload),
    ignoreChanges: scalersOf(model, object).length > 0 ? ['spec.replicas'] : [],
    customTimeouts: budget && timeouts(budget),
  };
}

function annotations(context: WaitContext, object: SynthObject, workload: Workload | undefined): Readonly<Record<string, string>> {
  const given = annotationsOf(object.json);
  if (given[PULUMI_ANNOTATIONS.skipAwait] !== undefined || given[PULUMI_ANNOTATIONS.waitFor] !== undefined) {
    return {};
  }
  if (!context.awaiting) {
    return AWAITED.has(`${object.apiVersion} ${object.kind}`) ? SKIP : {};
  }
  if (object.kind === 'Service') {
    return blocks(context, object) ? SKIP : {};
  }
  const conditions = conditionsOf(context.model, object, workload);
  const [only, ...more] = conditions;
  return only === undefined ? {} : { [PULUMI_ANNOTATIONS.waitFor]: more.length === 0 ? only : JSON.stringify(conditions) };
}

function conditionsOf(model: SynthModel, object: SynthObject, workload: Workload | undefined): readonly string[] {
  switch (`${object.apiVersion.split('/')[0]} ${object.kind}`) {
    case 'apps Deployment':
      return workload !== undefined && hasElection(workload)
        ? [`jsonpath={.status.updatedReplicas}=${fields(object.json.spec).replicas}`, 'jsonpath={.status.readyReplicas}=1']
        : [];
    case 'leaderworkerset.x-k8s.io LeaderWorkerSet':
      return fewestReplicas(model, object) > 0 ? ['condition=Available'] : [];
    case 'gateway.networking.k8s.io Gateway':
      return ['condition=Programmed'];
    case 'gateway.networking.k8s.io HTTPRoute':
    case 'gateway.networking.k8s.io GRPCRoute':
      return routeConditions(fields(object.json.spec).parentRefs);
    default:
      return [];
  }
}

/** Conditions of a route that a Gateway must report, `ResolvedRefs` about the backends (Gateway API v1, `RouteParentStatus`). */
const ROUTE_CONDITIONS = ['Accepted', 'ResolvedRefs'] as const;

/**
 * What was said of the route as it is now. The provider itself compares the generation for `condition=…`, which does not look into
 * `status.parents`; whoever says no generation is believed.
 */
const CURRENT = '(!@.observedGeneration || @.observedGeneration==$.metadata.generation)';

/** The provider reads the first value of a path only, so each parent has paths of its own. */
function routeConditions(parents: unknown): readonly string[] {
  const count = Array.isArray(parents) ? parents.length : 0;
  return Array.from({ length: count }, (_, parent) =>
    ROUTE_CONDITIONS.map((type) => `jsonpath={.status.parents[${parent}].conditions[?(@.type=='${type}' && ${CURRENT})].status}=True`),
  ).flat();
}

/** True for a Service that may have unready pods for ever, or none. */
function blocks({ model, needs }: WaitContext, service: SynthObject): boolean {
  const workloads = selected(model, service);
  const waiting = (workload: Workload) => [...needs(workload.object.path)].some(({ node }) => node.path === service.path);
  const ready = (workload: Workload) => !hasElection(workload) && fewestReplicas(model, workload.object) > 0 && !waiting(workload);
  return fields(service.json.spec).selector !== undefined && !(workloads.length > 0 && workloads.every(ready));
}

/** Workloads with a pod that a Service selects. */
function selected(model: SynthModel, service: SynthObject): readonly Workload[] {
  const selector = equalitySelector(fields(service.json.spec).selector);
  const pods = isEmpty(selector) ? [] : model.select(service.namespace, selector);
  return [...new Set(pods.map(({ workload }) => workload))];
}

/** Of the replicas of a router with an election only the leader is Ready. */
function hasElection({ router }: Workload): boolean {
  return router?.leaderElection === true && router.replicas > 1;
}

function longest(budgets: readonly Budget[]): Budget | undefined {
  const most = (part: keyof Budget) => Math.max(...budgets.map((budget) => budget[part]));
  return budgets.length === 0 ? undefined : { create: most('create'), update: most('update'), delete: most('delete') };
}

/** The provider waits 10 minutes for an object to be gone. */
const DELETE_SECONDS = 600;

function timeouts(budget: Budget): CustomTimeouts {
  return {
    create: `${budget.create}s`,
    update: `${budget.update}s`,
    ...(budget.delete > DELETE_SECONDS ? { delete: `${budget.delete}s` } : {}),
  };
}
