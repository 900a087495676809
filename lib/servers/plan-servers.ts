import { checkInteger } from '../util/check';
import { ensure } from '../validation/error';
import { KvTransfer } from '../values/kv-transfer';
import type { Parallelism } from '../values/parallelism';
import type { ServersPlan, Topology } from '../values/plan';
import { POOL_LABEL } from './labels';
import { type PlanContext, planRole, type RoleRequest } from './plan-role';
import type { RoleSpec } from './role-spec';
import type { RoleOptions, ServingOptions, SplitRoleOptions } from './serving-options';
import { ROLE_PROPS } from './serving-props';

/** The API server's grace period, which holds when a pod names none. */
const DEFAULT_GRACE_SECONDS = 30;

/** A server's plan and the specs of its roles. */
export interface PlannedServers {
  readonly plan: ServersPlan;
  readonly roles: readonly RoleSpec[];
}

/** Puts the roles of one server together. */
function planServers(context: PlanContext, topology: Topology, roles: readonly RoleSpec[]): PlannedServers {
  const [first] = roles as readonly [RoleSpec, ...RoleSpec[]];
  const serving = roles[roles.length - 1] as RoleSpec;
  return {
    roles,
    plan: {
      path: context.path,
      name: context.name,
      namespace: context.namespace,
      topology,
      model: first.model,
      poolLabels: { [POOL_LABEL]: context.name },
      targetPorts: serving.targetPorts,
      engineType: first.engine.kind === 'sglang' ? 'sglang' : 'vllm',
      roles,
      kvBlockTokens: first.kvCache.blockTokens,
      kvEventsPort: first.kvCache.eventsPort,
      terminationGraceSeconds: Math.max(...roles.map(({ graceSeconds }) => graceSeconds ?? DEFAULT_GRACE_SECONDS)),
    },
  };
}

/** One role that does all: upstream calls it decode. */
export function planServing(context: PlanContext, options: ServingOptions & RoleOptions): PlannedServers {
  const role = planRole(context, options, { role: 'decode', path: context.path, topology: 'aggregated', options: roleOptionsOf(options) });
  return planServers(context, 'aggregated', [role]);
}

/** What a split server takes beside its shared options. */
export interface TransferOptions {
  /**
   * How the cache is handed over.
   *
   * @default KvTransfer.nixl()
   */
  readonly transfer?: KvTransfer;
}

/** Prefill and decode of a server that is split. */
export interface SplitRoles {
  readonly prefill: SplitRoleOptions;
  readonly decode: SplitRoleOptions;
}

/**
 * Two roles and a transfer between them.
 *
 * Errors: LLMD401 when a role is missing; LLMD402 when neither tensor size divides the other; LLMD403 when the engines differ; LLMD412
 * when a role has no replicas.
 */
export function planPair(context: PlanContext, options: ServingOptions & TransferOptions & SplitRoles): PlannedServers {
  const { prefill, decode } = checkSplit(options.prefill, options.decode);
  const transfer = options.transfer ?? KvTransfer.nixl();
  const request = (side: 'prefill' | 'decode', role: SplitRoleOptions): RoleRequest => ({
    role: side,
    side,
    path: `${context.path}/${side === 'prefill' ? 'Prefill' : 'Decode'}`,
    topology: 'prefill-decode',
    options: role,
    transfer,
  });
  const roles = [planRole(context, options, request('prefill', prefill)), planRole(context, options, request('decode', decode))];
  checkAgreement(roles[0] as RoleSpec, roles[1] as RoleSpec);
  return planServers(context, 'prefill-decode', roles);
}

/** What wide expert parallelism takes beside its shared options. */
export interface WideEpShape {
  /**
   * Kernel that computes the experts (`--moe-backend`), e.g. `deep_gemm` for FP8 block-quantized models.
   *
   * @default - the engine's
   */
  readonly moeBackend?: string;
}

/** All-to-all backend by side. Source: the wide-EP guide; a group that is not split takes the engine's own. */
const ALL2ALL = { prefill: 'deepep_high_throughput', decode: 'deepep_low_latency' } as const;

