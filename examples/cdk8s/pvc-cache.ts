// A claim that all pods share keeps the downloaded weights, so that only the first start waits for Hugging Face.
import type { App } from 'cdk8s';
import { Accelerator, Cluster, InferenceGateway, ModelCache, ModelServing, ModelSource, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'pvc-cache', { namespace: 'pvc-cache', cluster: Cluster.aks() });

  const llama = new ModelServing(chart, 'llama', {
    model: ModelSource.huggingFace('meta-llama/Llama-3.3-70B-Instruct', {
      tokenSecret: 'llm-d-hf-token',
      cache: ModelCache.pvc('model-cache', { subPath: 'huggingface' }),
    }),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 4 },
    replicas: 2,
  });
  new InferenceGateway(chart, 'gateway').addModel(llama);
}
