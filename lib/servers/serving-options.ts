import type { Duration, Size } from 'cdk8s';
import type { Autoscaling } from '../operations/autoscaling';
import type { Disruption } from '../operations/disruption';
import type { Monitoring } from '../operations/monitoring';
import type { Accelerator } from '../values/accelerator';
import type { ComputeResources } from '../values/compute-resources';
import type { Engine } from '../values/engine';
import type { KvCache } from '../values/kv-cache';
import type { ModelSource } from '../values/model-source';
import type { Network } from '../values/network';
import type { Parallelism } from '../values/parallelism';
import type { PodOverlay } from './role-spec';

/** What can be said of each role of a server. */
export interface RoleOptions {
  /**
   * Copies of the role, each as large as its parallelism says. Given together with `autoscaling` it is refused (LLMD106).
   *
   * @default 1
   */
  readonly replicas?: number;
  /**
   * How the model is cut over devices and pods.
   *
   * @default - one rank
   */
  readonly parallelism?: Parallelism;
  /**
   * Kind of workload.
   *
   * @default - a Deployment; a LeaderWorkerSet when a replica spans pods
   */
  readonly workload?: 'Deployment' | 'LeaderWorkerSet';
  /**
   * Processor and memory of each engine container.
   *
   * @default - from the devices, see `ComputeResources`
   */
  readonly resources?: ComputeResources;
  /**
   * Size of `/dev/shm`, through which the ranks of a pod talk; counts against the memory limit.
   *
   * @default - 20 GiB; 2 GiB for wide expert parallelism, 4 GiB for a CPU engine, none for the simulator
   */
  readonly sharedMemory?: Size;
  /**
   * Scales the role on a metric; its replicas are then left to the autoscaler.
   *
   * @default - a fixed number of replicas
   */
  readonly autoscaling?: Autoscaling;
  /**
   * Replicas that may run beyond `replicas` while a new version rolls out. They need devices of their own: 0 rolls out on a full cluster.
   *
   * @default - the API server's: a quarter for a Deployment, 0 for a LeaderWorkerSet
   */
  readonly maxSurge?: number;
  /**
   * Replicas that may be missing while a new version rolls out.
   *
   * @default - the API server's: a quarter, rounded down, for a Deployment, 1 for a LeaderWorkerSet; 1 when `maxSurge` is 0
   */
  readonly maxUnavailable?: number;
  /**
   * How many pods of the role may be taken away at once, by a node drain for example.
   *
   * @default - no PodDisruptionBudget
   */
  readonly disruption?: Disruption;
  /**
   * Merged into the pod template last: maps by key, containers, volumes, env and ports by `name`.
   *
   * @default - nothing
   */
  readonly podTemplate?: PodOverlay;
}

/** Options of a role of a split server, which may differ from the other role. */
export interface SplitRoleOptions extends RoleOptions {
  /**
   * Devices of this role.
   *
   * @default - those of the server
   */
  readonly accelerator?: Accelerator;
  /**
   * Engine options of this role; the kind must be that of the other role.
   *
   * @default - those of the server
   */
  readonly engine?: Engine;
}

/** What all servers take. */
export interface ServingOptions {
  /** Where the weights come from and what the model is called. */
  readonly model: ModelSource;
  /** What it runs on. */
  readonly accelerator: Accelerator;
  /**
   * The program that runs the model.
   *
   * @default - vLLM; the simulator on `Accelerator.SIMULATOR`
   */
  readonly engine?: Engine;
  /**
   * The engine's key/value cache.
   *
   * @default - the engine's own choices
   */
  readonly kvCache?: KvCache;
  /**
   * What carries KV cache and collectives between pods.
   *
   * @default - left to the node
   */
  readonly network?: Network;
  /**
   * Time that a pod may take until it serves: download, load, compile. After it the kubelet starts the container again.
   *
   * @default - an hour, more where the weights need it; 45 minutes for wide expert parallelism
   */
  readonly startupTimeout?: Duration;
  /**
   * Time that pods get to end.
   *
   * @default - 30 seconds, more when the engine has a `shutdownTimeout`
   */
  readonly terminationGracePeriod?: Duration;
  /**
   * Scrapes the engines' metrics.
   *
   * @default - no PodMonitor
   */
  readonly monitoring?: Monitoring;
  /**
   * More labels of objects and pods; they never enter selectors.
   *
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * More annotations of the pods.
   *
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Secrets with which the kubelet pulls images.
   *
   * @default - none
   */
  readonly imagePullSecrets?: readonly string[];
  /**
   * PriorityClass of the pods.
   *
   * @default - the cluster's default
   */
  readonly priorityClassName?: string;
  /**
   * An existing ServiceAccount of the pods' namespace. Engines never use its token.
   *
   * @default - one is made
   */
  readonly serviceAccountName?: string;
  /**
   * Name of the server, of its pool, and the beginning of the names of its objects.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Namespace of its objects.
   *
   * @default - the chart's
   */
  readonly namespace?: string;
}
