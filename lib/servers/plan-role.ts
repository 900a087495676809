import type { Duration } from 'cdk8s';
import type { Cluster } from '../cluster/cluster';
import { startupBudget } from '../engines/probes';
import { checkInteger, checkMethod, checkOneOf } from '../util/check';
import { checkAnnotations, checkReference, objectName } from '../util/dns';
import { mebibytesOf, secondsOf } from '../util/units';
import { ensure } from '../validation/error';
import type { Accelerator } from '../values/accelerator';
import { Engine } from '../values/engine';
import { KvCache } from '../values/kv-cache';
import type { KvTransfer } from '../values/kv-transfer';
import type { ModelPlan } from '../values/model-source';
import { Network } from '../values/network';
import { layoutOf } from '../values/parallelism';
import type { ParallelLayout, Role, Topology } from '../values/plan';
import type { Release } from '../values/release';
import { checkHeads } from './check-heads';
import { defaultSharedMemoryMib, withDefaults } from './default-resources';
import { checkAbilities } from './engine-abilities';
import { imageOf } from './engine-image';
import { checkUserLabels, POOL_LABEL, podLabels, ROLE_LABEL } from './labels';
import type { Launch, RoleSpec, WideEpSpec } from './role-spec';
import { rolloutLimits } from './rollout';
import type { RoleOptions, ServingOptions, SplitRoleOptions } from './serving-options';

/** Port of requests; the sidecar's where there is one. Source: the guides. */
export const SERVING_PORT = 8000;
/** Port of an engine behind a sidecar. Source: the guides. */
export const ENGINE_BEHIND_SIDECAR_PORT = 8200;

/** Where a server is planned: its place in the tree, its cluster, its pins. */
export interface PlanContext {
  readonly path: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly cluster: Cluster;
  readonly release: Release;
}

/** What sets one role apart from the others of its server. */
export interface RoleRequest {
  readonly role: Role;
  /** Construct path of the role. */
  readonly path: string;
  readonly topology: Topology;
  readonly options: SplitRoleOptions;
  /**
   * Which side of a transfer it is.
   *
   * @default - neither
   */
  readonly side?: 'prefill' | 'decode';
  /**
   * How the cache is handed over.
   *
   * @default - it is not
   */
  readonly transfer?: KvTransfer;
  /**
   * Set for wide expert parallelism.
   *
   * @default - not wide
   */
  readonly wide?: Omit<WideEpSpec, 'supervisorPort'>;
}

/** The engine of a server: the one given, the simulator where there is no device, else vLLM. */
export function engineOf(given: Engine | undefined, accelerator: Accelerator): Engine {
  return given ?? (accelerator.vendor === 'none' ? Engine.simulator() : Engine.vllm());
}

/**
 * Plans one role: layout, image, ports, labels, resources, budgets.
 *
 * Errors: those of `layoutOf`; LLMD215 for heads that cannot be shared out; LLMD703 for an engine without an image for the device;
 * LLMD104 for a negative count; LLMD101 and LLMD102 for names and labels; LLMD715 for a mode that the engine does not have.
 */
