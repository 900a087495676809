// DeepSeek-R1 with its experts spread over two nodes for prefill and two for decode. The weights are an OCI image, the GPUs are claimed
// through dynamic resource allocation.
import { type App, Duration } from 'cdk8s';
import { Accelerator, Cluster, Engine, InferenceGateway, ModelSource, Network, Release, ServingChart, WideEPGroup } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'deepseek', {
    namespace: 'llm',
    cluster: Cluster.gke(),
    release: Release.LATEST,
  });

  const group = new WideEPGroup(chart, 'r1', {
    model: ModelSource.oci(`registry.example.com/models/deepseek-r1@sha256:${'ab'.repeat(32)}`),
    accelerator: Accelerator.NVIDIA_B200.viaDra(),
    engine: Engine.vllm({ maxModelLen: 32_768 }),
    network: Network.roce(),
    startupTimeout: Duration.minutes(45),
    prefill: { parallelism: { data: 16, dataLocal: 8, expert: true } },
    decode: { parallelism: { data: 16, dataLocal: 8, expert: true } },
  });

  new InferenceGateway(chart, 'gateway').addModel(group);
}
