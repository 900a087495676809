// The router's image is built from its npm package and pushed as a part of the deployment; pods then name it by digest.
import { dirname } from 'node:path';
import * as dockerBuild from '@pulumi/docker-build';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, RouterImage } from 'cdk8s-llm-d';
import { ServingStack } from 'cdk8s-llm-d/pulumi';
import { routerImageAsset } from 'llm-d-epp/image';

const config = new pulumi.Config();
const registry = config.require('registry');
const provider = new k8s.Provider('cluster', { kubeconfig: config.requireSecret('kubeconfig'), enableConfigMapMutable: true });

// The tag holds a hash of everything in the image: it changes when the package does, and only then.
const { repository, tag } = routerImageAsset();
const image = new dockerBuild.Image('router', {
  // The Dockerfile lies in the folder of the package and copies nothing from outside of it.
  context: { location: dirname(require.resolve('llm-d-epp/package.json')) },
  platforms: [dockerBuild.Platform.Linux_amd64, dockerBuild.Platform.Linux_arm64],
  tags: [`${registry}/${repository}:${tag}`],
  registries: [
    {
      address: registry.split('/')[0] ?? registry,
      username: config.require('registryUser'),
      password: config.requireSecret('registryPassword'),
    },
  ],
  push: true,
  // A preview tells what would be built, without building it.
  buildOnPreview: false,
});

const stack = new ServingStack(
  'qwen',
  { namespace: config.require('namespace') },
  (chart) => {
    const qwen = new ModelServing(chart, 'qwen3', {
      model: ModelSource.huggingFace('Qwen/Qwen3-8B'),
      accelerator: Accelerator.NVIDIA_L4,
      replicas: 2,
    });
    return new InferenceGateway(chart, 'gateway').addModel(qwen, { router: { image: RouterImage.fromPulumi(image) } });
  },
  { provider },
);

export const endpoint = stack.constructs.endpoint;
export const routerImage = image.ref;
