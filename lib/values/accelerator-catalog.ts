/**
 * The data behind the constants of {@link Accelerator}: one row a device, each with its source.
 *
 * `memoryGib` is what driver or runtime report, not the number on the box, because memory is planned with it; where runtimes
 * disagree the smallest is taken. Sources by word:
 * - torch: the total that PyTorch prints in its out-of-memory message on that device
 * - XLA: the total that XLA prints in its out-of-memory message on that device
 * - aic: the hardware tables of aiconfigurator (`systems/*.yaml`)
 * - vendor: the vendor's public product page
 *
 * Rates are left out where only a data sheet that was not re-checked knows them.
 */
import type { EnvVar, Toleration } from '../manifests/pod';
import { deepFreeze } from '../util/freeze';

/** Who makes a device. `cpu` is the processor itself, `none` the simulator: no device at all. */
export type AcceleratorVendor = 'nvidia' | 'amd' | 'google' | 'intel' | 'cpu' | 'none';

/** Everything that is known of one kind of accelerator; {@link Accelerator.custom} takes the same fields. */
export interface AcceleratorOptions {
  /** Name for messages, e.g. `NVIDIA_H100`; providers look up their node label by it. */
  readonly name: string;
  readonly vendor: AcceleratorVendor;
  /**
   * Value of the pod label `llm-d.ai/accelerator-variant`.
   *
   * @default - the vendor's usual one: gpu (nvidia, amd), tpu (google), xpu (intel), cpu, none
   */
  readonly variant?: string;
  /**
   * Extended resource that a pod requests, e.g. `nvidia.com/gpu`.
   *
   * @default - none: pods request no device
   */
  readonly resourceName?: string;
  /**
   * Device class of the vendor's DRA driver, used by {@link Accelerator.viaDra}.
   *
   * @default - the vendor's usual one: gpu.nvidia.com, gpu.amd.com, tpu.google.com, gpu.intel.com; none for cpu and none
   */
  readonly deviceClass?: string;
  /**
   * GiB of memory of one requested device that an engine can use.
   *
   * @default - unknown: memory is not planned
   */
  readonly memoryGib?: number;
  /**
   * Memory bandwidth of one requested device, in GB/s (10^9 bytes).
   *
   * @default - unknown
   */
  readonly memoryBandwidthGBs?: number;
  /**
   * Dense bf16 rate of one requested device, in TFLOP/s.
   *
   * @default - unknown
   */
  readonly bf16Teraflops?: number;
  /**
   * Processor architecture of the nodes.
   *
   * @default amd64
   */
  readonly architecture?: 'amd64' | 'arm64';
  /** Devices of one node: the most that one pod can request. */
  readonly perNode: number;
  /**
   * Tensor-parallel ranks that one requested device holds.
   *
   * @default 1
   */
  readonly ranksPerDevice?: number;
  /** Column of the release's engine images: cuda, rocm, xpu, cpu, tpu, gaudi, any. */
  readonly imageFlavour: string;
  /**
   * Column of the release's images for wide expert parallelism.
   *
   * @default - `imageFlavour`
   */
  readonly wideEpImageFlavour?: string;
  /**
   * Labels that a node must have, whatever the cluster.
   *
   * @default - none; the cluster adds its own
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /**
   * Taints that pods tolerate, whatever the cluster.
   *
   * @default - none; the cluster adds its own
   */
  readonly tolerations?: readonly Toleration[];
  /**
   * Environment of the engine's container.
   *
   * @default - none
   */
  readonly env?: readonly EnvVar[];
  /**
   * Groups that may open the device files on the node.
   *
   * @default - none
   */
  readonly supplementalGroups?: readonly number[];
  /**
   * Values of the node label `nvidia.com/gpu.product` that GPU feature discovery gives to these devices, for a `nodeSelector` or an
   * affinity of your own: nodes that share a GPU (MIG, time slicing) carry other values.
   *
   * @default - unknown
   */
  readonly gpuProducts?: readonly string[];
}

const NVIDIA = { vendor: 'nvidia', resourceName: 'nvidia.com/gpu', perNode: 8, imageFlavour: 'cuda' } as const;
const AMD = { vendor: 'amd', resourceName: 'amd.com/gpu', perNode: 8, imageFlavour: 'rocm' } as const;

const SPAWN: EnvVar = { name: 'VLLM_WORKER_MULTIPROC_METHOD', value: 'spawn' };
// Group `render` of the node, which owns /dev/dri (llm-d guides, xpu overlays).
const XPU = { vendor: 'intel', perNode: 8, imageFlavour: 'xpu', supplementalGroups: [107] } as const;
// Keys and environment: accelerator tables of the llm-d-modelservice chart v0.4.12, rows intel-i915 and intel-xe.
const XPU_I915 = {
  ...XPU,
  resourceName: 'gpu.intel.com/i915',
  env: [{ name: 'VLLM_USE_V1', value: '1' }, { name: 'TORCH_LLM_ALLREDUCE', value: '1' }, SPAWN],
} as const;
const XPU_XE = { ...XPU, resourceName: 'gpu.intel.com/xe', env: [SPAWN] } as const;

