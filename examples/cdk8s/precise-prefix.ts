// The router does not guess which replica holds a prefix, it is told: each pod publishes what enters and leaves its cache. Two routers
// are active at once, and a render service tokenizes prompts as the engine does.
import type { App } from 'cdk8s';
import { Accelerator, InferenceGateway, KvCache, ModelServing, ModelSource, RoutingStrategy, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'precise-prefix', { namespace: 'precise-prefix' });

  const qwen = new ModelServing(chart, 'qwen3', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B', { tokenSecret: 'llm-d-hf-token' }),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    replicas: 8,
    kvCache: KvCache.of({ blockTokens: 64, publishEvents: true }),
  });
  new InferenceGateway(chart, 'gateway').addModel(qwen, {
    routing: RoutingStrategy.precisePrefix(),
    router: { replicas: 2, leaderElection: false },
  });
}
