import {
  Accelerator,
  Autoscaling,
  Cluster,
  Disruption,
  type ModelRouteOptions,
  type ModelServingProps,
  ModelSource,
  Network,
  type PrefillDecodePairProps,
  RouterImage,
  type WideEPGroupProps,
} from 'cdk8s-llm-d';

/** Quiet: an upstream router needs no registry. */
export const ROUTER: ModelRouteOptions = { router: { image: RouterImage.upstream() } };

export const SERVING: ModelServingProps = {
  model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
  accelerator: Accelerator.NVIDIA_H100,
  parallelism: { tensor: 2 },
  replicas: 4,
  disruption: Disruption.maxUnavailable(1),
  labels: { team: 'chat' },
};

export const SCALED: ModelServingProps = {
  model: ModelSource.pvc('weights', 'qwen'),
  accelerator: Accelerator.NVIDIA_H100,
  autoscaling: Autoscaling.hpa({
    max: 4,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
  }),
};

export const PAIR: PrefillDecodePairProps = {
  model: ModelSource.huggingFace('openai/gpt-oss-120b'),
  accelerator: Accelerator.NVIDIA_H200,
  network: Network.tcp(),
  prefill: { replicas: 4 },
  decode: { replicas: 2, parallelism: { tensor: 4 } },
};

const wide = { parallelism: { data: 16, dataLocal: 8, expert: true } };

export const WIDE: WideEPGroupProps = {
  model: ModelSource.pvc('weights', 'deepseek-ai/DeepSeek-R1-0528'),
  accelerator: Accelerator.NVIDIA_B200,
  network: Network.infiniBand(),
  prefill: wide,
  decode: wide,
};

export const SURROUNDINGS = { namespace: 'llm', cluster: Cluster.aks() };
