import { type Finding, finding } from '../findings';
import { selectorOf } from '../label-index';
import { fields, keyOf, type SynthModel, type SynthObject, type Workload } from '../model';
import { describeNamespace, type Rule, runsServingStack } from './rule';

const SCALERS = ['HorizontalPodAutoscaler', 'ScaledObject'] as const;
const SCALABLE: ReadonlySet<string> = new Set(['Deployment', 'LeaderWorkerSet', 'StatefulSet']);

interface Scaler {
  readonly object: SynthObject;
  readonly kind: string;
  readonly target: string;
  readonly workload: Workload | undefined;
}

/** V56: an autoscaler has a target which nothing else sizes, and bounds that the API server takes. */
export const scaling: Rule = (model) => {
  const scalers = SCALERS.flatMap((kind) => model.ofKind(kind)).map((object) => scalerFrom(model, object));
  return [...scalers.flatMap((scaler) => [...missing(model, scaler), ...fixed(scaler), ...bounds(scaler)]), ...twice(scalers)];
};

function scalerFrom(model: SynthModel, object: SynthObject): Scaler {
  const { kind = 'Deployment', name } = fields(fields(object.json.spec).scaleTargetRef);
  const target = model.find(String(kind), object.namespace, String(name));
  return { object, kind: String(kind), target: String(name), workload: target === undefined ? undefined : model.workloadOf(target) };
}

function missing(model: SynthModel, { object, kind, target, workload }: Scaler): readonly Finding[] {
  if (workload !== undefined || !SCALABLE.has(kind)) {
    return [];
  }
  // An autoscaler of the user may scale what another app deploys, unless this app deploys model servers there.
  const here = model.workloads.filter((one) => one.object.namespace === object.namespace && one.role !== undefined);
  return here.length === 0 && !model.isOurs(object.path)
    ? []
    : [
        finding('LLMD650', object.path, {
          kind: object.kind,
          name: object.name,
          target: `${kind} "${target}"`,
          namespace: describeNamespace(object.namespace),
          allowed: nearest(here),
        }),
      ];
}

function nearest(workloads: readonly Workload[]): string {
  const shown = workloads.slice(0, 10).map(({ object }) => `${object.kind} "${object.name}"`);
  return `${shown.join(', ') || 'none'}${workloads.length > shown.length ? ', …' : ''}`;
}

function fixed({ object, workload }: Scaler): readonly Finding[] {
  const replicas = workload === undefined ? undefined : fields(workload.object.json.spec).replicas;
  if (workload === undefined || replicas === undefined || !runsServingStack(workload)) {
    return [];
  }
  return [
    finding('LLMD651', workload.object.path, {
      workload: `${workload.object.kind} "${workload.object.name}"`,
      kind: object.kind,
      name: object.name,
      replicas: String(replicas),
    }),
  ];
}

function bounds({ object }: Scaler): readonly Finding[] {
  const spec = fields(object.json.spec);
  const keda = object.kind === 'ScaledObject';
  const floor = keda ? 0 : 1;
  const min = Number((keda ? spec.minReplicaCount : spec.minReplicas) ?? floor);
  // KEDA's own default is 100; an HorizontalPodAutoscaler must say it.
  const max = Number((keda ? spec.maxReplicaCount : spec.maxReplicas) ?? (keda ? 100 : 0));
  return min >= floor && min <= max ? [] : [finding('LLMD652', object.path, { kind: object.kind, name: object.name, min, max, floor })];
}

function twice(scalers: readonly Scaler[]): readonly Finding[] {
  const first = new Map<string, Scaler>();
  return scalers.flatMap((scaler) => {
    const key = keyOf(scaler.kind, scaler.object.namespace, scaler.target);
    const other = first.get(key);
    first.set(key, other ?? scaler);
    const words = ({ object }: Scaler) => `${object.kind} "${object.name}"`;
    return other === undefined
      ? []
      : [
          finding('LLMD653', scaler.object.path, {
            target: `${scaler.kind} "${scaler.target}"`,
            first: words(other),
            second: words(scaler),
          }),
        ];
  });
}

/** A PodDisruptionBudget selects pods, alone, and lets some of them go. */
export const disruptionBudgets: Rule = (model) => {
  const first = new Map<Workload, SynthObject>();
  return model.ofKind('PodDisruptionBudget').flatMap((budget) => {
    const pods = model.select(budget.namespace, selectorOf(fields(budget.json.spec).selector));
    const workloads = [...new Set(pods.map(({ workload }) => workload))].filter(runsServingStack);
    const tell = (problem: string) => finding('LLMD654', budget.path, { name: budget.name, problem });
    const doubled = workloads.flatMap((workload) => {
      const other = first.get(workload);
      first.set(workload, other ?? budget);
      return other === undefined
        ? []
        : [tell(`and "${other.name}" both cover the pods of "${workload.object.name}", which nothing can evict then`)];
    });
    const empty =
      workloads.length === 0 && model.isOurs(budget.path) ? [tell('covers no pod of this app: do not change labels by a patch')] : [];
    return [...doubled, ...empty, ...(workloads.length > 0 && blocks(budget, workloads) ? [tell(BLOCKING)] : [])];
  });
};

const BLOCKING = 'never lets a pod go, so no node that runs one can be drained: allow at least one to be missing';

function blocks(budget: SynthObject, workloads: readonly Workload[]): boolean {
  const { maxUnavailable, minAvailable } = fields(budget.json.spec);
  if (maxUnavailable !== undefined) {
    return Number(String(maxUnavailable).replace('%', '')) === 0;
  }
  if (minAvailable === '100%') {
    return true;
  }
  const replicas = workloads.map(({ object }) => copies(object));
  return typeof minAvailable === 'number' && replicas.every((one) => one !== undefined) && minAvailable >= sum(replicas as number[]);
}

/** Pods of a workload; undefined when an autoscaler decides. */
function copies({ json, kind }: SynthObject): number | undefined {
  const spec = fields(json.spec);
  const size = kind === 'LeaderWorkerSet' ? Number(fields(spec.leaderWorkerTemplate).size ?? 1) : 1;
  return spec.replicas === undefined ? undefined : Number(spec.replicas) * size;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
