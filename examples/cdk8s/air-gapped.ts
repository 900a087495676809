// A cluster that reaches no registry but one: every image is named as the mirror has it, whoever wrote the object, and the weights are on a
// claim. docs/air-gapped.md says how to fill the mirror.
import { ApiObject, type App, JsonPatch } from 'cdk8s';
import { Accelerator, Cluster, InferenceGateway, ModelServing, ModelSource, Release, ServingChart } from 'cdk8s-llm-d';

// What `crane digest` prints for each image.
const pinned = (image: string, digest: string) => `${image}@sha256:${digest}`;

export function build(app: App): void {
  const chart = new ServingChart(app, 'air-gapped', {
    namespace: 'air-gapped',
    cluster: Cluster.generic(),
    imageMirror: 'registry.example.com/mirror',
    // The release says which images are deployed, the mirror where they are pulled from.
    release: Release.of(app).with({
      engines: { vllm: { cuda: pinned('vllm/vllm-openai:v0.23.0', 'ab'.repeat(32)) }, sglang: {}, simulator: {} },
      envoy: pinned('docker.io/envoyproxy/envoy:distroless-v1.33.2', 'cd'.repeat(32)),
    }),
  });

  const qwen = new ModelServing(chart, 'qwen3', {
    model: ModelSource.pvc('weights', 'Qwen/Qwen3-32B'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    imagePullSecrets: ['registry-credentials'],
  });
  // Patches are mirrored too.
  qwen.addJsonPatch(
    JsonPatch.add('/spec/template/spec/initContainers', [
      { name: 'check-weights', image: pinned('busybox:1.37', 'ef'.repeat(32)), command: ['ls', '/'], resources: {} },
    ]),
  );
  new InferenceGateway(chart, 'gateway').addModel(qwen, { router: { imagePullSecrets: ['registry-credentials'] } });

  // An object of one's own, and so is what Include, Helm and cdk8s-plus write.
  new ApiObject(chart, 'smoke-test', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'smoke-test' },
    spec: {
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ name: 'curl', image: pinned('quay.io/curl/curl:8.16.0', '12'.repeat(32)), args: ['--version'] }],
        },
      },
    },
  });
}
