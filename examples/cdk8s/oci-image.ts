// Weights as an OCI image: the kubelet pulls them like any image and keeps them on the node, nothing is downloaded at the start. Needs
// Kubernetes 1.35, or the feature gate ImageVolume before.
import type { App } from 'cdk8s';
import { Accelerator, Cluster, InferenceGateway, ModelServing, ModelSource, ServingChart } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'oci-image', { namespace: 'oci-image', cluster: Cluster.generic({ kubernetesVersion: '1.35' }) });

  const qwen = new ModelServing(chart, 'qwen3', {
    model: ModelSource.oci(`registry.example.com/models/qwen3-32b@sha256:${'cd'.repeat(32)}`, {
      path: 'models',
      servedName: 'Qwen/Qwen3-32B',
      weightGib: 62,
    }),
    accelerator: Accelerator.NVIDIA_H200,
    replicas: 2,
    imagePullSecrets: ['registry-credentials'],
  });
  new InferenceGateway(chart, 'gateway').addModel(qwen);
}
