// The same constructs as components: args take outputs of other resources as they are, and each component has outputs of its own.
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Accelerator, ModelSource, RouterImage } from 'cdk8s-llm-d';
import * as llmd from 'cdk8s-llm-d/pulumi';

const config = new pulumi.Config();
const provider = new k8s.Provider('cluster', { kubeconfig: config.requireSecret('kubeconfig'), enableConfigMapMutable: true });

const llm = new k8s.core.v1.Namespace('llm', { metadata: { name: config.require('namespace') } }, { provider });
const namespace = llm.metadata.name;
const token = new k8s.core.v1.Secret(
  'hf-token',
  { metadata: { namespace }, stringData: { HF_TOKEN: config.requireSecret('hfToken') } },
  { provider },
);

const llama = new llmd.ModelServing(
  'llama',
  {
    namespace,
    // Values that factories make, `ModelSource` for one, take texts: there a token stands for the output.
    model: ModelSource.huggingFace('meta-llama/Llama-3.1-8B-Instruct', { tokenSecret: llmd.outputToken(token.metadata.name) }),
    accelerator: Accelerator.NVIDIA_L40S,
    replicas: 2,
  },
  { provider },
);

// Namespace and provider are those of its first model.
const gateway = new llmd.InferenceGateway('gateway', { models: [{ servers: llama, router: { image: RouterImage.upstream() } }] });

export const endpoint = gateway.url;
export const workload = llama.workload;
export const pool = llama.poolName;
