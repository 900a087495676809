// TPU slices on GKE: one host of eight Trillium chips, and one of four Ironwood chips, each of which holds two ranks.
import type { App } from 'cdk8s';
import { Accelerator, Cluster, GatewayProvider, InferenceGateway, ModelServing, ModelSource, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'tpu', { namespace: 'tpu', cluster: Cluster.gke() });
  const gateway = new InferenceGateway(chart, 'inference', { provider: GatewayProvider.gke() });
  const model = ModelSource.huggingFace('Qwen/Qwen3-32B', { tokenSecret: 'llm-d-hf-token' });

  const trillium = new ModelServing(chart, 'trillium', {
    model,
    accelerator: Accelerator.tpu('v6e', '2x4'),
    parallelism: { tensor: 8 },
    replicas: 2,
  });
  gateway.addModel(trillium, { match: { headers: { 'x-tpu': 'v6e' } } });

  const ironwood = new ModelServing(chart, 'ironwood', {
    model,
    accelerator: Accelerator.tpu('v7', '2x2x1'),
    parallelism: { tensor: 8 },
    replicas: 2,
    resources: { cpu: '16', memory: '64Gi' },
  });
  gateway.addModel(ironwood, { match: { headers: { 'x-tpu': 'v7' } } });
}
