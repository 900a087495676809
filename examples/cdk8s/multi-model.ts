// Three models behind one Gateway, each with a pool and a router of its own: one by the name of the model, one by host name, one by path.
import { type App, Duration } from 'cdk8s';
import { Accelerator, GatewayProvider, InferenceGateway, ModelServing, ModelSource, RoutingStrategy, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'multi-model', { namespace: 'multi-model' });
  const gateway = new InferenceGateway(chart, 'inference', { provider: GatewayProvider.istio() });

  const chat = new ModelServing(chart, 'chat', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    replicas: 4,
  });
  gateway.addModel(chat, { match: { modelName: 'Qwen/Qwen3-32B' } });

  const reasoning = new ModelServing(chart, 'reasoning', {
    model: ModelSource.huggingFace('openai/gpt-oss-120b'),
    accelerator: Accelerator.NVIDIA_H200,
    replicas: 2,
  });
  gateway.addModel(reasoning, {
    match: { hostname: 'reasoning.example.com' },
    routing: RoutingStrategy.sessionAffinity(),
    requestTimeout: Duration.minutes(30),
  });

  const small = new ModelServing(chart, 'small', {
    model: ModelSource.huggingFace('Qwen/Qwen3-0.6B'),
    accelerator: Accelerator.NVIDIA_L4,
  });
  gateway.addModel(small, { match: { pathPrefix: '/small' }, routing: RoutingStrategy.loadAware() });
}
