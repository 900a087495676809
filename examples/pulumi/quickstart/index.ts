// Four replicas of Qwen3-32B, each on two H100, behind a router that knows which replica holds which prefix.
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Accelerator, Cluster, InferenceGateway, ModelServing, ModelSource, RouterImage } from 'cdk8s-llm-d';
import { resolveTokens, ServingStack } from 'cdk8s-llm-d/pulumi';

const config = new pulumi.Config();
const provider = new k8s.Provider('cluster', {
  kubeconfig: config.requireSecret('kubeconfig'),
  // Otherwise a changed router configuration deletes and creates its ConfigMap instead of updating it.
  enableConfigMapMutable: true,
});
const namespace = new k8s.core.v1.Namespace('llm', { metadata: { name: config.require('namespace') } }, { provider });

const stack = new ServingStack(
  'qwen',
  // An output, not the text: so every object waits for the Namespace.
  { namespace: namespace.metadata.name, cluster: Cluster.eks() },
  (chart) => {
    const serving = new ModelServing(chart, 'qwen3', {
      model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
      accelerator: Accelerator.NVIDIA_H100,
      parallelism: { tensor: 2 },
      replicas: config.requireNumber('replicas'),
    });
    // The router of this project is in no public registry; upstream's is.
    const router = { image: RouterImage.upstream() };
    return { serving, route: new InferenceGateway(chart, 'gateway').addModel(serving, { router }) };
  },
  { provider },
);

// The text of the endpoint holds the namespace, which is an output.
export const endpoint = resolveTokens(stack.constructs.route.endpoint);
export const deployment = stack.resourceFor(stack.constructs.serving.workload).urn;
