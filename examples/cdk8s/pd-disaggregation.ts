// llm-d's guide "pd-disaggregation" with NVIDIA GPUs and vLLM, value by value; docs/parity.md says where it differs, and why.
import { type App, Size } from 'cdk8s';
import { Accelerator, Engine, InferenceGateway, KvCache, ModelSource, PrefillDecodePair, RoutingStrategy, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'pd-disaggregation-gpu-vllm-base', { namespace: 'llm-d-pd-disaggregation' });

  const pair = new PrefillDecodePair(chart, 'pd-disaggregation', {
    model: ModelSource.huggingFace('openai/gpt-oss-120b', { tokenSecret: 'llm-d-hf-token', tokenKey: 'HF_TOKEN' }),
    accelerator: Accelerator.NVIDIA_H200,
    engine: Engine.vllm({ hybridKvCacheManager: true }),
    kvCache: KvCache.of({ blockTokens: 128 }),
    prefill: {
      replicas: 8,
      // Shared memory counts against the limit: the guide's 20 GiB would not fit into its 16.
      sharedMemory: Size.gibibytes(8),
      resources: { cpu: '8', cpuLimit: '8', memory: '16Gi' },
    },
    decode: { replicas: 2, parallelism: { tensor: 4 }, resources: { cpu: '16', cpuLimit: '16', memory: '64Gi' } },
  });
  new InferenceGateway(chart, 'gateway').addModel(pair, { routing: RoutingStrategy.prefillDecode() });
}
