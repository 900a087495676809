import * as pulumi from '@pulumi/pulumi';
import { App, Chart } from 'cdk8s';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, RouterImage, ServingChart } from '../../lib/index';
import { outputToken, resolveTokens, ServingStack } from '../../lib/pulumi';
import { outputFailure, type ProgramRun, runProgram, UNKNOWN, unknownOutput } from './support';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const REFERENCE = `registry.example.com/llm/llm-d-epp:0.1.0-0123456789ab@${DIGEST}`;

/** What `@pulumi/docker-build` makes, as far as it matters. */
class Image extends pulumi.CustomResource {
  declare readonly ref: pulumi.Output<string>;

  constructor(name: string, ref: pulumi.Input<string>) {
    super('docker-build:index:Image', name, { ref });
  }
}

function deploy(image: RouterImage) {
  return new ServingStack('qwen', { namespace: 'llm' }, (chart) => {
    const serving = new ModelServing(chart, 'qwen3', {
      model: ModelSource.huggingFace('Qwen/Qwen3-8B'),
      accelerator: Accelerator.NVIDIA_L4,
    });
    return new InferenceGateway(chart, 'gateway').addModel(serving, { router: { image } });
  });
}

const router = (run: ProgramRun<unknown>) => run.named('qwen/gateway/qwen3/Router/Deployment');

function imageOf(run: ProgramRun<unknown>): unknown {
  const { template } = router(run).inputs.spec as { template: { spec: { containers: { name: string; image: string }[] } } };
  return template.spec.containers.find(({ name }) => name === 'epp')?.image;
}

describe('RouterImage.fromPulumi', () => {
  test('is deployed by the reference that the registry answers, after the image was pushed', async () => {
    const run = await runProgram(() => deploy(RouterImage.fromPulumi(new Image('router', REFERENCE))));
    expect(imageOf(run)).toBe(REFERENCE);
    expect(router(run).dependencies).toContain(run.named('router').urn);
  });

  test('is unknown in a preview that does not know it yet', async () => {
    const run = await runProgram(() => deploy(RouterImage.fromPulumi({ ref: unknownOutput(REFERENCE) })), { preview: true });
    expect(imageOf(run)).toBe(UNKNOWN);
  });

  test('stays secret', async () => {
    const run = await runProgram(() => deploy(RouterImage.fromPulumi({ ref: pulumi.secret(REFERENCE) })));
    expect(router(run).secrets).toEqual([expect.stringMatching(/containers\[\d\]\.image$/)]);
  });

  test('is not taken for floating, nor for an image without a registry', async () => {
    await runProgram(() => {
      const image = RouterImage.fromPulumi({ ref: pulumi.output(REFERENCE) });
      const resolved = image.resolve(new Chart(new App(), 'chart'));
      expect(resolved).toMatchObject({ floating: false, registryMissing: false, upstream: false, schemaVersion: 'v0.10.0' });
    });
  });

  test('takes the options of RouterImage.of', async () => {
    await runProgram(() => {
      const image = RouterImage.fromPulumi({ ref: pulumi.output(REFERENCE) }, { upstream: true, schemaVersion: 'v0.9.0' });
      expect(image.resolve(new Chart(new App(), 'chart'))).toMatchObject({ upstream: true, schemaVersion: 'v0.9.0' });
    });
  });

  test('can stand in two stacks of one program', async () => {
    const run = await runProgram(() => {
      const image = RouterImage.fromPulumi(new Image('router', REFERENCE));
      const build = (chart: ServingChart) => {
        const serving = new ModelServing(chart, 'm', {
          model: ModelSource.huggingFace('Qwen/Qwen3-8B'),
          accelerator: Accelerator.NVIDIA_L4,
        });
        return new InferenceGateway(chart, 'gateway').addModel(serving, { router: { image } });
      };
      return [new ServingStack('a', { namespace: 'a' }, build), new ServingStack('b', { namespace: 'b' }, build)];
    });
    const users = run.objects.filter(({ inputs }) => JSON.stringify(inputs).includes(`"image":"${REFERENCE}"`));
    expect(users.map(({ name }) => name)).toEqual(['a/gateway/m/Router/Deployment', 'b/gateway/m/Router/Deployment']);
  });

  test.each([
    ['an image that was not pushed', '', /^LLMD107 .*push: true/],
    ['what is no reference', 'Not An Image', /^LLMD540 /],
  ])('%s fails at the deployment, with the sentence alone', async (_, ref, problem) => {
    const image = RouterImage.fromPulumi({ ref: pulumi.output(ref) });
    const { reference } = image.resolve(new Chart(new App(), 'chart'));
    const failure = await outputFailure(resolveTokens(reference));
    expect(pulumi.RunError.isInstance(failure)).toBe(true);
    expect(failure.message).toMatch(problem);
    expect(failure.stack).toBe(failure.message);
  });

  test.each([
    ['nothing', undefined],
    ['a text', REFERENCE],
    ['an image of another package', { imageName: pulumi.output(REFERENCE) }],
    ['a text as ref', { ref: REFERENCE }],
    ['a function as ref', { ref: () => REFERENCE }],
    ['null as ref', { ref: null }],
  ])('%s is refused at once', (_, image) => {
    expect(() => RouterImage.fromPulumi(image as never)).toThrow(/^LLMD107 `image.ref`.*docker-build/);
  });

  test('in a plain cdk8s app the synth fails, since nothing knows the reference', async () => {
    await runProgram(() => {
      const app = new App();
      const chart = new ServingChart(app, 'qwen', { namespace: 'llm' });
      const serving = new ModelServing(chart, 'qwen3', {
        model: ModelSource.huggingFace('Qwen/Qwen3-8B'),
        accelerator: Accelerator.NVIDIA_L4,
      });
      const image = RouterImage.fromPulumi({ ref: pulumi.output(REFERENCE) });
      new InferenceGateway(chart, 'gateway').addModel(serving, { router: { image } });
      expect(() => app.synthYaml()).toThrow(/LLMD901/);
    });
  });

  test('is what `of` makes of a token, for other outputs', async () => {
    const run = await runProgram(() => deploy(RouterImage.of(outputToken(pulumi.output(REFERENCE)))));
    expect(imageOf(run)).toBe(REFERENCE);
  });
});