const GAUDI = {
  vendor: 'intel',
  variant: 'hpu',
  // Key and class: accelerator tables of the llm-d-modelservice chart v0.4.12, row intel-gaudi.
  resourceName: 'habana.ai/gaudi',
  deviceClass: 'gaudi.intel.com',
  perNode: 8,
  imageFlavour: 'gaudi',
} as const;

/** Every device that has a constant of its own, TPUs apart. */
export const ACCELERATORS = deepFreeze({
  // Memory, rates: aic. Products: GPU feature discovery (SXM, PCIe, NVL).
  NVIDIA_H100: {
    ...NVIDIA,
    name: 'NVIDIA_H100',
    memoryGib: 79.19,
    memoryBandwidthGBs: 3350,
    bf16Teraflops: 989,
    gpuProducts: ['NVIDIA-H100-80GB-HBM3', 'NVIDIA-H100-PCIe', 'NVIDIA-H100-NVL'],
  },
  // Memory: torch (139.72 to 139.81). Rates: aic.
  NVIDIA_H200: {
    ...NVIDIA,
    name: 'NVIDIA_H200',
    memoryGib: 139.72,
    memoryBandwidthGBs: 4800,
    bf16Teraflops: 989,
    gpuProducts: ['NVIDIA-H200', 'NVIDIA-H200-NVL'],
  },
  // Memory: torch (178.35 to 178.36). Rates: aic.
  NVIDIA_B200: {
    ...NVIDIA,
    name: 'NVIDIA_B200',
    memoryGib: 178.35,
    memoryBandwidthGBs: 7700,
    bf16Teraflops: 2250,
    gpuProducts: ['NVIDIA-B200'],
  },
  // Four per tray, 72 per rack: llm-d guide wide-ep-lws, GB200 overlay. Memory: torch. Rates: aic.
  NVIDIA_GB200: {
    ...NVIDIA,
    name: 'NVIDIA_GB200',
    architecture: 'arm64',
    perNode: 4,
    wideEpImageFlavour: 'cuda-gb200',
    memoryGib: 184.31,
    memoryBandwidthGBs: 8000,
    bf16Teraflops: 2500,
    gpuProducts: ['NVIDIA-GB200'],
  },
  // Memory: torch (39.38 to 39.56).
  NVIDIA_A100_40: {
    ...NVIDIA,
    name: 'NVIDIA_A100_40',
    memoryGib: 39.38,
    gpuProducts: ['NVIDIA-A100-SXM4-40GB', 'NVIDIA-A100-PCIE-40GB'],
  },
  // Memory: torch. Rates: aic (SXM; the PCIe card has 1935 GB/s).
  NVIDIA_A100_80: {
    ...NVIDIA,
    name: 'NVIDIA_A100_80',
    memoryGib: 79.14,
    memoryBandwidthGBs: 2039,
    bf16Teraflops: 312,
    gpuProducts: ['NVIDIA-A100-SXM4-80GB', 'NVIDIA-A100-80GB-PCIe'],
  },
  // Memory, rates: aic.
  NVIDIA_L40S: {
    ...NVIDIA,
    name: 'NVIDIA_L40S',
    memoryGib: 44.99,
    memoryBandwidthGBs: 864,
    bf16Teraflops: 362,
    gpuProducts: ['NVIDIA-L40S'],
  },
  // Memory: torch (22.03 to 22.07 with ECC). Rates: aic.
  NVIDIA_L4: {
    ...NVIDIA,
    name: 'NVIDIA_L4',
    memoryGib: 22.03,
    memoryBandwidthGBs: 300,
    bf16Teraflops: 121,
    gpuProducts: ['NVIDIA-L4'],
  },
  // A node has four cards; the device plugin counts their two dies apart. Memory: torch, one die.
  AMD_MI250: { ...AMD, name: 'AMD_MI250', memoryGib: 63.98 },
  // Memory: torch (191.69 to 191.98). Rates: vendor.
  AMD_MI300X: { ...AMD, name: 'AMD_MI300X', memoryGib: 191.69, memoryBandwidthGBs: 5300, bf16Teraflops: 1307 },
  // Memory: torch (255.69 to 255.98). Rates: vendor.
  AMD_MI325X: { ...AMD, name: 'AMD_MI325X', memoryGib: 255.69, memoryBandwidthGBs: 6000, bf16Teraflops: 1307 },
  // Memory: vendor.
  INTEL_MAX_1100: { ...XPU_I915, name: 'INTEL_MAX_1100', memoryGib: 48 },
  // Two stacks, which the runtime shows as two devices. Memory: torch, 63.98 a stack.
  INTEL_MAX_1550: { ...XPU_I915, name: 'INTEL_MAX_1550', memoryGib: 127.96, ranksPerDevice: 2 },
  // Memory, rates: aic.
  INTEL_ARC_B60: { ...XPU_XE, name: 'INTEL_ARC_B60', memoryGib: 24, memoryBandwidthGBs: 456, bf16Teraflops: 98 },
  // Memory: total that vLLM prints on the device.
  INTEL_GAUDI_2: { ...GAUDI, name: 'INTEL_GAUDI_2', memoryGib: 94.62 },
  // Memory and rates: vendor.
  INTEL_GAUDI_3: { ...GAUDI, name: 'INTEL_GAUDI_3', memoryGib: 128, memoryBandwidthGBs: 3670, bf16Teraflops: 1835 },
  // Environment: llm-d guide optimized-baseline, cpu overlay (64 GiB pods).
  CPU: {
    name: 'CPU',
    vendor: 'cpu',
    perNode: 1,
    imageFlavour: 'cpu',
    env: [
      { name: 'VLLM_CPU_KVCACHE_SPACE', value: '32' },
      { name: 'VLLM_CPU_NUM_OF_RESERVED_CPU', value: '1' },
    ],
  },
  // Eight, so that a layout made for an eight-GPU node can be rehearsed as it stands.
  SIMULATOR: { name: 'SIMULATOR', vendor: 'none', perNode: 8, imageFlavour: 'any' },
} satisfies Record<string, AcceleratorOptions>);

