// Metrics of engines and router for the Prometheus operator, traces of the router, and priorities: requests wait in the router while the
// engines are full, those that name the objective `premium` first.
import { type App, Duration } from 'cdk8s';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, Monitoring, RoutingStrategy, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'monitoring', { namespace: 'monitoring' });
  const labels = { release: 'prometheus' };

  const qwen = new ModelServing(chart, 'qwen3', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    replicas: 4,
    monitoring: Monitoring.podMonitor({ interval: Duration.seconds(15), labels }),
  });
  new InferenceGateway(chart, 'gateway').addModel(qwen, {
    routing: RoutingStrategy.prefixAware().withFlowControl({
      priorityBands: [{ priority: 100 }, { priority: 0 }],
    }),
    router: {
      monitoring: true,
      metricsAuth: true,
      monitorLabels: labels,
      tracing: { endpoint: 'http://otel-collector.observability:4317', sampleRatio: 0.05 },
      objectives: [
        { name: 'premium', priority: 100 },
        { name: 'standard', priority: 0 },
      ],
    },
  });
}
