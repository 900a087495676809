// Prompts and answers on pods of their own. The Secret with the Hugging Face token is written by this program too: Pulumi chooses its
// name, which is known only at deployment.
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Accelerator, Cluster, InferenceGateway, ModelSource, Network, PrefillDecodePair, RouterImage } from 'cdk8s-llm-d';
import { outputToken, ServingStack } from 'cdk8s-llm-d/pulumi';

const config = new pulumi.Config();
const namespace = config.require('namespace');
const provider = new k8s.Provider('cluster', { kubeconfig: config.requireSecret('kubeconfig'), enableConfigMapMutable: true });

// Without a name of its own the Secret is replaced when the token changes, and the pods, which name it, roll.
const token = new k8s.core.v1.Secret(
  'hf-token',
  { metadata: { namespace }, stringData: { HF_TOKEN: config.requireSecret('hfToken') } },
  { provider },
);

const stack = new ServingStack(
  'gpt-oss',
  { namespace, cluster: Cluster.aks() },
  (chart) => {
    const pair = new PrefillDecodePair(chart, 'gpt-oss-120b', {
      model: ModelSource.huggingFace('openai/gpt-oss-120b', { tokenSecret: outputToken(token.metadata.name) }),
      accelerator: Accelerator.NVIDIA_H200,
      network: Network.infiniBand(),
      prefill: { replicas: 8 },
      decode: { replicas: 2, parallelism: { tensor: 4 } },
    });
    const gateway = new InferenceGateway(chart, 'gateway');
    return { pair, route: gateway.addModel(pair, { router: { image: RouterImage.upstream() } }) };
  },
  { provider },
);

export const endpoint = stack.constructs.route.endpoint;
export const secretName = token.metadata.name;
export const workloads = stack.constructs.pair.workloads.map((workload) => stack.resourceFor(workload).urn);