/** Generations of TPU that have images. */
export type TpuGeneration = 'v5e' | 'v6e' | 'v7';

/** One generation of TPU. */
export interface TpuGenerationRow {
  /** Value of the node label `cloud.google.com/gke-tpu-accelerator`. */
  readonly gkeAccelerator: string;
  /** Value of the label `llm-d.ai/accelerator-variant`. */
  readonly variant: string;
  /** GiB of one chip. */
  readonly memoryGib: number;
  /**
   * Memory bandwidth of one chip, in GB/s.
   *
   * @default - no firm source knows it
   */
  readonly memoryBandwidthGBs?: number;
  readonly bf16Teraflops: number;
  /** Cores of one chip; each is a rank. */
  readonly coresPerChip: number;
  /** Most chips of a slice that still lies on one host. */
  readonly singleHostChips: number;
  /** Chips of each host of a slice that spans several. */
  readonly multiHostChips: number;
  /** Topologies of a slice, smallest first. */
  readonly topologies: readonly string[];
  /** Topology of the constant: the largest on one host. */
  readonly default: string;
}

/**
 * TPU generations. Rates: the vendor's page of each generation. Memory: XLA (v7: 94.75 a core). Topologies and chips per host: GKE's
 * TPU planning page and the machine tables of xpk. Labels, defaults: llm-d guides, tpu overlays.
 */
export const TPU_GENERATIONS = deepFreeze({
  v5e: {
    gkeAccelerator: 'tpu-v5-lite-podslice',
    variant: 'tpu',
    memoryGib: 15.75,
    memoryBandwidthGBs: 819,
    bf16Teraflops: 197,
    coresPerChip: 1,
    singleHostChips: 8,
    multiHostChips: 4,
    topologies: ['1x1', '2x2', '2x4', '4x4', '4x8', '8x8', '8x16', '16x16'],
    default: '2x4',
  },
  v6e: {
    gkeAccelerator: 'tpu-v6e-slice',
    variant: 'tpu-v6e',
    memoryGib: 31.25,
    memoryBandwidthGBs: 1638,
    bf16Teraflops: 918,
    coresPerChip: 1,
    singleHostChips: 8,
    multiHostChips: 4,
    topologies: ['1x1', '2x2', '2x4', '4x4', '4x8', '8x8', '8x16', '16x16'],
    default: '2x4',
  },
  v7: {
    gkeAccelerator: 'tpu7x',
    variant: 'tpu',
    memoryGib: 189.5,
    bf16Teraflops: 2307,
    coresPerChip: 2,
    singleHostChips: 4,
    multiHostChips: 4,
    topologies: ['1x1x1', '2x2x1', '2x2x2', '2x2x4', '2x4x4', '4x4x4', '4x4x8', '4x8x8', '8x8x8', '8x8x16', '8x16x16'],
    default: '2x2x1',
  },
} satisfies Record<TpuGeneration, TpuGenerationRow>);

/** What a vendor's devices have in common unless a row says otherwise. Device classes: llm-d-modelservice chart v0.4.12. */
export const VENDOR_DEFAULTS: Readonly<Record<AcceleratorVendor, { readonly variant: string; readonly deviceClass?: string }>> = deepFreeze(
  {
    nvidia: { variant: 'gpu', deviceClass: 'gpu.nvidia.com' },
    amd: { variant: 'gpu', deviceClass: 'gpu.amd.com' },
    google: { variant: 'tpu', deviceClass: 'tpu.google.com' },
    intel: { variant: 'xpu', deviceClass: 'gpu.intel.com' },
    cpu: { variant: 'cpu' },
    none: { variant: 'none' },
  },
);
