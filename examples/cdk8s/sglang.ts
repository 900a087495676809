// SGLang instead of vLLM, once aggregated and once split; the router reads SGLang's metrics by itself.
import type { App } from 'cdk8s';
import {
  Accelerator,
  Engine,
  InferenceGateway,
  KvCache,
  ModelServing,
  ModelSource,
  Network,
  PrefillDecodePair,
  ServingChart,
} from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'sglang', { namespace: 'sglang' });
  const gateway = new InferenceGateway(chart, 'gateway');

  const qwen = new ModelServing(chart, 'qwen3', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B', { tokenSecret: 'llm-d-hf-token' }),
    accelerator: Accelerator.NVIDIA_H100,
    engine: Engine.sglang({ memFractionStatic: 0.85 }),
    kvCache: KvCache.of({ blockTokens: 64 }),
    parallelism: { tensor: 2 },
    replicas: 4,
  });
  gateway.addModel(qwen);

  const pair = new PrefillDecodePair(chart, 'gpt-oss', {
    model: ModelSource.huggingFace('openai/gpt-oss-120b'),
    accelerator: Accelerator.NVIDIA_H200,
    engine: Engine.sglang(),
    network: Network.infiniBand({ resourceName: 'rdma/ib' }),
    prefill: { replicas: 4 },
    decode: { replicas: 2, parallelism: { tensor: 4 } },
  });
  gateway.addModel(pair);
}
