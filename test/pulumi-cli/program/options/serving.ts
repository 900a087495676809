import { Accelerator, GatewayProvider, InferenceGateway, ModelServing, ModelSource, RouterImage, type ServingChart } from 'cdk8s-llm-d';

export const EAST = 'options-east';
export const WEST = 'options-west';

/** A model behind a Gateway of which no Service is known, in the namespace of the provider. */
export function qwen(chart: ServingChart, routerVersion: string) {
  const serving = new ModelServing(chart, 'qwen3', {
    model: ModelSource.huggingFace('Qwen/Qwen3-8B'),
    accelerator: Accelerator.NVIDIA_L4,
    replicas: 2,
  });
  const provider = GatewayProvider.custom({ name: 'mesh', gatewayClassName: 'mesh' });
  const gateway = new InferenceGateway(chart, 'gateway', { provider });
  return gateway.addModel(serving, { router: { image: RouterImage.upstream(routerVersion) } });
}
