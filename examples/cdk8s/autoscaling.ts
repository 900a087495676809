// Between two and ten replicas by the router's queue, which an adapter such as KEDA's or prometheus-adapter serves as an external
// metric. At most one pod at a time is taken away by drains.
import { type App, Duration } from 'cdk8s';
import { Accelerator, Autoscaling, Disruption, Engine, InferenceGateway, ModelServing, ModelSource, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'autoscaling', { namespace: 'autoscaling' });

  const llama = new ModelServing(chart, 'llama', {
    model: ModelSource.huggingFace('meta-llama/Llama-3.1-8B-Instruct', { tokenSecret: 'llm-d-hf-token' }),
    accelerator: Accelerator.NVIDIA_L40S,
    engine: Engine.vllm({ shutdownTimeout: Duration.minutes(2) }),
    autoscaling: Autoscaling.hpa({
      min: 2,
      max: 10,
      metrics: [
        {
          type: 'External',
          external: {
            metric: { name: 'epp_queue_size', selector: { matchLabels: { inference_pool: 'llama' } } },
            target: { type: 'AverageValue', averageValue: '10' },
          },
        },
      ],
    }),
    disruption: Disruption.maxUnavailable(1),
  });
  new InferenceGateway(chart, 'gateway').addModel(llama);
}
