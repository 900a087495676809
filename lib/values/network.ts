import type { EnvVar } from '../manifests/pod';
import { checkInteger } from '../util/check';
import { checkExtendedResource } from '../util/dns';
import { deepFreeze } from '../util/freeze';
import { ensure } from '../validation/error';
import type { Accelerator } from './accelerator';

/** What carries KV cache and collectives between pods; `unspecified` leaves it to the node. */
export type NetworkKind = 'unspecified' | 'tcp' | 'infiniBand' | 'roce' | 'efa';

/** Options that every network has. */
export interface TcpOptions {
  /**
   * Value of `UCX_TLS`: the transports that UCX may use.
   *
   * @default - tcp: tcp and the copy transport of the device's memory; InfiniBand and RoCE: rc, ud, sm, self and that copy transport,
   * so a broken fabric fails instead of falling back to TCP; EFA: not set
   */
  readonly ucxTransports?: string;
  /**
   * More environment of the engine's container; a name that the network sets itself is replaced.
   *
   * @default - none
   */
  readonly env?: readonly EnvVar[];
}

/** Options of a network whose NICs a pod must request. */
export interface RdmaOptions extends TcpOptions {
  /**
   * Extended resource that each pod requests.
   *
   * @default - the one of the cluster, e.g. `rdma/ib`
   */
  readonly resourceName?: string;
  /**
   * How many of them each pod requests.
   *
   * @default - as the cluster hands them out: one where pods share the NICs, so many an accelerator where they do not
   */
  readonly count?: number;
  /**
   * DeviceClass of the NICs when they are claimed through dynamic resource allocation, one NIC with each accelerator, behind the same
   * PCIe root; the accelerator must be `viaDra()`.
   *
   * @default - NICs are an extended resource
   */
  readonly deviceClass?: string;
  /**
   * CEL expressions that a claimed NIC must satisfy, e.g. `device.attributes["dra.net"].rdma == true`.
   *
   * @default - any NIC of the class
   */
  readonly deviceSelectors?: readonly string[];
  /**
   * Prefix of the names of the fabric's adapters, e.g. `ibp` on CoreWeave: NCCL and NVSHMEM use no others.
   *
   * @default - all adapters
   */
  readonly hcaPrefix?: string;
}

/** Options of RDMA over Ethernet. */
export interface RoceOptions extends RdmaOptions {
  /**
   * Index of the GID with which UCX and NCCL speak RoCE v2, often 3.
   *
   * @default - the libraries choose
   */
  readonly gidIndex?: number;
  /**
   * NetworkAttachmentDefinition, `<namespace>/<name>`, that Multus attaches once for each requested NIC as net1, net2, …
   *
   * @default - none
   */
  readonly attachment?: string;
  /**
   * Mounts `/dev/infiniband` of the node into the pod, for device plugins that do not; refused by namespaces with a pod security level.
   *
   * @default false
   */
  readonly hostDevices?: boolean;
}

const RDMA: readonly NetworkKind[] = ['infiniBand', 'roce', 'efa'];
const ATTACHMENT = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;

/**
 * What carries the KV cache and the collectives between pods. It says what is wanted; which resource, annotation or claim that takes is
 * the cluster's to say (`Cluster.rdma`).
 */
export class Network {
  /** Nothing is requested and nothing set: transfers use whatever the image finds on the node, as in the guides' base overlays. */
  static readonly UNSPECIFIED = new Network('unspecified', {});

  readonly kind: NetworkKind;
  /** Extended resource that each pod requests; undefined leaves it to the cluster. */
  readonly resourceName: string | undefined;
  /** NICs of each pod; undefined leaves it to the cluster. */
  readonly count: number | undefined;
  /** DeviceClass of NICs that are claimed; undefined when they are not. */
  readonly deviceClass: string | undefined;
  readonly deviceSelectors: readonly string[];
  /** NetworkAttachmentDefinition, `<namespace>/<name>`. */
  readonly attachment: string | undefined;
  /** True when `/dev/infiniband` of the node is mounted. */
  readonly hostDevices: boolean;
  /** NIXL backend that speaks to this network. */
  readonly nixlBackend: 'UCX' | 'LIBFABRIC';
  /** Linux capabilities that the engine's container needs: pinned memory is beyond the memlock limit of a container. */
  readonly capabilities: readonly string[];
  /** Value of `UCX_TLS` that was asked for; undefined follows the network and the device. */
  readonly ucxTransports: string | undefined;
  /** Prefix of the names of the fabric's adapters. */
  readonly hcaPrefix: string | undefined;
  /** Index of the RoCE v2 GID. */
  readonly gidIndex: number | undefined;
  /** Environment that the user added; {@link Network.envFor} holds it already. */
  readonly env: readonly EnvVar[];

