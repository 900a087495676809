import * as pulumi from '@pulumi/pulumi';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, RouterImage } from 'cdk8s-llm-d';
import { outputToken, ServingStack } from 'cdk8s-llm-d/pulumi';
import { runProgram } from './support';

const MIRROR = 'registry.example.com:5000/mirror';

test.each([
  ['ghcr.io/acme/epp:1', `${MIRROR}/ghcr.io/acme/epp:1`],
  ['acme/epp:1', `${MIRROR}/docker.io/acme/epp:1`],
  ['registry.example.com/llm/epp:1', 'registry.example.com/llm/epp:1'],
])('an image that is only known at deployment, %s, is pulled as %s', async (image, expected) => {
  const run = await runProgram(
    () =>
      new ServingStack('qwen', { namespace: 'llm', imageMirror: MIRROR, imageRegistry: 'registry.example.com/llm' }, (chart) => {
        const serving = new ModelServing(chart, 'qwen3', {
          model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
          accelerator: Accelerator.NVIDIA_H100,
        });
        const router = { image: RouterImage.of(outputToken(pulumi.output(image))) };
        return new InferenceGateway(chart, 'gateway').addModel(serving, { router });
      }),
  );
  const texts = run.objects.flatMap(({ inputs }) => [...JSON.stringify(inputs).matchAll(/"image":"([^"]*)"/g)].map(([, text]) => text));
  expect(texts.length).toBeGreaterThan(2);
  expect(texts).toContain(expected);
  expect(texts.filter((text) => text !== expected && !text?.startsWith(`${MIRROR}/`))).toEqual([]);
});
