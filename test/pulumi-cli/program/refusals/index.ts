import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Accelerator, GatewayProvider, ImageMirror, ModelSource, RouterImage } from 'cdk8s-llm-d';
import * as llmd from 'cdk8s-llm-d/pulumi';

// Known at the deployment only: the API server makes the uid.
const { metadata } = new k8s.core.v1.ConfigMap('known', { metadata: { name: 'known', namespace: 'refusals' } });
const later = (text: string | undefined) => metadata.uid.apply(() => text as string);
const images: Readonly<Record<string, () => RouterImage>> = {
  unpushed: () => RouterImage.fromPulumi({ ref: later('') }),
  misspelt: () => RouterImage.fromPulumi({ ref: later('Not An Image') }),
  absent: () => RouterImage.of(llmd.outputToken(later(undefined))),
  unmirrored: () => RouterImage.of(llmd.outputToken(later('ghcr.io/acme/epp:1'))),
};

const refused = new pulumi.Config().require('refused');
const image = images[refused]?.() ?? RouterImage.upstream();
const serving = new llmd.ModelServing(
  'qwen3',
  {
    namespace: later('refusals'),
    model: ModelSource.huggingFace('Qwen/Qwen3-8B'),
    accelerator: Accelerator.NVIDIA_L4,
  },
  { await: false },
);
const differs = refused === 'elsewhere' ? { namespace: later('elsewhere') } : {};
const mirror = ImageMirror.of('registry.example.com/mirror', { rewrite: () => 'NO REFERENCE' });
const gateway = new llmd.InferenceGateway(
  'gateway',
  {
    ...differs,
    provider: GatewayProvider.istio(),
    models: [{ servers: serving, router: { image } }],
    configure: (construct) => refused === 'unmirrored' && ImageMirror.applyTo(construct, mirror),
  },
  { await: false },
);

export const url = gateway.url;
// The same value once more, beside the objects.
export const again = gateway.resourceFor(gateway.construct.routes[0]?.node.findChild('Router').node.findChild('Deployment') as never).id;
