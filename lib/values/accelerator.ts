import type { EnvVar, Toleration } from '../manifests/pod';
import { checkInteger, checkOneOf, checkRange } from '../util/check';
import { checkExtendedResource, checkLabels } from '../util/dns';
import { deepFreeze } from '../util/freeze';
import { ensure, fail } from '../validation/error';
import {
  ACCELERATORS,
  type AcceleratorOptions,
  type AcceleratorVendor,
  TPU_GENERATIONS,
  type TpuGeneration,
  type TpuGenerationRow,
  VENDOR_DEFAULTS,
} from './accelerator-catalog';

export type { AcceleratorOptions, AcceleratorVendor, TpuGeneration } from './accelerator-catalog';

/** How devices are claimed through dynamic resource allocation. */
export interface DraOptions {
  /**
   * DeviceClass that the ResourceClaimTemplate names; the cluster must have it.
   *
   * @default - the class of the vendor's DRA driver, e.g. `gpu.nvidia.com`
   */
  readonly deviceClass?: string;
  /**
   * Devices that one pod claims.
   *
   * @default - as many as the parallelism of the pod needs
   */
  readonly count?: number;
  /**
   * CEL expressions that a device must satisfy, e.g. `device.attributes["gpu.nvidia.com"].productName == "NVIDIA H100 80GB HBM3"`.
   *
   * @default - any device of the class
   */
  readonly selectors?: readonly string[];
}

/** A claim through dynamic resource allocation, with its defaults filled in. */
export interface DraClaim {
  readonly deviceClass: string;
  /** Devices that one pod claims; undefined follows the parallelism. */
  readonly count: number | undefined;
  readonly selectors: readonly string[];
}

/** Shape of a TPU slice. One replica occupies a whole slice. */
export interface TpuSlice {
  readonly generation: TpuGeneration;
  /** Value of the node label `cloud.google.com/gke-tpu-topology`, e.g. `2x4`. */
  readonly topology: string;
  /** Chips of the slice. */
  readonly chips: number;
  /** Nodes of the slice: the pods of one replica. */
  readonly hosts: number;
  /** Chips of one node: what each pod requests. */
  readonly chipsPerHost: number;
}

interface Extras {
  readonly dra?: DraClaim;
  readonly tpu?: TpuSlice;
}

/**
 * Immutable profile of one kind of accelerator: what a pod requests, where it may run, which engine image it needs.
 *
 * Take a constant, a TPU slice, or describe your own with {@link Accelerator.custom}. Labels and taints that differ from cluster to
 * cluster are not here: `Cluster` adds them.
 */
export class Accelerator {
  static readonly NVIDIA_H100 = new Accelerator(ACCELERATORS.NVIDIA_H100);
  static readonly NVIDIA_H200 = new Accelerator(ACCELERATORS.NVIDIA_H200);
  static readonly NVIDIA_B200 = new Accelerator(ACCELERATORS.NVIDIA_B200);
  /** Grace Blackwell: Arm nodes with four GPUs each. */
  static readonly NVIDIA_GB200 = new Accelerator(ACCELERATORS.NVIDIA_GB200);
  static readonly NVIDIA_A100_40 = new Accelerator(ACCELERATORS.NVIDIA_A100_40);
  static readonly NVIDIA_A100_80 = new Accelerator(ACCELERATORS.NVIDIA_A100_80);
  static readonly NVIDIA_L40S = new Accelerator(ACCELERATORS.NVIDIA_L40S);
  static readonly NVIDIA_L4 = new Accelerator(ACCELERATORS.NVIDIA_L4);
  /** One die of the two on a card: each is one `amd.com/gpu`. */
  static readonly AMD_MI250 = new Accelerator(ACCELERATORS.AMD_MI250);
  static readonly AMD_MI300X = new Accelerator(ACCELERATORS.AMD_MI300X);
  static readonly AMD_MI325X = new Accelerator(ACCELERATORS.AMD_MI325X);
  /** TPU v5e slice 2x4: eight chips on one host. */
  static readonly TPU_V5E = Accelerator.tpu('v5e');
  /** TPU v6e (Trillium) slice 2x4: eight chips on one host. */
  static readonly TPU_V6E = Accelerator.tpu('v6e');
  /** TPU v7 (Ironwood) slice 2x2x1: four chips on one host, eight ranks. */
  static readonly TPU_V7 = Accelerator.tpu('v7');
  /** Data Center GPU Max 1100. `perNode` is the most that a server holds: set yours by {@link Accelerator.with}. */
  static readonly INTEL_MAX_1100 = new Accelerator(ACCELERATORS.INTEL_MAX_1100);
  /** Data Center GPU Max 1550: two stacks, so two ranks. `perNode` is the most that a server holds. */
  static readonly INTEL_MAX_1550 = new Accelerator(ACCELERATORS.INTEL_MAX_1550);
  /** Arc Pro B60. `perNode` is the most that a server holds. */
  static readonly INTEL_ARC_B60 = new Accelerator(ACCELERATORS.INTEL_ARC_B60);
  static readonly INTEL_GAUDI_2 = new Accelerator(ACCELERATORS.INTEL_GAUDI_2);
  static readonly INTEL_GAUDI_3 = new Accelerator(ACCELERATORS.INTEL_GAUDI_3);
  /** No device: the engine computes on the processor. `VLLM_CPU_KVCACHE_SPACE` is 32 GiB, so give its pods about 64 GiB. */
  static readonly CPU = new Accelerator(ACCELERATORS.CPU);
  /** No device and no model: llm-d-inference-sim imitates an engine. */
  static readonly SIMULATOR = new Accelerator(ACCELERATORS.SIMULATOR);

