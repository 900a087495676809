import type { EnvVar, Toleration } from '../manifests/pod';

/** Who makes a device. `none` is the simulator: no device at all. */
export type AcceleratorVendor = 'nvidia' | 'amd' | 'google' | 'intel' | 'cpu' | 'none';

/** Immutable profile of one kind of accelerator. */
export class Accelerator {
  /** Name for messages, e.g. `NVIDIA_H100`. */
  readonly name!: string;
  readonly vendor!: AcceleratorVendor;
  /** Value of the label `llm-d.ai/accelerator-variant`: gpu, tpu, tpu-v6e, xpu, cpu, … */
  readonly variant!: string;
  /** Extended resource that a pod requests; undefined when devices come through DRA only, or there are none. */
  readonly resourceName!: string | undefined;
  /** GiB of device memory that an engine can use. */
  readonly memoryGib!: number | undefined;
  /** Devices of one node. */
  readonly perNode!: number;
  /** Tensor-parallel ranks that one requested device holds: 2 on TPU v7, whose chip has two cores. */
  readonly ranksPerDevice!: number;
  /** Which engine image: cuda, cuda-efa, cuda-gb200, rocm, xpu, cpu, tpu, gaudi, any. */
  readonly imageFlavour!: string;
  readonly nodeSelector!: Readonly<Record<string, string>>;
  readonly tolerations!: readonly Toleration[];
  readonly env!: readonly EnvVar[];
}
