// A model too large for one node: its layers run over two nodes (a LeaderWorkerSet of two pods with eight GPUs each); only the first
// pod of a group takes requests.
import type { App } from 'cdk8s';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, Network, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'multi-node', { namespace: 'multi-node' });

  const deepseek = new ModelServing(chart, 'deepseek', {
    model: ModelSource.pvc('weights', 'deepseek-ai/DeepSeek-R1-0528'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 8, pipeline: 2 },
    network: Network.infiniBand({ resourceName: 'rdma/ib' }),
    replicas: 2,
  });
  new InferenceGateway(chart, 'gateway').addModel(deepseek);
}
