// The cluster belongs to another team's stack; everything of it that is needed here comes from the outputs of that stack.
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Accelerator, Cluster, InferenceGateway, ModelCache, ModelServing, ModelSource } from 'cdk8s-llm-d';
import { outputToken, resolveTokens, ServingStack } from 'cdk8s-llm-d/pulumi';

const config = new pulumi.Config();
const platform = new pulumi.StackReference(config.require('platform'));

const provider = new k8s.Provider('eks', {
  // A secret of that stack is a secret here too.
  kubeconfig: platform.requireOutput('kubeconfig'),
  enableConfigMapMutable: true,
});

const stack = new ServingStack(
  'llama',
  {
    namespace: platform.requireOutput('namespace'),
    // The ECR path to which the router's image was pushed.
    imageRegistry: platform.requireOutput('imageRegistry'),
    cluster: Cluster.eks({ nodeSelector: { 'karpenter.sh/nodepool': 'gpu' } }),
  },
  (chart) => {
    const llama = new ModelServing(chart, 'llama', {
      // Constructs take plain texts: a token stands for an output until the deployment knows it.
      model: ModelSource.huggingFace('meta-llama/Llama-3.1-8B-Instruct', {
        tokenSecret: outputToken(platform.requireOutput('hfTokenSecret')),
        cache: ModelCache.pvc(outputToken(platform.requireOutput('modelClaim'))),
      }),
      accelerator: Accelerator.NVIDIA_L40S,
      replicas: config.requireNumber('replicas'),
    });
    return new InferenceGateway(chart, 'gateway').addModel(llama);
  },
  { provider },
);

export const endpoint = resolveTokens(stack.constructs.endpoint);
