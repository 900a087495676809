// A laptop's cluster without any accelerator: simulated engines that answer like vLLM, one of them split into prefill and decode, and a
// small model on the processor. Routing can be tried before a GPU is paid for.
import { type App, Duration } from 'cdk8s';
import { Accelerator, Cluster, Engine, InferenceGateway, ModelServing, ModelSource, PrefillDecodePair, ServingChart } from 'cdk8s-llm-d';

const ROUTER = {
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } },
};

export function build(app: App): void {
  const chart = new ServingChart(app, 'cpu-simulator', { namespace: 'simulator', cluster: Cluster.minikube() });
  const gateway = new InferenceGateway(chart, 'gateway');

  const simulated = new ModelServing(chart, 'simulated', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
    accelerator: Accelerator.SIMULATOR,
    engine: Engine.simulator({ timeToFirstToken: Duration.millis(200), interTokenLatency: Duration.millis(20) }),
    replicas: 3,
  });
  gateway.addModel(simulated, { router: ROUTER });

  const split = new PrefillDecodePair(chart, 'split', {
    model: ModelSource.huggingFace('openai/gpt-oss-120b'),
    accelerator: Accelerator.SIMULATOR,
    prefill: { replicas: 2 },
    decode: { replicas: 1 },
  });
  gateway.addModel(split, { router: ROUTER });

  const real = new ModelServing(chart, 'real', {
    model: ModelSource.huggingFace('Qwen/Qwen3-0.6B'),
    accelerator: Accelerator.CPU,
    engine: Engine.vllm({ maxModelLen: 8192, env: [{ name: 'VLLM_CPU_KVCACHE_SPACE', value: '4' }] }),
    resources: { cpu: '4', memory: '12Gi' },
  });
  gateway.addModel(real, { router: ROUTER });
}
