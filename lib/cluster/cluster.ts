import type { IConstruct } from 'constructs';
import type { EnvVar, PodSecurityContext, SecurityContext, Toleration } from '../manifests/pod';
import { checkLabels } from '../util/dns';
import { deepFreeze } from '../util/freeze';
import { Scoped } from '../util/scoped';
import { ensure } from '../validation/error';
import type { Accelerator } from '../values/accelerator';
import type { Network } from '../values/network';
import { KUBERNETES_SINCE } from '../versions';
import { AKS } from './aks';
import type { ClusterProfile, RdmaGrant, RdmaRequest, VolumeAccess } from './cluster-profile';
import { DIGITALOCEAN } from './digitalocean';
import { EKS } from './eks';
import { GENERIC } from './generic';
import { GKE } from './gke';
import { MINIKUBE } from './minikube';
import { OPENSHIFT } from './openshift';
import { grantRdma } from './rdma';
import { type ContainerSecurityRequest, containerSecurityContext, type PodSecurityRequest, podSecurityContext } from './security';

const ATTACHED = new Scoped<Cluster>('cluster');

/** What a cluster may have installed beside Kubernetes. */
export type ClusterCapability =
  | 'gateway-api'
  | 'inference-extension'
  | 'llm-d'
  | 'lws'
  | 'prometheus-operator'
  | 'istio'
  | 'agentgateway'
  | 'envoy-gateway'
  | 'dra'
  | 'keda';

/** Options that every cluster has. */
export interface ClusterOptions {
  /**
   * Minor version of Kubernetes, e.g. `1.34`: what may be used without asking for a feature gate.
   *
   * @default 1.34
   */
  readonly kubernetesVersion?: string;
  /**
   * More labels that nodes of engines must have, e.g. an instance type.
   *
   * @default - none
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /**
   * More taints that engines tolerate.
   *
   * @default - none
   */
  readonly tolerations?: readonly Toleration[];
  /**
   * What the cluster has installed; once it is declared, a kind that needs something else is an error at synth.
   *
   * @default - not declared: nothing is checked
   */
  readonly installed?: readonly ClusterCapability[];
  /**
   * Domain of Services.
   *
   * @default cluster.local
   */
  readonly clusterDomain?: string;
  /**
   * StorageClass of volumes that one node mounts.
   *
   * @default - the provider's usual one, else the cluster's default class
   */
  readonly readWriteOnceClass?: string;
  /**
   * StorageClass of volumes that many nodes mount.
   *
   * @default - the provider's usual one, else the cluster's default class
   */
  readonly readWriteManyClass?: string;
}

/** Options of OpenShift. */
export interface OpenShiftOptions extends ClusterOptions {
  /**
   * SecurityContextConstraints that the pods' service accounts may use: fixed users and privileged containers are then written as asked
   * for. Granting them is left to you.
   *
   * @default - the restricted ones: no fixed user, nothing privileged
   */
  readonly securityContextConstraints?: string;
}

const VERSION = /^1\.(\d{1,3})$/;

/**
 * What the cluster underneath is like: how its nodes are labelled and tainted, what its RDMA devices are called, what it allows.
 *
 * Attach it to a `ServingChart` (`cluster`) or to any scope with {@link Cluster.applyTo}; constructs below find it with
 * {@link Cluster.of}.
 */
export class Cluster {
  private static readonly DEFAULT = new Cluster(GENERIC, {});

  /** Name for messages, e.g. `gke`. */
  readonly name: string;
  /** Minor version of Kubernetes: 34 for 1.34. */
  readonly kubernetesMinor: number;
  /** What is installed; undefined when it was not declared. */
  readonly installed: readonly ClusterCapability[] | undefined;
  /** Domain of Services, e.g. `cluster.local`. */
  readonly clusterDomain: string;
  /** Gateway provider that such clusters usually have, e.g. `istio` or `gke-l7-regional-external-managed`. */
  readonly gatewayDefault: string;
  /** SecurityContextConstraints that pods may use; undefined on clusters without them and where none were declared. */
  readonly securityContextConstraints: string | undefined;
  private readonly profile: ClusterProfile;
  private readonly options: ClusterOptions;

  private constructor(profile: ClusterProfile, options: OpenShiftOptions) {
    const version = options.kubernetesVersion ?? '1.34';
    const minor = Number(VERSION.exec(version)?.[1] ?? Number.NaN);
    ensure(minor >= KUBERNETES_SINCE.floor, 'LLMD801', { given: version, floor: `1.${KUBERNETES_SINCE.floor}` });
    checkLabels(options.nodeSelector ?? {});
    this.name = profile.name;
    this.kubernetesMinor = minor;
    this.installed = options.installed === undefined ? undefined : [...options.installed];
    this.clusterDomain = options.clusterDomain ?? 'cluster.local';
    this.gatewayDefault = profile.gatewayDefault;
    this.securityContextConstraints = options.securityContextConstraints;
    this.profile = { ...profile };
    this.options = { ...options, nodeSelector: { ...options.nodeSelector }, tolerations: [...(options.tolerations ?? [])] };
    deepFreeze(this);
  }