  /** Name for messages, e.g. `NVIDIA_H100`. */
  readonly name: string;
  readonly vendor: AcceleratorVendor;
  /** Value of the label `llm-d.ai/accelerator-variant`: gpu, tpu, tpu-v6e, xpu, hpu, cpu, none. */
  readonly variant: string;
  /** Extended resource that a pod requests; undefined when devices come through DRA only, or there are none. */
  readonly resourceName: string | undefined;
  /** DeviceClass of the vendor's DRA driver; undefined when there is none. */
  readonly deviceClass: string | undefined;
  /** Set when devices are claimed through a ResourceClaimTemplate instead of an extended resource. */
  readonly dra: DraClaim | undefined;
  /** GiB of memory of one requested device that an engine can use; all its ranks share it. */
  readonly memoryGib: number | undefined;
  /** Memory bandwidth of one requested device, in GB/s; undefined when no firm source knows it. */
  readonly memoryBandwidthGBs: number | undefined;
  /** Dense bf16 rate of one requested device, in TFLOP/s; undefined when no firm source knows it. */
  readonly bf16Teraflops: number | undefined;
  /** Processor architecture of the nodes. */
  readonly architecture: 'amd64' | 'arm64';
  /** Devices of one node. */
  readonly perNode: number;
  /** Tensor-parallel ranks that one requested device holds: 2 on TPU v7, whose chip has two cores. */
  readonly ranksPerDevice: number;
  /** Which engine image: cuda, rocm, xpu, cpu, tpu, gaudi, any. */
  readonly imageFlavour: string;
  /** Which image of the llm-d build for wide expert parallelism: cuda, cuda-gb200, … */
  readonly wideEpImageFlavour: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly env: readonly EnvVar[];
  /** Groups that may open the device files on the node. */
  readonly supplementalGroups: readonly number[];
  /** Values of the node label `nvidia.com/gpu.product` that such devices carry, where known. */
  readonly gpuProducts: readonly string[];
  /** Shape of the TPU slice; undefined for other devices. */
  readonly tpu: TpuSlice | undefined;

