// DeepSeek-R1 with its experts spread over two nodes for prefill and two for decode, as LeaderWorkerSets. Weights of this size take an
// hour to load, so nothing of it is deleted by accident.
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Duration } from 'cdk8s';
import { Accelerator, Cluster, InferenceGateway, ModelSource, Network, RouterImage, WideEPGroup } from 'cdk8s-llm-d';
import { ServingStack } from 'cdk8s-llm-d/pulumi';

const config = new pulumi.Config();
const provider = new k8s.Provider('cluster', { kubeconfig: config.requireSecret('kubeconfig'), enableConfigMapMutable: true });
const wide = { parallelism: { data: 16, dataLocal: 8, expert: true } };

const stack = new ServingStack(
  'deepseek',
  // What is declared as installed is checked before anything is registered: without 'lws' this program would stop with a sentence.
  { namespace: config.require('namespace'), cluster: Cluster.gke({ installed: ['inference-extension', 'lws'] }) },
  (chart) => {
    const group = new WideEPGroup(chart, 'r1', {
      model: ModelSource.pvc(config.require('claim'), 'deepseek-ai/DeepSeek-R1-0528'),
      accelerator: Accelerator.NVIDIA_B200,
      network: Network.infiniBand(),
      // Pulumi waits as long as this for each group to become available.
      startupTimeout: Duration.minutes(60),
      prefill: wide,
      decode: wide,
    });
    return new InferenceGateway(chart, 'gateway').addModel(group, { router: { image: RouterImage.upstream() } });
  },
  { provider, protect: config.requireBoolean('protect') },
);

export const endpoint = stack.constructs.endpoint;
