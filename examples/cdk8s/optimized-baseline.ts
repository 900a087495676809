// llm-d's guide "optimized-baseline" with NVIDIA GPUs and vLLM, value by value; docs/parity.md says where it differs, and why.
import type { App } from 'cdk8s';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, RoutingStrategy, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'optimized-baseline-gpu-vllm-base', { namespace: 'llm-d-optimized-baseline' });

  const servers = new ModelServing(chart, 'optimized-baseline', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B', { tokenSecret: 'llm-d-hf-token', tokenKey: 'HF_TOKEN' }),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    replicas: 8,
    resources: { cpu: '8', cpuLimit: '16', memory: '96Gi', memoryLimit: '128Gi' },
  });
  new InferenceGateway(chart, 'gateway').addModel(servers, { routing: RoutingStrategy.prefixAware() });
}
