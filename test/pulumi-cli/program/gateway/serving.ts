import { Duration } from 'cdk8s';
import {
  Accelerator,
  Engine,
  GatewayProvider,
  InferenceGateway,
  ModelServing,
  ModelSource,
  RouterImage,
  type ServingChart,
  type ServingChartProps,
} from 'cdk8s-llm-d';

export const NAMESPACE = 'gateway';
export const chartProps: ServingChartProps = { imageRegistry: 'registry.example.com/llm' };

/** Texts that a deployment fills in. */
export interface GatewayValues {
  readonly routerImage: string;
  readonly apiKey: string;
  /** Longest answer, in minutes. */
  readonly limit?: number;
}

/** A model on groups of two nodes behind a Gateway, with two routers of which one leads. */
export function gateway(chart: ServingChart, { routerImage, apiKey, limit }: GatewayValues) {
  const serving = new ModelServing(chart, 'deepseek', {
    model: ModelSource.pvc('weights', 'deepseek-ai/DeepSeek-R1-0528'),
    accelerator: Accelerator.NVIDIA_H100,
    engine: Engine.vllm({ env: [{ name: 'VLLM_API_KEY', value: apiKey }] }),
    parallelism: { tensor: 8, pipeline: 2 },
    replicas: 2,
  });
  const route = new InferenceGateway(chart, 'gateway', { provider: GatewayProvider.istio() }).addModel(serving, {
    router: { image: RouterImage.of(routerImage), replicas: 2 },
    ...(limit !== undefined && { requestTimeout: Duration.minutes(limit) }),
  });
  return { serving, route };
}
