import {
  Accelerator,
  Autoscaling,
  InferenceGateway,
  ModelServing,
  ModelSource,
  RouterImage,
  type ServingChart,
  type ServingChartProps,
} from 'cdk8s-llm-d';

export const chartProps: ServingChartProps = { namespace: 'quickstart', imageRegistry: 'registry.example.com/llm' };

/** What the tests change from one deployment to the next. */
export interface QuickstartSettings {
  readonly replicas: number;
  readonly routerVersion: string;
  /** Replicas are left to a HorizontalPodAutoscaler when true. */
  readonly autoscaled: boolean;
}

export function quickstart(chart: ServingChart, { replicas, routerVersion, autoscaled }: QuickstartSettings) {
  const serving = new ModelServing(chart, 'qwen3', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    ...(autoscaled ? { autoscaling: Autoscaling.hpa({ min: 2, max: 10, metrics: [queueLength] }) } : { replicas }),
  });
  const gateway = new InferenceGateway(chart, 'gateway');
  const route = gateway.addModel(serving, { router: { image: RouterImage.upstream(routerVersion) } });
  return { serving, route };
}

const queueLength = {
  type: 'External',
  external: { metric: { name: 'epp_queue_size' }, target: { type: 'AverageValue', averageValue: '10' } },
} as const;