/** Ranks over many nodes, each with a port of its own; split into prefill and decode, or not. */
export function planWideEp(
  context: PlanContext,
  options: ServingOptions & TransferOptions & WideEpShape & RoleOptions & Partial<SplitRoles>,
): PlannedServers {
  const moeBackend = options.moeBackend;
  if (options.prefill === undefined && options.decode === undefined) {
    const role = planRole(context, options, {
      role: 'decode',
      path: context.path,
      topology: 'wide-ep',
      options: { ...roleOptionsOf(options), parallelism: expertParallel(options.parallelism) },
      wide: { all2all: undefined, moeBackend },
    });
    return planServers(context, 'wide-ep', [role]);
  }
  for (const prop of ['parallelism', 'replicas', 'autoscaling'] as const) {
    ensure(options[prop] === undefined, 'LLMD106', {
      first: prop,
      second: 'prefill',
      change: `set \`${prop}\` in \`prefill\` and \`decode\``,
    });
  }
  const { prefill, decode } = checkSplit(options.prefill, options.decode);
  const transfer = options.transfer ?? KvTransfer.nixl({ loadFailurePolicy: 'fail' });
  const plan = (side: 'prefill' | 'decode', role: SplitRoleOptions) =>
    planRole(context, options, {
      role: side,
      side,
      path: `${context.path}/${side === 'prefill' ? 'Prefill' : 'Decode'}`,
      topology: 'wide-ep',
      options: { ...roleOptionsOf(options), ...role, parallelism: expertParallel(role.parallelism) },
      transfer,
      wide: { all2all: ALL2ALL[side], moeBackend },
    });
  const roles = [plan('prefill', prefill), plan('decode', decode)];
  checkAgreement(roles[0] as RoleSpec, roles[1] as RoleSpec);
  return planServers(context, 'wide-ep', roles);
}

function expertParallel(parallelism: Parallelism | undefined): Parallelism {
  ensure(parallelism?.data !== undefined && parallelism.data !== null, 'LLMD105', {
    prop: 'parallelism.data',
    change: 'a wide group needs the number of its data-parallel ranks, e.g. { data: 16, dataLocal: 8, expert: true }',
  });
  return { ...parallelism, expert: parallelism.expert ?? true };
}

function roleOptionsOf(options: RoleOptions): RoleOptions {
  return Object.fromEntries(Object.entries(options).filter(([prop, value]) => prop in ROLE_PROPS && value !== undefined));
}

function checkSplit(prefill: SplitRoleOptions | undefined, decode: SplitRoleOptions | undefined): SplitRoles {
  ensure(prefill !== undefined && prefill !== null, 'LLMD401', { given: 'decode', missing: 'prefill' });
  ensure(decode !== undefined && decode !== null, 'LLMD401', { given: 'prefill', missing: 'decode' });
  for (const [role, { replicas }] of Object.entries({ prefill, decode })) {
    if (replicas !== undefined) {
      checkInteger(`${role}.replicas`, replicas, 0);
      ensure(replicas > 0, 'LLMD412', { role, given: replicas });
    }
  }
  return { prefill, decode };
}

function checkAgreement(prefill: RoleSpec, decode: RoleSpec): void {
  ensure(prefill.engine.kind === decode.engine.kind, 'LLMD403', {
    what: 'the engine',
    prefill: prefill.engine.kind,
    decode: decode.engine.kind,
  });
  const [a, b] = [prefill.layout.tensor, decode.layout.tensor];
  ensure(a % b === 0 || b % a === 0, 'LLMD402', { prefill: a, decode: b });
  // One pool addresses both roles by one list of ports, a port for each rank of a pod.
  const ranks = { prefill: prefill.targetPorts.length, decode: decode.targetPorts.length };
  ensure(ranks.prefill === ranks.decode, 'LLMD416', ranks);
  const types = [prefill, decode].map(({ engine }) => engine.vllmOptions.kvCacheDtype ?? 'auto');
  ensure(types[0] === types[1], 'LLMD403', {
    what: 'the precision of the KV cache',
    prefill: types[0] as string,
    decode: types[1] as string,
  });
}
