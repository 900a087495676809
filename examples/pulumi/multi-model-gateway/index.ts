// Three models behind one Gateway, each with a pool and a router of its own, told apart by host name.
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import {
  Accelerator,
  Autoscaling,
  GatewayProvider,
  InferenceGateway,
  ModelServing,
  type ModelServingProps,
  ModelSource,
  RouterImage,
} from 'cdk8s-llm-d';
import { ServingStack } from 'cdk8s-llm-d/pulumi';

const config = new pulumi.Config();
const domain = config.require('domain');
const provider = new k8s.Provider('cluster', { kubeconfig: config.requireSecret('kubeconfig'), enableConfigMapMutable: true });

const models: Record<string, ModelServingProps> = {
  chat: {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    // The autoscaler owns the number of replicas: Pulumi neither sets it nor puts it back.
    autoscaling: Autoscaling.hpa({
      min: 2,
      max: 10,
      metrics: [
        {
          type: 'External',
          external: {
            metric: { name: 'epp_queue_size', selector: { matchLabels: { inference_pool: 'chat' } } },
            target: { type: 'AverageValue', averageValue: '10' },
          },
        },
      ],
    }),
  },
  code: {
    model: ModelSource.huggingFace('Qwen/Qwen3-Coder-30B-A3B-Instruct'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    replicas: 2,
  },
  small: { model: ModelSource.huggingFace('Qwen/Qwen3-0.6B'), accelerator: Accelerator.NVIDIA_L4 },
};

const stack = new ServingStack(
  'models',
  { namespace: config.require('namespace') },
  (chart) => {
    const gateway = new InferenceGateway(chart, 'inference', {
      provider: GatewayProvider.istio(),
      listeners: [{ port: 443, protocol: 'HTTPS', hostname: `*.${domain}`, certificateRefs: [{ name: config.require('certificate') }] }],
    });
    return Object.entries(models).map(([name, props]) => {
      const route = gateway.addModel(new ModelServing(chart, name, props), {
        match: { hostname: `${name}.${domain}` },
        router: { image: RouterImage.upstream() },
      });
      return [name, route.endpoint] as const;
    });
  },
  { provider },
);

export const endpoints = Object.fromEntries(stack.constructs);
