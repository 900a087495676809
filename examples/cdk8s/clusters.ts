// The same prefill/decode pair on every kind of cluster: labels, taints, RDMA devices and security differ, the program does not.
import type { App } from 'cdk8s';
import { Accelerator, Cluster, InferenceGateway, ModelSource, Network, PrefillDecodePair, ServingChart } from 'cdk8s-llm-d';

interface Variant {
  readonly cluster: Cluster;
  readonly network: Network;
}

const VARIANTS: readonly Variant[] = [
  { cluster: Cluster.generic(), network: Network.infiniBand({ resourceName: 'rdma/ib', hcaPrefix: 'ibp' }) },
  { cluster: Cluster.eks(), network: Network.efa() },
  { cluster: Cluster.aks(), network: Network.infiniBand() },
  { cluster: Cluster.gke(), network: Network.tcp() },
  {
    cluster: Cluster.openShift({ securityContextConstraints: 'llm-d-rdma' }),
    network: Network.roce({ attachment: 'llm-d/multi-nic-compute' }),
  },
  { cluster: Cluster.digitalOcean(), network: Network.tcp() },
  { cluster: Cluster.minikube(), network: Network.tcp() },
];

export function build(app: App): void {
  for (const { cluster, network } of VARIANTS) {
    const name = `cluster-${cluster.name}`;
    const chart = new ServingChart(app, name, { namespace: name, cluster });
    const pair = new PrefillDecodePair(chart, 'gpt-oss', {
      model: ModelSource.huggingFace('openai/gpt-oss-120b'),
      accelerator: Accelerator.NVIDIA_H200,
      network,
      prefill: { replicas: 2 },
      decode: { parallelism: { tensor: 4 } },
    });
    new InferenceGateway(chart, 'gateway').addModel(pair);
  }
}
