// The same model behind every kind of gateway: one chart each.
import type { App } from 'cdk8s';
import { Accelerator, Cluster, GatewayProvider, InferenceGateway, ModelServing, ModelSource, ServingChart } from 'cdk8s-llm-d';

interface Variant {
  readonly id: string;
  readonly provider: GatewayProvider;
  readonly cluster?: Cluster;
}

const VARIANTS: readonly Variant[] = [
  { id: 'standalone', provider: GatewayProvider.standaloneEnvoy({ failOpen: false }) },
  { id: 'istio', provider: GatewayProvider.istio() },
  { id: 'agentgateway', provider: GatewayProvider.agentgateway() },
  { id: 'gke', provider: GatewayProvider.gke(), cluster: Cluster.gke() },
  { id: 'envoy-ai', provider: GatewayProvider.envoyAiGateway() },
  { id: 'openshift', provider: GatewayProvider.openShift(), cluster: Cluster.openShift() },
];

export function build(app: App): void {
  for (const { id, provider, cluster = Cluster.generic() } of VARIANTS) {
    const chart = new ServingChart(app, `gateway-${id}`, { namespace: `gateway-${id}`, cluster });
    const servers = new ModelServing(chart, 'qwen3', {
      model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
      accelerator: Accelerator.NVIDIA_H100,
      parallelism: { tensor: 2 },
      replicas: 2,
    });
    new InferenceGateway(chart, 'inference', { provider }).addModel(servers);
  }

  // A Gateway that the platform's team owns: only the routes are ours.
  const chart = new ServingChart(app, 'gateway-existing', { namespace: 'gateway-existing' });
  const servers = new ModelServing(chart, 'qwen3', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
  });
  InferenceGateway.fromExisting(chart, 'shared', { name: 'shared', namespace: 'platform', provider: GatewayProvider.istio() }).addModel(
    servers,
    { match: { hostname: 'qwen.example.com' } },
  );
}