  private constructor(kind: NetworkKind, options: RoceOptions) {
    if (options.count !== undefined) {
      checkInteger('count', options.count, 1);
    }
    if (options.gidIndex !== undefined) {
      checkInteger('gidIndex', options.gidIndex, 0, 255);
    }
    checkExtendedResource('resourceName', options.resourceName);
    ensure(options.resourceName === undefined || options.deviceClass === undefined, 'LLMD106', {
      first: 'resourceName',
      second: 'deviceClass',
      change: 'NICs are either an extended resource or claimed',
    });
    ensure(options.deviceSelectors === undefined || options.deviceClass !== undefined, 'LLMD105', {
      prop: 'deviceClass',
      change: '`deviceSelectors` choose among the devices of a class',
    });
    ensure(options.attachment === undefined || ATTACHMENT.test(options.attachment), 'LLMD107', {
      prop: 'attachment',
      given: options.attachment ?? '',
      allowed: 'write "<namespace>/<name>" of a NetworkAttachmentDefinition',
    });
    this.kind = kind;
    this.resourceName = options.resourceName;
    this.count = options.count;
    this.deviceClass = options.deviceClass;
    this.deviceSelectors = [...(options.deviceSelectors ?? [])];
    this.attachment = options.attachment;
    this.hostDevices = options.hostDevices ?? false;
    this.nixlBackend = kind === 'efa' ? 'LIBFABRIC' : 'UCX';
    this.capabilities = RDMA.includes(kind) ? ['IPC_LOCK'] : [];
    this.ucxTransports = options.ucxTransports;
    this.hcaPrefix = options.hcaPrefix;
    this.gidIndex = options.gidIndex;
    this.env = [...(options.env ?? [])];
    deepFreeze(this);
  }

  /** Plain TCP over the pod network: slow, but on every cluster. Pods request nothing. */
  static tcp(options: TcpOptions = {}): Network {
    return new Network('tcp', options);
  }

  /** InfiniBand. Pods request the cluster's RDMA device. */
  static infiniBand(options: RdmaOptions = {}): Network {
    return new Network('infiniBand', options);
  }

  /** RDMA over converged Ethernet. Pods request the cluster's RDMA device or network. */
  static roce(options: RoceOptions = {}): Network {
    return new Network('roce', options);
  }

  /** AWS Elastic Fabric Adapter. Pods request adapters, NIXL speaks libfabric, and the engine image must hold the EFA libraries. */
  static efa(options: RdmaOptions = {}): Network {
    return new Network('efa', options);
  }

  /** True when pods need an RDMA device. */
  get isRdma(): boolean {
    return RDMA.includes(this.kind);
  }

  /** Column of the release's engine images, given the device and that its image must speak to this network. */
  imageFlavourFor(accelerator: Accelerator): string {
    return this.kind === 'efa' && accelerator.imageFlavour === 'cuda' ? 'cuda-efa' : accelerator.imageFlavour;
  }

  /** Environment of the engine's container: transports, memory types and adapters, by device. */
  envFor(accelerator: Accelerator): EnvVar[] {
    const own = new Map<string, EnvVar>();
    const set = (name: string, value: string | undefined) => {
      if (value !== undefined) {
        own.set(name, { name, value });
      }
    };
    // TPUs bring their own transfer, which knows nothing of UCX.
    if (accelerator.vendor !== 'google') {
      set('UCX_TLS', this.ucxTransports ?? transports(this.kind, accelerator));
      set('UCX_IB_GID_INDEX', this.gidIndex?.toString());
      // The cache mistakes Level Zero memory for host memory (guide pd-disaggregation, xpu overlay with RDMA).
      set('UCX_MEMTYPE_CACHE', this.isRdma && this.nixlBackend === 'UCX' && copyTransport(accelerator) === 'ze_copy' ? '0' : undefined);
    }
    if (accelerator.vendor === 'nvidia' || accelerator.vendor === 'amd') {
      set('NCCL_IB_GID_INDEX', this.gidIndex?.toString());
      set('NCCL_IB_HCA', this.hcaPrefix);
    }
    if (accelerator.vendor === 'nvidia') {
      set('NVSHMEM_HCA_PREFIX', this.hcaPrefix);
    }
    for (const variable of this.env) {
      own.set(variable.name, variable);
    }
    return [...own.values()];
  }
}

/** Transport through which UCX reaches the memory of a device. */
function copyTransport(accelerator: Accelerator): string | undefined {
  switch (accelerator.vendor) {
    case 'nvidia':
      return 'cuda_copy';
    case 'amd':
      return 'rocm_copy';
    case 'intel':
      // Level Zero drives Intel's GPUs, not Gaudi.
      return accelerator.variant === 'xpu' ? 'ze_copy' : undefined;
    default:
      return undefined;
  }
}

function transports(kind: NetworkKind, accelerator: Accelerator): string | undefined {
  const copy = copyTransport(accelerator);
  const join = (...names: string[]) => [...names, ...(copy === undefined ? [] : [copy])].join(',');
  switch (kind) {
    case 'tcp':
      // XPU transfers over TCP go through host buffers. Other GPUs hand UCX their own memory, which it cannot read without the copy
      // transport. Peer-to-peer transports (cuda_ipc) are left out: pods do not see each other's devices.
      return copy === 'ze_copy' ? 'tcp' : join('tcp');
    case 'infiniBand':
    case 'roce':
      return copy === 'ze_copy' ? 'ib,rc,ze_copy' : join('rc', 'ud', 'sm', 'self');
    default:
      return undefined;
  }
}
