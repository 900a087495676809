import type { Cluster } from '../cluster/cluster';
import type { GatewayPlan } from '../gateway/plan';
import type { Container, PodSpec, Volume } from '../manifests/pod';
import type { RouterPlan } from '../router/router-plan';
import type { RolePlan, ServersPlan } from '../values/plan';
import { withJointNamespaces } from './joint-namespaces';
import { LabelIndex, type Labels, type Selector, selectorOf } from './label-index';

/** A part of a manifest that may hold anything: users write objects too. */
export type Fields = Readonly<Record<string, unknown>>;

/** An object as it will be written, after the user's patches. */
export interface SynthObject {
  /** Construct path. */
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined leaves it to whoever applies the object. */
  readonly namespace: string | undefined;
  readonly json: Fields;
  /** Cluster that holds where the object is defined; undefined in a model that was made without constructs. */
  readonly cluster: Cluster | undefined;
}

/** A pod that a workload makes. */
export interface PodView {
  readonly workload: Workload;
  /** Pools that send requests to it. */
  readonly pools: readonly PoolView[];
  /** Which of the workload's templates it is made from. */
  readonly template: 'pod' | 'leader' | 'worker';
  readonly labels: Labels;
  readonly spec: PodSpec;
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  /** Containers that run side by side: the containers and the native sidecars. */
  readonly running: readonly Container[];
  readonly volumes: readonly Volume[];
}

/** An object that makes pods, ours or the user's. */
export interface Workload {
  readonly object: SynthObject;
  /** By which labels it finds its pods; undefined for kinds that need none. */
  readonly selector: Selector | undefined;
  readonly pods: readonly PodView[];
  /** The role that it runs; undefined when it is none of ours. */
  readonly role: RolePlan | undefined;
  /** The server that it is a part of. */
  readonly servers: ServersPlan | undefined;
  /** The router that it runs. */
  readonly router: RouterPlan | undefined;
  /** True when a construct of this library made it. */
  readonly ours: boolean;
}

/** What sends requests to pods that it chooses by label: an InferencePool, or a router without one. */
export interface PoolView {
  readonly path: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly selector: Selector;
  readonly ports: readonly number[];
  /** Plan of its router; undefined for a pool of the user. */
  readonly router: RouterPlan | undefined;
  /** The pods that it selects. */
  readonly pods: readonly PodView[];
}

/** What a model is made from. */
export interface ModelInput {
  readonly objects: readonly SynthObject[];
  /** @default - none */
  readonly servers?: readonly ServersPlan[];
  /** @default - none */
  readonly routers?: readonly RouterPlan[];
  /** @default - none */
  readonly gateways?: readonly GatewayPlan[];
}

/** Everything that one synth writes, seen together. Rules are functions of it. */
export interface SynthModel {
  readonly objects: readonly SynthObject[];
  readonly workloads: readonly Workload[];
  readonly pods: readonly PodView[];
  readonly pools: readonly PoolView[];
  readonly servers: readonly ServersPlan[];
  readonly routers: readonly RouterPlan[];
  readonly gateways: readonly GatewayPlan[];
  /** Objects of one kind, in the order of the tree. */
  ofKind(kind: string): readonly SynthObject[];
  /** The object of a kind, namespace and name; the first one when there are several. */
  find(kind: string, namespace: string | undefined, name: string): SynthObject | undefined;
  /** The workload that an object is. */
  workloadOf(object: SynthObject): Workload | undefined;
  /** True when the construct at a path is, or is a part of, a construct that contributed a plan. */
  isOurs(path: string): boolean;
  /** Pods of a namespace that a selector matches. */
  select(namespace: string | undefined, selector: Selector): readonly PodView[];
}

