// One model whose stack the policy pack in `policy/` lets through: what the rules ask for is what the library writes, and the router
// is named by digest.
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, RouterImage } from 'cdk8s-llm-d';
import { ServingStack } from 'cdk8s-llm-d/pulumi';

const config = new pulumi.Config();
const provider = new k8s.Provider('cluster', { kubeconfig: config.requireSecret('kubeconfig'), enableConfigMapMutable: true });

const stack = new ServingStack(
  'qwen',
  { namespace: config.require('namespace') },
  (chart) => {
    const qwen = new ModelServing(chart, 'qwen3', {
      model: ModelSource.huggingFace('Qwen/Qwen3-8B'),
      accelerator: Accelerator.NVIDIA_L4,
      replicas: 2,
    });
    const router = { image: RouterImage.of(config.require('routerImage')) };
    return new InferenceGateway(chart, 'gateway').addModel(qwen, { router });
  },
  { provider },
);

export const endpoint = stack.constructs.endpoint;
