/**
 * Plan types: what planners compute from props, cluster and release, what rules check and what renderers write. Types only.
 */
import type { Accelerator } from './accelerator';
import type { Engine } from './engine';
import type { KvTransfer } from './kv-transfer';
import type { ModelPlan } from './model-source';
import type { Network } from './network';

/** Upstream's values of the label `llm-d.ai/role`. */
export type Role = 'prefill' | 'decode' | 'encode' | 'prefill-decode';

/** The shape of what serves; the router's default strategy follows from it. */
export type Topology = 'aggregated' | 'prefill-decode' | 'wide-ep';

/** How the ranks of one replica lie on pods. */
export interface ParallelLayout {
  readonly tensor: number;
  readonly pipeline: number;
  /** Data-parallel ranks of one replica, over all its pods. */
  readonly data: number;
  /** Data-parallel ranks of one pod. */
  readonly dataLocal: number;
  readonly expert: boolean;
  /** Pods of one replica: the LeaderWorkerSet's size; 1 when a replica fits a pod. */
  readonly podsPerReplica: number;
  /** Devices that each pod requests. */
  readonly acceleratorsPerPod: number;
}

/** One role of a server: one workload. */
export interface RolePlan {
  /** Construct path. */
  readonly path: string;
  readonly role: Role;
  /** `metadata.name` of the workload. */
  readonly name: string;
  readonly workload: 'Deployment' | 'LeaderWorkerSet';
  /** Replicas at synth; undefined when an autoscaler owns the number. */
  readonly replicas: number | undefined;
  /** Most replicas that may run: `replicas`, or the autoscaler's maximum. */
  readonly maxReplicas: number;
  readonly accelerator: Accelerator;
  readonly layout: ParallelLayout;
  readonly engine: Engine;
  readonly network: Network;
  /** How prefill hands its KV cache to decode; undefined when the roles are not split. */
  readonly transfer: KvTransfer | undefined;
  /** First port on which the engine listens; rank r listens on `enginePort + r` when each rank has its own port. */
  readonly enginePort: number;
  /** True when a routing sidecar stands before the engine. */
  readonly sidecar: boolean;
  /** Container that runs the engine. */
  readonly containerName: string;
  /** Port on which readiness and liveness are asked. */
  readonly healthPort: number;
}

/** Everything that a gateway, a router or a rule must know of one server. */
export interface ServersPlan {
  /** Construct path. */
  readonly path: string;
  /** Name of the server; the pool and the router are named after it. */
  readonly name: string;
  /** Namespace of its pods; undefined when neither chart nor prop names one. */
  readonly namespace: string | undefined;
  readonly topology: Topology;
  readonly model: ModelPlan;
  /** Labels that all pods of the pool carry: the pool's selector. */
  readonly poolLabels: Readonly<Record<string, string>>;
  /** Ports that receive requests on every pod: the pool's target ports (1 to 8). */
  readonly targetPorts: readonly number[];
  /** Value of `llm-d.ai/engine-type`: which metric names the router reads. */
  readonly engineType: 'vllm' | 'sglang';
  readonly roles: readonly RolePlan[];
  /** Tokens of one KV block as the engine is told; undefined leaves it to the engine. */
  readonly kvBlockTokens: number | undefined;
  /** ZMQ port on which each pod publishes KV-cache events; undefined when it publishes none. */
  readonly kvEventsPort: number | undefined;
  /** Longest time, in seconds, that a pod of it may need to end. */
  readonly terminationGraceSeconds: number;
}
