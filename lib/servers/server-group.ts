import type { ApiObject, JsonPatch } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { Deployment } from '../manifests/deployment';
import type { HorizontalPodAutoscaler } from '../manifests/hpa';
import { LeaderWorkerSet } from '../manifests/leader-worker-set';
import { NAME_LABEL, objectLabels } from '../manifests/object-labels';
import type { PodTemplate } from '../manifests/pod';
import type { PodDisruptionBudget } from '../manifests/pod-disruption-budget';
import type { PodMonitor } from '../manifests/pod-monitor';
import { ResourceClaimTemplate } from '../manifests/resource-claim-template';
import { atPath } from '../validation/error';
import { claimSpec } from './claim-spec';
import { ROLE_LABEL } from './labels';
import { renderPod } from './render-pod';
import type { RoleSpec } from './role-spec';
import type { RoleOptions, ServingOptions } from './serving-options';

/** Seconds beyond the start-up budget until a rollout counts as failed. */
const PROGRESS_MARGIN_SECONDS = 600;

/** The objects of one role of a server; what is not asked for is undefined. */
export interface IRoleServers extends IConstruct {
  /** The Deployment or LeaderWorkerSet. */
  readonly workload: ApiObject;
  /** The ResourceClaimTemplate of claimed devices. */
  readonly claimTemplate: ResourceClaimTemplate | undefined;
  /** The autoscaler of `autoscaling`. */
  readonly autoscaler: HorizontalPodAutoscaler | undefined;
  /** The budget of `disruption`. */
  readonly disruptionBudget: PodDisruptionBudget | undefined;
  /** The monitor of `monitoring`. */
  readonly podMonitor: PodMonitor | undefined;
  /** Patches the workload; what the patch writes reaches the YAML as it is. */
  addJsonPatch(...operations: JsonPatch[]): void;
}

/** Properties of a {@link ServerGroup}. */
export interface ServerGroupProps {
  readonly spec: RoleSpec;
  readonly namespace: string | undefined;
  readonly shared: ServingOptions;
  readonly options: RoleOptions;
}

/** The objects of one role: its workload and what goes with it. */
export class ServerGroup extends Construct implements IRoleServers {
  /** The Deployment or LeaderWorkerSet. */
  readonly workload: ApiObject;
  /** The ResourceClaimTemplate; undefined when no device is claimed. */
  readonly claimTemplate: ResourceClaimTemplate | undefined;
  /** Undefined without `autoscaling`. */
  readonly autoscaler: HorizontalPodAutoscaler | undefined;
  /** Undefined without `disruption`. */
  readonly disruptionBudget: PodDisruptionBudget | undefined;
  /** Undefined without `monitoring`. */
  readonly podMonitor: PodMonitor | undefined;

  constructor(scope: Construct, id: string, { spec, namespace, shared, options }: ServerGroupProps) {
    super(scope, id);
    const templates = atPath(this.node.path, () => podTemplates(spec));
    const labels = { ...shared.labels, ...objectLabels(this, spec.server), [ROLE_LABEL]: spec.role };
    const metadata = { name: spec.name, ...(namespace === undefined ? {} : { namespace }), labels };
    this.claimTemplate =
      spec.claimTemplate === undefined
        ? undefined
        : new ResourceClaimTemplate(this, 'Claim', {
            metadata: { ...metadata, name: spec.claimTemplate },
            spec: { spec: claimSpec(spec) },
          });
    this.workload =
      spec.workload === 'Deployment' ? deployment(this, spec, metadata, templates) : leaderWorkerSet(this, spec, metadata, templates);
    if (this.claimTemplate !== undefined) {
      this.workload.addDependency(this.claimTemplate);
    }
    this.autoscaler = options.autoscaling?.addTo(this, 'Autoscaler', spec.name, namespace, labels, {
      apiVersion: this.workload.apiVersion,
      kind: this.workload.kind,
      name: spec.name,
    });
    this.disruptionBudget = options.disruption?.addTo(this, 'DisruptionBudget', spec.name, namespace, labels, {
      // Workers too: when one is taken away, its whole group is made anew.
      [NAME_LABEL]: spec.server,
      [ROLE_LABEL]: spec.role,
    });
    this.podMonitor = shared.monitoring?.addTo(this, 'Monitor', {
      name: spec.name,
      namespace,
      labels,
      selector: spec.selector,
      ports: metricsPorts(spec),
      intervalSeconds: spec.launch === 'rank-ports' ? 5 : 30,
    });
  }

  /** Patches the workload; what the patch writes reaches the YAML as it is. */
  addJsonPatch(...operations: JsonPatch[]): void {
    this.workload.addJsonPatch(...operations);
  }
}

function metricsPorts({ launch, layout, sidecar }: RoleSpec): string[] {
  return launch === 'rank-ports'
    ? Array.from({ length: layout.dataLocal }, (_, rank) => `${sidecar ? 'vllm-' : ''}rank${rank}`)
    : ['modelserver'];
}

type Metadata = { readonly name: string; readonly namespace?: string; readonly labels: Record<string, string> };

/** Templates of the pods that serve and, where only the leader does, of its workers. */
interface PodTemplates {
  readonly serving: PodTemplate;
  /**
   * Pods without a server, which no pool may find.
   *
   * @default - all pods serve
   */
  readonly worker?: PodTemplate;
}

function podTemplates(spec: RoleSpec): PodTemplates {
  return { serving: renderPod(spec), ...(spec.launch === 'pipeline-nodes' ? { worker: renderPod(spec, false) } : {}) };
}

function deployment(scope: Construct, spec: RoleSpec, metadata: Metadata, { serving }: PodTemplates): Deployment {
  return new Deployment(scope, 'Workload', {
    metadata,
    spec: {
      ...(spec.replicas === undefined ? {} : { replicas: spec.replicas }),
      selector: { matchLabels: spec.selector },
      ...(spec.rollout === undefined ? {} : { strategy: { type: 'RollingUpdate', rollingUpdate: spec.rollout } }),
      // The API server's 600 s would call a rollout failed while a large model is still loading.
      progressDeadlineSeconds: spec.startupSeconds + PROGRESS_MARGIN_SECONDS,
      template: serving,
    },
  });
}

/** The hosts of a TPU slice are the nodes of one node pool. Source: GKE's guides for LeaderWorkerSets on TPUs. */
const ONE_SLICE = { 'leaderworkerset.sigs.k8s.io/exclusive-topology': 'cloud.google.com/gke-nodepool' } as const;

function leaderWorkerSet(scope: Construct, spec: RoleSpec, metadata: Metadata, { serving, worker }: PodTemplates): LeaderWorkerSet {
  return new LeaderWorkerSet(scope, 'Workload', {
    metadata: spec.accelerator.tpu !== undefined && spec.layout.podsPerReplica > 1 ? { ...metadata, annotations: ONE_SLICE } : metadata,
    spec: {
      ...(spec.replicas === undefined ? {} : { replicas: spec.replicas }),
      ...(spec.startupPolicy === undefined ? {} : { startupPolicy: spec.startupPolicy }),
      ...(spec.rollout === undefined ? {} : { rolloutStrategy: { type: 'RollingUpdate', rollingUpdateConfiguration: spec.rollout } }),
      leaderWorkerTemplate: {
        size: spec.layout.podsPerReplica,
        // Ranks of a group hold one communicator; one that comes back alone cannot join it.
        restartPolicy: 'RecreateGroupOnPodRestart',
        ...(worker === undefined ? {} : { leaderTemplate: serving }),
        workerTemplate: worker ?? serving,
      },
    },
  });
}
