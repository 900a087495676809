// A new version of a model takes a tenth of the requests. Shift the weights, then remove the old one: two pools, because engines of
// different versions cannot share a KV cache.
import type { App } from 'cdk8s';
import { Accelerator, Engine, GatewayProvider, InferenceGateway, ModelServing, ModelSource, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'blue-green', { namespace: 'blue-green' });
  const shared = { model: ModelSource.huggingFace('Qwen/Qwen3-32B'), accelerator: Accelerator.NVIDIA_H100, parallelism: { tensor: 2 } };

  const blue = new ModelServing(chart, 'blue', { ...shared, replicas: 4, engine: Engine.vllm({ image: 'vllm/vllm-openai:v0.22.0' }) });
  const green = new ModelServing(chart, 'green', { ...shared, replicas: 1 });

  new InferenceGateway(chart, 'inference', { provider: GatewayProvider.agentgateway() }).addSplit(
    [
      { servers: blue, weight: 90 },
      { servers: green, weight: 10 },
    ],
    { name: 'qwen3' },
  );
}
