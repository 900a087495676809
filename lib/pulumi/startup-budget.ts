import { fields, keyOf, type PodView, type SynthModel, type SynthObject, type Workload } from '../validation/model';

/** How long the pods of a workload may take, in seconds. */
export interface Budget {
  /** From nothing until all are ready. */
  readonly create: number;
  /** Until all are replaced by others. */
  readonly update: number;
  /** Until all have ended. */
  readonly delete: number;
}

/** The API server's default of `progressDeadlineSeconds`: what scheduling and pulling images may take where nothing else is said. */
const PROGRESS_SECONDS = 600;
/** The workload's controller then has the time to say what is wrong before Pulumi gives up. */
const MARGIN_SECONDS = 60;
/** Defaults of the API server. */
const DEFAULT_GRACE_SECONDS = 30;
const DEFAULT_PERIOD_SECONDS = 10;
const DEFAULT_FAILURES = 3;

/**
 * The budget of a workload: `progressDeadlineSeconds` of a Deployment, of anything else the 10 minutes that it defaults to and what
 * the startup probes allow. An update takes that once for every batch that the rollout may replace at a time.
 */
export function budgetOf(model: SynthModel, workload: Workload): Budget {
  const { object, pods } = workload;
  const spec = fields(object.json.spec);
  const startups = pods.map(startupSeconds);
  // Workers that start when their leader is ready come on top of it.
  const startup = spec.startupPolicy === 'LeaderReady' ? startups.reduce((sum, one) => sum + one, 0) : Math.max(0, ...startups);
  const deadline = Number(spec.progressDeadlineSeconds ?? PROGRESS_SECONDS + startup);
  const replicas = mostReplicas(model, object);
  const oneByOne = object.kind === 'StatefulSet' && spec.podManagementPolicy !== 'Parallel';
  return {
    create: deadline * (oneByOne ? replicas : 1) + MARGIN_SECONDS,
    update: deadline * Math.max(1, Math.ceil(replicas / batch(object, replicas))) + MARGIN_SECONDS,
    delete: Math.max(0, ...pods.map((pod) => Number(pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS))) + MARGIN_SECONDS,
  };
}

const SCALERS = new WeakMap<SynthModel, ReadonlyMap<string, readonly SynthObject[]>>();

/** Objects that scale another one: HorizontalPodAutoscaler, ScaledObject, and whatever else has a `scaleTargetRef`. */
export function scalersOf(model: SynthModel, { kind, name, namespace }: SynthObject): readonly SynthObject[] {
  const known = SCALERS.get(model) ?? scalersByTarget(model);
  SCALERS.set(model, known);
  return known.get(keyOf(kind, namespace, name)) ?? [];
}

function scalersByTarget({ objects }: SynthModel): ReadonlyMap<string, readonly SynthObject[]> {
  const found = new Map<string, SynthObject[]>();
  for (const scaler of objects) {
    // Without a kind KEDA takes a Deployment; the others must name it.
    const { kind = 'Deployment', name } = fields(fields(scaler.json.spec).scaleTargetRef);
    if (name !== undefined) {
      const key = keyOf(String(kind), scaler.namespace, String(name));
      found.set(key, [...(found.get(key) ?? []), scaler]);
    }
  }
  return found;
}

/** Fewest replicas that an object may be scaled to. */
export function fewestReplicas(model: SynthModel, object: SynthObject): number {
  const scalers = scalersOf(model, object).map(({ kind, json }) => {
    const spec = fields(json.spec);
    return Number(spec.minReplicas ?? spec.minReplicaCount ?? (kind === 'ScaledObject' ? 0 : 1));
  });
  return scalers.length === 0 ? Number(fields(object.json.spec).replicas ?? 1) : Math.min(...scalers);
}

function mostReplicas(model: SynthModel, object: SynthObject): number {
  const scalers = scalersOf(model, object).map(({ json }) => {
    const spec = fields(json.spec);
    return Number(spec.maxReplicas ?? spec.maxReplicaCount ?? 1);
  });
  return Math.max(1, Number(fields(object.json.spec).replicas ?? 1), ...scalers);
}

/** Pods, or groups of them, that a rollout replaces at a time. */
function batch({ kind, json }: SynthObject, replicas: number): number {
  const spec = fields(json.spec);
  if (kind === 'LeaderWorkerSet') {
    const { maxSurge = 0, maxUnavailable = 1 } = fields(fields(spec.rolloutStrategy).rollingUpdateConfiguration);
    return Math.max(1, share(maxSurge, replicas, Math.ceil) + share(maxUnavailable, replicas, Math.floor));
  }
  if (kind === 'Deployment') {
    const { type, rollingUpdate } = fields(spec.strategy);
    const { maxSurge = '25%', maxUnavailable = '25%' } = fields(rollingUpdate);
    return type === 'Recreate' ? replicas : Math.max(1, share(maxSurge, replicas, Math.ceil) + share(maxUnavailable, replicas, Math.floor));
  }
  return 1;
}

/** A number, or a share of all in percent. */
function share(value: unknown, of: number, round: (value: number) => number): number {
  return typeof value === 'string' && value.endsWith('%') ? round((of * Number(value.slice(0, -1))) / 100) : Number(value);
}

/** How long the probes let the containers of a pod start, those that run before others added up. */
function startupSeconds({ containers, initContainers }: PodView): number {
  const before = initContainers.map(probeSeconds).reduce((sum, one) => sum + one, 0);
  return before + Math.max(0, ...containers.map(probeSeconds));
}

function probeSeconds(container: object): number {
  const probe = fields(fields(container).startupProbe);
  if (Object.keys(probe).length === 0) {
    return 0;
  }
  const { initialDelaySeconds = 0, periodSeconds = DEFAULT_PERIOD_SECONDS, failureThreshold = DEFAULT_FAILURES } = probe;
  return Number(initialDelaySeconds) + Number(periodSeconds) * Number(failureThreshold);
}