export function planRole(context: PlanContext, shared: ServingOptions, request: RoleRequest): RoleSpec {
  const { options, role, topology, side, transfer } = request;
  const { cluster, release } = context;
  const accelerator = options.accelerator ?? shared.accelerator;
  checkGiven(shared, options, accelerator, transfer);
  const prefix = side === undefined ? '' : `${side}.`;
  const engine = engineOf(options.engine ?? shared.engine, accelerator);
  const model = shared.model.plan;
  const kvCache = shared.kvCache ?? KvCache.DEFAULT;
  const network = shared.network ?? Network.UNSPECIFIED;
  checkInteger(`${prefix}replicas`, options.replicas ?? 1, 0);
  ensure(options.replicas === undefined || options.autoscaling === undefined, 'LLMD106', {
    first: `${prefix}replicas`,
    second: `${prefix}autoscaling`,
    change: 'the autoscaler owns the number: drop `replicas`, set its `min` and `max`',
  });
  const layout = layoutOf(options.parallelism ?? {}, accelerator);
  checkHeads(model, layout);
  checkAbilities(engine, accelerator, layout, transfer, kvCache, request.wide !== undefined);
  checkUserLabels(shared.labels ?? {});
  const sidecar = side === 'decode';
  const enginePort = sidecar ? ENGINE_BEHIND_SIDECAR_PORT : SERVING_PORT;
  const launch = launchOf(layout, engine, request.wide !== undefined);
  const ranks = launch === 'rank-ports' ? layout.dataLocal : 1;
  // Supervisors sit above the ports of eight ranks, whatever number of ranks a pod has. Source: the wide-EP guide.
  const supervisorPort = enginePort + 8;
  ensure(ranks <= 8, 'LLMD413', { count: ranks, max: 8 });
  const grant = cluster.rdma(network, {
    accelerator,
    acceleratorsPerPod: layout.acceleratorsPerPod,
    ...(request.wide === undefined ? {} : { deviceInitiated: true }),
  });
  const labels = { ...shared.labels, ...podLabels(context.name, role, model, accelerator, engine) };
  const { [POOL_LABEL]: _, ...workerLabels } = labels;
  const workload = workloadOf(options, layout, request.wide !== undefined, prefix);
  const name = objectName([context.name, role]);
  const sharedMemoryMib = sharedMemoryOf(options, accelerator, request.wide !== undefined);
  return {
    path: request.path,
    server: context.name,
    topology,
    role,
    name,
    workload,
    replicas: options.autoscaling === undefined ? (options.replicas ?? 1) : undefined,
    maxReplicas: options.autoscaling?.max ?? options.replicas ?? 1,
    accelerator,
    layout,
    engine,
    network,
    transfer,
    enginePort,
    sidecar,
    containerName: 'modelserver',
    healthPort: launch === 'rank-ports' ? supervisorPort : enginePort,
    side,
    model,
    image: imageOf(engine, accelerator, network, release, request.wide !== undefined),
    launch,
    cluster,
    grant,
    labels,
    workerLabels,
    selector: { [POOL_LABEL]: context.name, [ROLE_LABEL]: role },
    annotations: shared.annotations ?? {},
    targetPorts: Array.from({ length: ranks }, (_unused, rank) => SERVING_PORT + rank),
    kvCache,
    resources: withDefaults(options.resources ?? {}, accelerator, layout, sharedMemoryMib, request.wide !== undefined),
    sharedMemoryMib,
    startupSeconds: startupSeconds(shared.startupTimeout, model, request.wide !== undefined),
    graceSeconds: graceSeconds(shared.terminationGracePeriod, engine.vllmOptions.shutdownTimeout),
    userEnv: [...(engine.options.env ?? [])],
    wide: request.wide === undefined ? undefined : { ...request.wide, supervisorPort },
    sidecarImage: release.row.routingSidecar,
    serviceAccountName: shared.serviceAccountName ?? context.name,
    imagePullSecrets: shared.imagePullSecrets ?? [],
    priorityClassName: shared.priorityClassName,
    overlay: options.podTemplate ?? undefined,
    claimTemplate: accelerator.dra === undefined && grant.claim === undefined ? undefined : name,
    startupPolicy: workload === 'LeaderWorkerSet' ? 'LeaderCreated' : undefined,
    rollout: rolloutLimits(options),
  };
}

