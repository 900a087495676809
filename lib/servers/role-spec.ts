import type { Cluster } from '../cluster/cluster';
import type { RdmaGrant } from '../cluster/cluster-profile';
import type { EnvVar, PodTemplate } from '../manifests/pod';
import type { ComputeResources } from '../values/compute-resources';
import type { KvCache } from '../values/kv-cache';
import type { ModelPlan } from '../values/model-source';
import type { Role, RolePlan, Topology } from '../values/plan';
import type { RolloutLimits } from './rollout';

/** How the ranks of a replica are started and where they listen. */
export type Launch =
  /** One pod, one server. */
  | 'single'
  /** One server over several pods (pipeline stages, hosts of a TPU slice, all nodes of SGLang); only the leader's serves. */
  | 'pipeline-nodes'
  /** Data-parallel ranks over several pods; each pod balances over its own ranks behind one port. */
  | 'data-nodes'
  /** Each data-parallel rank has its own port, a supervisor watches over the ranks of a pod. */
  | 'rank-ports';

/** What sets a wide expert-parallel role apart. */
export interface WideEpSpec {
  readonly all2all: string | undefined;
  readonly moeBackend: string | undefined;
  readonly supervisorPort: number;
}

/** A role's plan with all that its pod template is written from. */
export interface RoleSpec extends RolePlan {
  /** Name of the server that the role belongs to. */
  readonly server: string;
  readonly topology: Topology;
  /** Which side of a transfer the role is on; undefined when the roles are not split. */
  readonly side: Extract<Role, 'prefill' | 'decode'> | undefined;
  readonly model: ModelPlan;
  readonly image: string;
  readonly launch: Launch;
  readonly cluster: Cluster;
  /** What the network grants to the pod. */
  readonly grant: RdmaGrant;
  /** Labels of pods that serve requests. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of pods that belong to the workload but take no requests. */
  readonly workerLabels: Readonly<Record<string, string>>;
  /** Labels by which the workload finds its pods. */
  readonly selector: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Ports that receive requests: the sidecar's, or the engine's where there is none. */
  readonly targetPorts: readonly number[];
  readonly kvCache: KvCache;
  readonly resources: Required<Pick<ComputeResources, 'cpu' | 'memory' | 'memoryLimit'>> & ComputeResources;
  readonly sharedMemoryMib: number | undefined;
  readonly startupSeconds: number;
  readonly graceSeconds: number | undefined;
  /** Environment of the user, the engine's options first. */
  readonly userEnv: readonly EnvVar[];
  readonly wide: WideEpSpec | undefined;
  readonly sidecarImage: string;
  readonly serviceAccountName: string;
  readonly imagePullSecrets: readonly string[];
  readonly priorityClassName: string | undefined;
  /** Merged over the template last. */
  readonly overlay: PodOverlay | undefined;
  /** Name of the ResourceClaimTemplate; undefined when no device is claimed. */
  readonly claimTemplate: string | undefined;
  readonly startupPolicy: string | undefined;
  /** Limits of a rolling update; undefined leaves them to the API server. */
  readonly rollout: RolloutLimits | undefined;
}

/** A part of a pod template: what is given is merged into ours. Containers, volumes, env and ports by `name`, mounts by `mountPath`. */
export type PodOverlay = DeepPartial<PodTemplate>;

/** All fields optional, at every depth; `null` removes one. */
export type DeepPartial<T> = T extends readonly (infer E)[]
  ? readonly DeepPartial<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> | null }
    : T;
