import type { EnvVar, Toleration, Volume, VolumeMount } from '../manifests/pod';
import type { Accelerator, AcceleratorVendor } from '../values/accelerator';
import type { Network, NetworkKind } from '../values/network';

/** Access mode of a volume claim. */
export type VolumeAccess = 'ReadWriteOnce' | 'ReadWriteMany';

/** What a pod is, when it asks for the network's devices. */
export interface RdmaRequest {
  readonly accelerator: Accelerator;
  /** Devices that the pod requests. */
  readonly acceleratorsPerPod: number;
  /**
   * True when the devices themselves start transfers (IBGDA, as DeepEP does), which takes more rights than RDMA from the host.
   *
   * @default false
   */
  readonly deviceInitiated?: boolean;
}

/** NICs claimed through dynamic resource allocation: one with each accelerator, in the same ResourceClaimTemplate. */
export interface NicClaim {
  readonly deviceClass: string;
  /** CEL expressions that the NIC must satisfy. */
  readonly selectors: readonly string[];
  /** Device attribute in which accelerator and NIC must agree. */
  readonly matchAttribute: string;
}

/** What a pod must carry to use a network on a cluster. */
export interface RdmaGrant {
  /** Extended resources, for requests and limits alike. */
  readonly resources: Readonly<Record<string, string>>;
  /** Set when NICs are claimed instead. */
  readonly claim: NicClaim | undefined;
  /** Environment of the engine's container; that of the network is in it. */
  readonly env: readonly EnvVar[];
  /** Annotations of the pod. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Linux capabilities of the engine's container. */
  readonly capabilities: readonly string[];
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
  /** True when the engine's container must run privileged. */
  readonly privileged: boolean;
}

/** Networks whose devices a pod must request. */
export type RdmaKind = Exclude<NetworkKind, 'unspecified' | 'tcp'>;

/** How a provider grants one kind of network; what it leaves out is empty. Throws what makes the request impossible there. */
export type RdmaOffer = (request: RdmaRequest, network: Network) => Partial<RdmaGrant>;

/** Everything that differs from provider to provider. A new provider is one such object in a file of its own. */
export interface ClusterProfile {
  /** Name for messages, e.g. `gke`. */
  readonly name: string;
  /** Gateway provider that such clusters usually have. */
  readonly gatewayDefault: string;
  /**
   * StorageClass by access mode.
   *
   * @default - none: claims name no class, and the cluster's default class answers them
   */
  readonly storageClasses?: Readonly<Partial<Record<VolumeAccess, string>>>;
  /**
   * Labels of the nodes that hold a vendor's devices.
   *
   * @default - none
   */
  readonly vendorLabels?: Readonly<Partial<Record<AcceleratorVendor, Readonly<Record<string, string>>>>>;
  /**
   * Labels of the nodes that hold one kind of device, by `Accelerator.name`.
   *
   * @default - none
   */
  readonly acceleratorLabels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /**
   * Taints that the provider puts on nodes with a vendor's devices.
   *
   * @default - none
   */
  readonly tolerations?: Readonly<Partial<Record<AcceleratorVendor, readonly Toleration[]>>>;
  /**
   * Environment that engines need on this provider, with RDMA or without.
   *
   * @default - none
   */
  readonly engineEnv?: Readonly<Partial<Record<AcceleratorVendor, readonly EnvVar[]>>>;
  /**
   * Networks whose devices have a name that holds on every cluster of the provider.
   *
   * @default - none: a network needs its `resourceName`
   */
  readonly rdma?: Readonly<Partial<Record<RdmaKind, RdmaOffer>>>;
  /**
   * True when the cluster gives each namespace a range of user ids, so that a pod with a fixed one is refused.
   *
   * @default false
   */
  readonly assignsUserIds?: boolean;
}