  private constructor(options: AcceleratorOptions, extras: Extras = {}) {
    checkInteger('perNode', options.perNode, 1);
    checkInteger('ranksPerDevice', options.ranksPerDevice ?? 1, 1);
    if (options.memoryGib !== undefined) {
      checkRange('memoryGib', options.memoryGib, 1, 4096);
    }
    checkLabels(options.nodeSelector ?? {});
    checkOneOf('vendor', options.vendor, Object.keys(VENDOR_DEFAULTS));
    checkExtendedResource('resourceName', options.resourceName);
    const defaults = VENDOR_DEFAULTS[options.vendor];
    this.name = options.name;
    this.vendor = options.vendor;
    this.variant = options.variant ?? defaults.variant;
    this.resourceName = extras.dra === undefined ? options.resourceName : undefined;
    this.deviceClass = options.deviceClass ?? defaults.deviceClass;
    this.dra = extras.dra;
    this.memoryGib = options.memoryGib;
    this.memoryBandwidthGBs = options.memoryBandwidthGBs;
    this.bf16Teraflops = options.bf16Teraflops;
    this.architecture = options.architecture ?? 'amd64';
    this.perNode = options.perNode;
    this.ranksPerDevice = options.ranksPerDevice ?? 1;
    this.imageFlavour = options.imageFlavour;
    this.wideEpImageFlavour = options.wideEpImageFlavour ?? options.imageFlavour;
    this.nodeSelector = { ...options.nodeSelector };
    this.tolerations = [...(options.tolerations ?? [])];
    this.env = [...(options.env ?? [])];
    this.supplementalGroups = [...(options.supplementalGroups ?? [])];
    this.gpuProducts = [...(options.gpuProducts ?? [])];
    this.tpu = extras.tpu;
    checkLabels({ 'llm-d.ai/accelerator-variant': this.variant });
    deepFreeze(this);
  }

  /**
   * A TPU slice on GKE: pods run on nodes of that generation and topology, request all chips of their node, and one replica has as
   * many pods as the slice has nodes.
   *
   * @param topology chips in each direction, e.g. `2x4`; LLMD201 names the topologies of the generation. Default: the largest that
   * lies on one host.
   */
  static tpu(generation: TpuGeneration, topology?: string): Accelerator {
    const row: TpuGenerationRow | undefined = TPU_GENERATIONS[generation];
    if (row === undefined) {
      fail('LLMD107', { prop: 'generation', given: generation, allowed: `TPU generations are ${Object.keys(TPU_GENERATIONS).join(', ')}` });
    }
    const tpu = slice(generation, row, topology ?? row.default);
    return new Accelerator(
      {
        name: `TPU_${generation.toUpperCase()}`,
        vendor: 'google',
        variant: row.variant,
        resourceName: 'google.com/tpu',
        memoryGib: row.memoryGib,
        memoryBandwidthGBs: row.memoryBandwidthGBs,
        bf16Teraflops: row.bf16Teraflops,
        perNode: tpu.chipsPerHost,
        ranksPerDevice: row.coresPerChip,
        imageFlavour: 'tpu',
        nodeSelector: {
          'cloud.google.com/gke-tpu-accelerator': row.gkeAccelerator,
          'cloud.google.com/gke-tpu-topology': tpu.topology,
        },
      },
      { tpu },
    );
  }

  /** A device that has no constant here. */
  static custom(options: AcceleratorOptions): Accelerator {
    return new Accelerator(options);
  }

  /** True when pods request devices at all; false for CPU and simulator. */
  get requestsDevices(): boolean {
    return this.resourceName !== undefined || this.dra !== undefined;
  }

  /** A copy in which each given field replaces the old one whole; labels and lists are not merged. */
  with(overrides: Partial<AcceleratorOptions>): Accelerator {
    // A new resource name means the device plugin again, so it ends a claim.
    const dra = overrides.resourceName === undefined ? this.dra : undefined;
    return new Accelerator({ ...this, ...overrides }, { dra, tpu: this.tpu });
  }

  /**
   * A copy whose devices are claimed through a ResourceClaimTemplate (`resource.k8s.io/v1`, Kubernetes 1.34) instead of an extended
   * resource; the cluster must run the vendor's DRA driver.
   */
  viaDra(options: DraOptions = {}): Accelerator {
    const deviceClass = options.deviceClass ?? this.deviceClass;
    ensure(deviceClass !== undefined, 'LLMD202', { accelerator: this.name });
    if (options.count !== undefined) {
      checkInteger('count', options.count, 1, this.perNode);
    }
    const dra = { deviceClass, count: options.count, selectors: [...(options.selectors ?? [])] };
    return new Accelerator(this, { dra, tpu: this.tpu });
  }
}

function slice(generation: TpuGeneration, row: TpuGenerationRow, topology: string): TpuSlice {
  ensure(row.topologies.includes(topology), 'LLMD201', { given: topology, generation, allowed: row.topologies.join(', ') });
  const chips = topology.split('x').reduce((product, side) => product * Number(side), 1);
  const chipsPerHost = chips <= row.singleHostChips ? chips : row.multiHostChips;
  return { generation, topology, chips, hosts: chips / chipsPerHost, chipsPerHost };
}