/** Identity of an object in a cluster. Namespaced or not: an absent namespace is a namespace of its own. */
export function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}|${namespace ?? ''}|${name}`;
}

/** `a/b/c`, `a/b`, `a`. */
function pathAndAbove(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

/** Sees plans and objects together. The cost grows with their number, not with the number of pairs. */
export function buildModel(input: ModelInput): SynthModel {
  const { objects, servers = [], routers = [], gateways = [] } = withJointNamespaces(input);
  const roles = new Map<string, { readonly role: RolePlan; readonly servers: ServersPlan }>();
  for (const plan of servers) {
    for (const role of plan.roles) {
      roles.set(keyOf(role.workload, plan.namespace, role.name), { role, servers: plan });
    }
  }
  const routerOf = new Map(routers.map((plan) => [keyOf('Deployment', plan.namespace, plan.name), plan]));
  const byPool = new Map(routers.map((plan) => [keyOf('InferencePool', plan.namespace, plan.poolName), plan]));
  const plans = new Set([...servers, ...routers, ...gateways].map(({ path }) => path));
  const isOurs = (path: string) => pathAndAbove(path).some((at) => plans.has(at));
  const byKind = new Map<string, SynthObject[]>();
  const byKey = new Map<string, SynthObject>();
  const workloads = new Map<SynthObject, Workload>();
  const index = new LabelIndex<PodView>();
  for (const object of objects) {
    const key = keyOf(object.kind, object.namespace, object.name);
    const siblings = byKind.get(object.kind);
    if (siblings === undefined) {
      byKind.set(object.kind, [object]);
    } else {
      siblings.push(object);
    }
    if (!byKey.has(key)) {
      byKey.set(key, object);
    }
    const workload = workloadFrom(object, roles.get(key), routerOf.get(key), isOurs(object.path));
    if (workload !== undefined) {
      workloads.set(object, workload);
      for (const pod of workload.pods) {
        index.add(object.namespace, pod.labels, pod);
      }
    }
  }
  const all = [...workloads.values()];
  const pools = [
    ...(byKind.get('InferencePool') ?? []).map((object) => poolFrom(object, byPool)),
    ...routers.filter(({ mode }) => mode === 'selector').map(poolOfRouter),
  ].map((pool): PoolView => ({ ...pool, pods: index.select(pool.namespace, pool.selector) }));
  for (const pool of pools) {
    for (const pod of pool.pods) {
      (pod.pools as PoolView[]).push(pool);
    }
  }
  return {
    objects,
    workloads: all,
    pods: all.flatMap(({ pods }) => pods),
    pools,
    servers,
    routers,
    gateways,
    ofKind: (kind) => byKind.get(kind) ?? [],
    find: (kind, namespace, name) => byKey.get(keyOf(kind, namespace, name)),
    workloadOf: (object) => workloads.get(object),
    isOurs,
    select: (namespace, selector) => index.select(namespace, selector),
  };
}

function poolFrom(object: SynthObject, routers: ReadonlyMap<string, RouterPlan>): Omit<PoolView, 'pods'> {
  const spec = fields(object.json.spec);
  const ports = list(spec.targetPorts).map((port) => Number(fields(port).number));
  const router = routers.get(keyOf('InferencePool', object.namespace, object.name));
  return { path: object.path, name: object.name, namespace: object.namespace, selector: selectorOf(spec.selector), ports, router };
}

function poolOfRouter(router: RouterPlan): Omit<PoolView, 'pods'> {
  const { path, poolName: name, namespace, servers } = router;
  return { path, name, namespace, selector: { labels: servers.poolLabels, expressions: [] }, ports: servers.targetPorts, router };
}

/** Where each kind keeps its pod template and its selector. */
const TEMPLATES: Readonly<Record<string, (spec: Fields, json: Fields) => readonly (readonly [PodView['template'], unknown])[]>> = {
  // Kinds are anybody's words, also those that every object has a property of.
  __proto__: null as never,
  Deployment: (spec) => [['pod', spec.template]],
  StatefulSet: (spec) => [['pod', spec.template]],
  DaemonSet: (spec) => [['pod', spec.template]],
  ReplicaSet: (spec) => [['pod', spec.template]],
  Job: (spec) => [['pod', spec.template]],
  CronJob: (spec) => [['pod', fields(fields(spec.jobTemplate).spec).template]],
  Pod: (_, json) => [['pod', json]],
  LeaderWorkerSet: (spec) => {
    const group = fields(spec.leaderWorkerTemplate);
    const worker = ['worker', group.workerTemplate] as const;
    return group.leaderTemplate === undefined ? [worker] : [['leader', group.leaderTemplate], worker];
  },
};

const SELECTING: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

function workloadFrom(
  object: SynthObject,
  of: { readonly role: RolePlan; readonly servers: ServersPlan } | undefined,
  router: RouterPlan | undefined,
  ours: boolean,
): Workload | undefined {
  const templates = TEMPLATES[object.kind]?.(fields(object.json.spec), object.json);
  if (templates === undefined) {
    return undefined;
  }
  const pods: PodView[] = [];
  const workload: Workload = {
    object,
    selector: SELECTING.has(object.kind) ? selectorOf(fields(object.json.spec).selector) : undefined,
    pods,
    role: of?.role,
    servers: of?.servers,
    router,
    ours,
  };
  pods.push(...templates.map(([template, json]) => podFrom(workload, template, fields(json))));
  return workload;
}

function podFrom(workload: Workload, template: PodView['template'], json: Fields): PodView {
  const spec = fields(json.spec) as unknown as PodSpec;
  const containers = named<Container>(spec.containers);
  const initContainers = named<Container>(spec.initContainers);
  return {
    workload,
    pools: [],
    template,
    labels: fields(fields(json.metadata).labels) as Labels,
    spec,
    containers,
    initContainers,
    running: [...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'), ...containers],
    volumes: named<Volume>(spec.volumes),
  };
}

/** The fields of a mapping; of anything else none. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The items of a list; of anything else none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The items of a list that are mappings with a name. */
export function named<T extends { readonly name?: string }>(value: unknown): readonly T[] {
  return list(value).filter((item) => typeof fields(item).name === 'string') as T[];
}
