// Prompts and answers on pods of their own: eight prefill workers on one H200, two decode workers on four. A prompt of which the chosen
// decode worker lacks fewer than 16 tokens is not worth the way to a prefill worker.
import { type App, JsonPatch } from 'cdk8s';
import {
  Accelerator,
  Cluster,
  GatewayProvider,
  InferenceGateway,
  KvTransfer,
  ModelSource,
  Network,
  PrefillDecodePair,
  RoutingStrategy,
  Scorer,
  ServingChart,
} from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'gpt-oss', { namespace: 'llm', cluster: Cluster.openShift() });

  const pair = new PrefillDecodePair(chart, 'gpt-oss-120b', {
    model: ModelSource.pvc('weights', 'openai/gpt-oss-120b'),
    accelerator: Accelerator.NVIDIA_H200,
    prefill: { replicas: 8 },
    decode: { replicas: 2, parallelism: { tensor: 4 } },
    transfer: KvTransfer.nixl(),
    network: Network.infiniBand(),
  });
  pair.decode.addJsonPatch(JsonPatch.add('/spec/template/spec/priorityClassName', 'critical'));

  const gateway = new InferenceGateway(chart, 'gateway', { provider: GatewayProvider.istio() });
  gateway.addModel(pair, {
    routing: RoutingStrategy.prefillDecode({ minUncachedTokens: 16 }).withScorer(Scorer.queueDepth(1)),
  });
}
