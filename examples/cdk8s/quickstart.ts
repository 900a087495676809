// Four replicas of Qwen3-32B, each on two H100, behind a router that knows which replica holds which prefix. Needs no Gateway API
// controller: Envoy runs beside the router.
import type { App } from 'cdk8s';
import { Accelerator, Cluster, InferenceGateway, ModelServing, ModelSource, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'qwen', { namespace: 'llm', cluster: Cluster.eks() });

  const qwen = new ModelServing(chart, 'qwen3', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    replicas: 4,
  });
  new InferenceGateway(chart, 'gateway').addModel(qwen);
}
