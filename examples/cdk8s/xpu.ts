// Intel GPUs, claimed through dynamic resource allocation: the cluster needs Kubernetes 1.34 and Intel's DRA driver.
import type { App } from 'cdk8s';
import { Accelerator, Engine, InferenceGateway, ModelServing, ModelSource, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'xpu', { namespace: 'xpu' });

  const qwen = new ModelServing(chart, 'qwen3', {
    model: ModelSource.huggingFace('Qwen/Qwen3-0.6B'),
    accelerator: Accelerator.INTEL_ARC_B60.viaDra(),
    engine: Engine.vllm({ dtype: 'float16' }),
    replicas: 2,
    resources: { cpu: '4', cpuLimit: '8', memory: '24Gi' },
  });
  new InferenceGateway(chart, 'gateway').addModel(qwen);
}