  /** Any conformant cluster; nothing is assumed of its nodes. */
  static generic(options: ClusterOptions = {}): Cluster {
    return new Cluster(GENERIC, options);
  }

  /** Amazon EKS. Choose instances with `nodeSelector`, e.g. `node.kubernetes.io/instance-type`. */
  static eks(options: ClusterOptions = {}): Cluster {
    return new Cluster(EKS, options);
  }

  /** Azure AKS with the NVIDIA GPU and network operators. */
  static aks(options: ClusterOptions = {}): Cluster {
    return new Cluster(AKS, options);
  }

  /** Google GKE, for GPUs and TPUs. */
  static gke(options: ClusterOptions = {}): Cluster {
    return new Cluster(GKE, options);
  }

  /** Red Hat OpenShift: pods name no fixed user. */
  static openShift(options: OpenShiftOptions = {}): Cluster {
    return new Cluster(OPENSHIFT, options);
  }

  /** DigitalOcean Kubernetes. */
  static digitalOcean(options: ClusterOptions = {}): Cluster {
    return new Cluster(DIGITALOCEAN, options);
  }

  /** minikube, for development. */
  static minikube(options: ClusterOptions = {}): Cluster {
    return new Cluster(MINIKUBE, options);
  }

  /** A provider that has no factory here. */
  static custom(profile: ClusterProfile, options: ClusterOptions = {}): Cluster {
    return new Cluster(profile, options);
  }

  /** The cluster that holds for a construct: that of the nearest scope which has one, else {@link Cluster.generic}. */
  static of(scope: IConstruct): Cluster {
    return ATTACHED.of(scope) ?? Cluster.DEFAULT;
  }

  /** Makes this the cluster of everything below `scope`. */
  applyTo(scope: IConstruct): void {
    ATTACHED.attach(scope, this);
  }

  /** Labels that nodes of a device must have; the accelerator's own labels win over the provider's, the cluster's options over both. */
  nodeSelectorFor(accelerator: Accelerator): Record<string, string> {
    const { vendorLabels, acceleratorLabels } = this.profile;
    return {
      ...vendorLabels?.[accelerator.vendor],
      ...acceleratorLabels?.[accelerator.name],
      ...accelerator.nodeSelector,
      ...this.options.nodeSelector,
    };
  }

  /** Taints that pods with a device tolerate, each once. */
  tolerationsFor(accelerator: Accelerator): Toleration[] {
    const all = [
      ...(this.profile.tolerations?.[accelerator.vendor] ?? []),
      ...accelerator.tolerations,
      ...(this.options.tolerations ?? []),
    ];
    const same = (a: Toleration, b: Toleration) =>
      a.key === b.key &&
      a.operator === b.operator &&
      a.value === b.value &&
      a.effect === b.effect &&
      a.tolerationSeconds === b.tolerationSeconds;
    return all.filter((toleration, index) => all.findIndex((other) => same(other, toleration)) === index);
  }

  /** Environment that an engine needs here, whatever its network. */
  engineEnvFor(accelerator: Accelerator): readonly EnvVar[] {
    return this.profile.engineEnv?.[accelerator.vendor] ?? [];
  }

  /** True when the cluster chooses the users of pods and refuses what its restricted profile does not hold. */
  get isRestricted(): boolean {
    return this.profile.assignsUserIds === true && this.securityContextConstraints === undefined;
  }

  /** What a pod must carry to use a network here; throws when this cluster cannot grant it. */
  rdma(network: Network, request: RdmaRequest): RdmaGrant {
    return grantRdma(this.profile, network, request);
  }

  /** StorageClass of a volume claim; undefined leaves the claim to the cluster's default class. */
  storageClass(access: VolumeAccess): string | undefined {
    const chosen = access === 'ReadWriteMany' ? this.options.readWriteManyClass : this.options.readWriteOnceClass;
    return chosen ?? this.profile.storageClasses?.[access];
  }

  /** Security context of a pod: the restricted profile, widened by what was asked for. */
  podSecurity(request: PodSecurityRequest = {}): PodSecurityContext {
    return podSecurityContext(this.profile, this.securityContextConstraints, request);
  }

  /** Security context of a container: no escalation, no capabilities but those asked for. */
  containerSecurity(request: ContainerSecurityRequest = {}): SecurityContext {
    return containerSecurityContext(this.profile, this.securityContextConstraints, request);
  }
}
