import {
  Accelerator,
  InferenceGateway,
  type InferenceGatewayProps,
  type ModelRoute,
  ModelServing,
  type ModelServingProps,
  ModelSource,
  RouterImage,
  type ServingChart,
} from 'cdk8s-llm-d';
import type { Construct } from 'constructs';

/** The options of a route, its match included. */
export type RouteProps = Parameters<InferenceGateway['addModel']>[1];

/** Model servers of a small model; every prop can be given. */
export function modelServing(scope: Construct, id = 'qwen3', props: Partial<ModelServingProps> = {}): ModelServing {
  return new ModelServing(scope, id, {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    replicas: 4,
    ...props,
  });
}

/** What {@link served} built. */
export interface Served {
  readonly serving: ModelServing;
  readonly route: ModelRoute;
}

/** Model servers and a gateway in front of them, with the upstream router. */
export function served(
  chart: ServingChart,
  serving: Partial<ModelServingProps> = {},
  route: RouteProps = {},
  gateway: InferenceGatewayProps = {},
): Served {
  const servers = modelServing(chart, 'qwen3', serving);
  const options = { ...route, router: { image: RouterImage.upstream(), ...route?.router } };
  return { serving: servers, route: new InferenceGateway(chart, 'gateway', gateway).addModel(servers, options) };
}
