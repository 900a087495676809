import { checkInteger } from '../util/check';
import { checkProps, type PropTable } from '../util/props';
import { ensure } from '../validation/error';
import type { Accelerator, TpuSlice } from './accelerator';
import type { ParallelLayout } from './plan';

/** How a model is cut over devices and pods. All numbers are ranks of one replica. */
export interface Parallelism {
  /**
   * Tensor-parallel ranks: each layer is cut over this many devices. They share one pod, since they talk at every layer; on a TPU slice
   * they may span its hosts.
   * @default - 1; on a TPU slice as many as fill it
   */
  readonly tensor?: number;
  /**
   * Pipeline-parallel stages: the layers are cut into this many runs. A replica whose stages do not fit one node spans several pods.
   * @default 1
   */
  readonly pipeline?: number;
  /**
   * Data-parallel ranks: copies of the attention layers that share a batch.
   * @default 1
   */
  readonly data?: number;
  /**
   * Data-parallel ranks of one pod; divides `data`.
   * @default - as many as the accelerator's node holds
   */
  readonly dataLocal?: number;
  /**
   * Expert parallelism: a mixture-of-experts model spreads its experts over `tensor × data` ranks.
   * @default false
   */
  readonly expert?: boolean;
}

const PROPS: PropTable<Parallelism> = { tensor: 'value', pipeline: 'value', data: 'value', dataLocal: 'value', expert: 'flag' };

function largestDivisor(of: number, atMost: number): number {
  for (let divisor = Math.min(of, atMost); divisor > 1; divisor--) {
    if (of % divisor === 0) {
      return divisor;
    }
  }
  return 1;
}

/**
 * Lays the ranks of one replica on pods: devices a pod, pods a replica.
 *
 * Errors: LLMD104 for a number that is not positive; LLMD210 when a tensor-parallel group does not fit a node; LLMD211 when the
 * data-parallel ranks of a pod do not fit a node or do not divide `data`; LLMD212 for expert parallelism over a single rank; LLMD213
 * when ranks fill a device only in part; LLMD214 for data ranks whose pipeline spans nodes; LLMD216 when ranks do not fill a TPU slice.
 */
export function layoutOf(given: Parallelism, accelerator: Accelerator): ParallelLayout {
  const parallelism = checkProps('`parallelism`', given, PROPS);
  if (accelerator.tpu !== undefined) {
    return sliceLayout(parallelism, accelerator, accelerator.tpu);
  }
  const { tensor = 1, pipeline = 1, data = 1, expert = false } = parallelism;
  checkInteger('parallelism.tensor', tensor, 1);
  checkInteger('parallelism.pipeline', pipeline, 1);
  checkInteger('parallelism.data', data, 1);
  const nodeRanks = accelerator.perNode * accelerator.ranksPerDevice;
  ensure(tensor <= nodeRanks, 'LLMD210', { tensor, nodeRanks, accelerator: accelerator.name });
  ensure(!expert || tensor * data > 1, 'LLMD212', { tensor, data });

  const stagesFit = Math.floor(nodeRanks / tensor);
  const spansByPipeline = pipeline > stagesFit;
  ensure(data === 1 || !spansByPipeline, 'LLMD214', { data, pipeline, tensor, nodeRanks, accelerator: accelerator.name });
  const stagesPerPod = spansByPipeline ? largestDivisor(pipeline, stagesFit) : pipeline;
  const dataFit = Math.max(1, Math.floor(nodeRanks / (tensor * pipeline)));
  const dataLocal = parallelism.dataLocal ?? largestDivisor(data, dataFit);
  checkInteger('parallelism.dataLocal', dataLocal, 1);
  ensure(data % dataLocal === 0 && dataLocal <= dataFit, 'LLMD211', {
    dataLocal,
    data,
    fit: largestDivisor(data, dataFit),
    accelerator: accelerator.name,
  });

  const ranksPerPod = tensor * stagesPerPod * dataLocal;
  ensure(ranksPerPod % accelerator.ranksPerDevice === 0, 'LLMD213', {
    ranks: ranksPerPod,
    perDevice: accelerator.ranksPerDevice,
    accelerator: accelerator.name,
  });
  return Object.freeze({
    tensor,
    pipeline,
    data,
    dataLocal,
    expert,
    podsPerReplica: (data / dataLocal) * (pipeline / stagesPerPod),
    acceleratorsPerPod: ranksPerPod / accelerator.ranksPerDevice,
  });
}

/** A replica occupies a whole slice: a pod on each of its hosts, each pod with all chips of its host. */
function sliceLayout(parallelism: Parallelism, accelerator: Accelerator, slice: TpuSlice): ParallelLayout {
  const { pipeline = 1, data = 1, expert = false } = parallelism;
  checkInteger('parallelism.pipeline', pipeline, 1);
  checkInteger('parallelism.data', data, 1);
  const ranks = slice.chips * accelerator.ranksPerDevice;
  const tensor = parallelism.tensor ?? Math.max(1, Math.floor(ranks / (pipeline * data)));
  checkInteger('parallelism.tensor', tensor, 1);
  ensure(tensor * pipeline * data === ranks, 'LLMD216', {
    given: tensor * pipeline * data,
    ranks,
    chips: slice.chips,
    generation: slice.generation,
    topology: slice.topology,
  });
  ensure(!expert || tensor * data > 1, 'LLMD212', { tensor, data });
  ensure(data === 1 || data % slice.hosts === 0, 'LLMD104', {
    prop: 'parallelism.data',
    given: String(data),
    allowed: `1 or a multiple of the ${slice.hosts} hosts of the slice`,
  });
  const dataLocal = data === 1 ? 1 : data / slice.hosts;
  ensure(parallelism.dataLocal === undefined || parallelism.dataLocal === dataLocal, 'LLMD211', {
    dataLocal: parallelism.dataLocal ?? 1,
    data,
    fit: dataLocal,
    accelerator: accelerator.name,
  });
  return Object.freeze({
    tensor,
    pipeline,
    data,
    dataLocal,
    expert,
    podsPerReplica: slice.hosts,
    acceleratorsPerPod: slice.chipsPerHost,
  });
}