function checkGiven(shared: ServingOptions, options: SplitRoleOptions, accelerator: Accelerator, transfer: KvTransfer | undefined): void {
  // For callers without a compiler.
  const given = (value: unknown) => value !== undefined && value !== null;
  ensure(given(shared.model), 'LLMD105', {
    prop: 'model',
    change: 'say where the weights come from, e.g. ModelSource.huggingFace(...)',
  });
  ensure(given(accelerator), 'LLMD105', { prop: 'accelerator', change: 'say what it runs on, e.g. Accelerator.NVIDIA_H100' });
  const kinds: readonly (readonly [string, unknown, boolean, string])[] = [
    ['model', shared.model, shared.model.plan !== undefined, 'ModelSource, e.g. ModelSource.huggingFace(...)'],
    ['accelerator', accelerator, accelerator.vendor !== undefined, 'Accelerator, e.g. Accelerator.NVIDIA_H100'],
    ['engine', options.engine ?? shared.engine, (options.engine ?? shared.engine)?.options !== undefined, 'Engine, e.g. Engine.vllm()'],
    ['network', shared.network, shared.network?.kind !== undefined, 'Network, e.g. Network.tcp()'],
  ];
  for (const [prop, value, known, make] of kinds) {
    ensure(!given(value) || known, 'LLMD107', { prop, given: String(value), allowed: `make it by ${make}` });
  }
  checkMethod('transfer', transfer, 'vllmConfig', 'KvTransfer, e.g. KvTransfer.nixl()');
  checkMethod('autoscaling', options.autoscaling, 'addTo', 'Autoscaling.hpa(...)');
  checkMethod('disruption', options.disruption, 'addTo', 'Disruption, e.g. Disruption.maxUnavailable(1)');
  checkMethod('monitoring', shared.monitoring, 'addTo', 'Monitoring.podMonitor()');
  checkOneOf('workload', options.workload, ['Deployment', 'LeaderWorkerSet']);
  const secrets: unknown = shared.imagePullSecrets ?? [];
  ensure(Array.isArray(secrets), 'LLMD107', { prop: 'imagePullSecrets', given: String(secrets), allowed: 'it must be a list of names' });
  for (const name of secrets) {
    checkReference('imagePullSecrets', name);
  }
  checkReference('serviceAccountName', shared.serviceAccountName);
  checkReference('priorityClassName', shared.priorityClassName);
  checkAnnotations('annotations', shared.annotations ?? {});
}

function startupSeconds(given: Duration | undefined, model: ModelPlan, wide: boolean): number {
  // 45 minutes: the wide-EP guide.
  return given === undefined ? (wide ? 2700 : startupBudget(model.facts.weightGib, model.kind)) : secondsOf('startupTimeout', given, 1);
}

function graceSeconds(given: Duration | undefined, shutdown: Duration | undefined): number | undefined {
  if (given !== undefined) {
    return secondsOf('terminationGracePeriod', given, 1);
  }
  // A minute beyond the engine's own limit for the sidecar and for endpoints to be taken out.
  return shutdown === undefined ? undefined : secondsOf('engine.shutdownTimeout', shutdown) + 60;
}

function sharedMemoryOf({ sharedMemory }: RoleOptions, accelerator: Accelerator, wide: boolean): number | undefined {
  return sharedMemory === undefined ? defaultSharedMemoryMib(accelerator, wide) : mebibytesOf('sharedMemory', sharedMemory);
}

/** A Deployment, unless the pods of a replica must find one another. */
function workloadOf({ workload }: RoleOptions, layout: ParallelLayout, wide: boolean, prefix: string): RoleSpec['workload'] {
  const spans = layout.podsPerReplica > 1;
  const refuse = (allowed: string) => ({ prop: `${prefix}workload`, given: 'Deployment', allowed });
  ensure(!(spans && workload === 'Deployment'), 'LLMD107', refuse(`a replica of ${layout.podsPerReplica} pods needs a LeaderWorkerSet`));
  ensure(!(wide && workload === 'Deployment'), 'LLMD107', refuse('the ranks of a wide group find one another through a LeaderWorkerSet'));
  return workload ?? (spans || wide ? 'LeaderWorkerSet' : 'Deployment');
}

function launchOf(layout: ParallelLayout, engine: Engine, wide: boolean): Launch {
  if (wide) {
    return 'rank-ports';
  }
  if (layout.podsPerReplica === 1) {
    return 'single';
  }
  // Only vLLM balances over the data ranks of each pod; the nodes of SGLang serve through their first.
  return layout.data > 1 && engine.kind === 'vllm' ? 'data-nodes' : 'pipeline-nodes';
}
