// Prefill on AMD, decode on NVIDIA, with different tensor parallelism: what computes prompts best need not answer best. The cache goes
// over TCP, which both speak.
import type { App } from 'cdk8s';
import { Accelerator, Engine, InferenceGateway, KvCache, ModelSource, Network, PrefillDecodePair, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'heterogeneous-pd', { namespace: 'heterogeneous-pd' });

  const pair = new PrefillDecodePair(chart, 'llama', {
    model: ModelSource.huggingFace('meta-llama/Llama-3.3-70B-Instruct', { tokenSecret: 'llm-d-hf-token' }),
    accelerator: Accelerator.NVIDIA_H200,
    kvCache: KvCache.of({ blockTokens: 128 }),
    network: Network.tcp(),
    prefill: {
      replicas: 4,
      accelerator: Accelerator.AMD_MI300X,
      // Both sides of a transfer must be one version of vLLM; the release's images for AMD are of an older one.
      engine: Engine.vllm({ image: 'docker.io/vllm/vllm-openai-rocm:v0.23.0' }),
    },
    decode: { replicas: 2, parallelism: { tensor: 4 } },
  });
  new InferenceGateway(chart, 'gateway').addModel(pair);
}
