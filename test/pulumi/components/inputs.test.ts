import * as pulumi from '@pulumi/pulumi';
import { InferenceGateway as Gateway, GatewayProvider, ModelServing, ModelSource, PrefillDecodePair, RouterImage } from 'cdk8s-llm-d';
import * as llmd from 'cdk8s-llm-d/pulumi';
import { isSecretOutput, outputValue, runFailing, runProgram, UNKNOWN, unknownOutput } from '../support';
import { registered, written } from './compare';

import { PAIR, ROUTER, SERVING, SURROUNDINGS } from './samples';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(120_000);

const later = (value: string) => pulumi.output(Promise.resolve(value));

describe('texts that other resources know', () => {
  test('of servers, as outputs and promises, give what plain texts give', async () => {
    const run = await runProgram(() => [
      new llmd.ModelServing('qwen3', {
        ...SERVING,
        cluster: SURROUNDINGS.cluster,
        namespace: later('llm'),
        imageRegistry: later('registry.example.com'),
        model: ModelSource.pvc(llmd.outputToken(later('weights')), 'qwen', { servedName: 'qwen' }),
        labels: { team: later('chat') },
        annotations: { note: Promise.resolve('hello') },
        imagePullSecrets: [later('pull')],
        priorityClassName: later('high'),
        serviceAccountName: later('engine'),
        podTemplate: { spec: { containers: [{ name: 'modelserver', env: [{ name: 'A', value: pulumi.interpolate`x-${later('y')}` }] }] } },
      }),
      new llmd.PrefillDecodePair('pair', {
        ...PAIR,
        ...SURROUNDINGS,
        prefill: { podTemplate: { spec: { schedulerName: later('other') } } },
      }),
    ]);
    const same = written(SURROUNDINGS, (chart) => [
      new ModelServing(chart, 'qwen3', {
        ...SERVING,
        model: ModelSource.pvc('weights', 'qwen', { servedName: 'qwen' }),
        labels: { team: 'chat' },
        annotations: { note: 'hello' },
        imagePullSecrets: ['pull'],
        priorityClassName: 'high',
        serviceAccountName: 'engine',
        podTemplate: { spec: { containers: [{ name: 'modelserver', env: [{ name: 'A', value: 'x-y' }] }] } },
      }),
      new PrefillDecodePair(chart, 'pair', { ...PAIR, prefill: { podTemplate: { spec: { schedulerName: 'other' } } } }),
    ]);
    expect(registered(run.objects)).toEqual(same);
  });

  test('of a gateway give what plain texts give', async () => {
    const run = await runProgram(() => {
      const serving = new llmd.ModelServing('qwen3', { ...SURROUNDINGS, ...SERVING });
      return new llmd.InferenceGateway('gateway', {
        provider: GatewayProvider.istio(),
        address: later('10.0.0.1'),
        labels: { part: later('entrance') },
        annotations: { note: later('x') },
        listeners: [{ port: 443, protocol: 'HTTPS', certificateRefs: [{ name: later('tls') }], hostname: later('qwen.example.com') }],
        models: [
          {
            servers: serving,
            match: { hostname: later('qwen.example.com'), headers: { 'x-team': later('chat') } },
            router: {
              image: RouterImage.of(llmd.outputToken(later('registry.example.com/epp:1.0.0'))),
              env: [{ name: 'A', value: later('b') }],
              imagePullSecrets: [later('pull')],
            },
          },
        ],
      });
    });
    const same = written({ ...SURROUNDINGS, labels: { part: 'entrance' } }, (chart) => {
      const gateway = new Gateway(chart, 'gateway', {
        provider: GatewayProvider.istio(),
        address: '10.0.0.1',
        annotations: { note: 'x' },
        listeners: [{ port: 443, protocol: 'HTTPS', certificateRefs: [{ name: 'tls' }], hostname: 'qwen.example.com' }],
      });
      gateway.addModel(new ModelServing(chart, 'qwen3', SERVING), {
        match: { hostname: 'qwen.example.com', headers: { 'x-team': 'chat' } },
        router: {
          image: RouterImage.of('registry.example.com/epp:1.0.0'),
          env: [{ name: 'A', value: 'b' }],
          imagePullSecrets: ['pull'],
        },
      });
    });
    const servers = written(SURROUNDINGS, (chart) => new ModelServing(chart, 'qwen3', SERVING));
    expect(registered(run.objects)).toEqual({ ...same, ...servers });
    expect(await outputValue(run.result.endpoints.qwen3 as never)).toBe('https://qwen.example.com');
  });

  test('that a preview does not know stay unknown, and what depends on them too', async () => {
    const run = await runProgram(
      () => {
        const serving = new llmd.ModelServing('qwen3', { ...SERVING, namespace: unknownOutput('llm') });
        return new llmd.InferenceGateway('gateway', { models: [{ servers: serving, ...ROUTER }] });
      },
      { preview: true },
    );
    for (const { inputs, unknowns } of run.objects) {
      expect((inputs.metadata as { namespace: string }).namespace).toBe(UNKNOWN);
      expect(unknowns).toContain('metadata.namespace');
    }
    expect(await outputValue(run.result.endpoints.qwen3 as never)).toBeUndefined();
    expect(await outputValue(run.result.poolNames[0] as never)).toBe('qwen3');
  });

  test('that are secret stay secret, in the objects and in the outputs', async () => {
    const run = await runProgram(() => {
      const serving = new llmd.ModelServing('qwen3', {
        ...SURROUNDINGS,
        ...SERVING,
        podTemplate: { spec: { containers: [{ name: 'modelserver', env: [{ name: 'KEY', value: pulumi.secret('s3cret') }] }] } },
      });
      return new llmd.InferenceGateway('gateway', {
        provider: GatewayProvider.istio(),
        models: [{ servers: serving, match: { hostname: pulumi.secret('hidden.example.com') }, ...ROUTER }],
      });
    });
    const holders = run.objects.filter(({ secrets }) => secrets.length > 0).map(({ name, secrets }) => [name, secrets]);
    expect(holders).toEqual([
      ['qwen3/Servers/Workload', [expect.stringMatching(/^spec\.template\.spec\.containers\[0\]\.env\[\d+\]\.value$/)]],
      ['gateway/qwen3/Route', ['spec.hostnames[0]']],
    ]);
    expect(await isSecretOutput(run.result.endpoints.qwen3 as never)).toBe(true);
    expect(await isSecretOutput(run.result.poolNames[0] as never)).toBe(false);
  });
});

describe('values that decide what is planned', () => {
  const number = pulumi.output(2) as never;

  test.each([
    ['replicas', { replicas: number }, 'a Pulumi output'],
    ['parallelism.tensor', { parallelism: { tensor: number } }, 'a Pulumi output'],
    ['parallelism', { parallelism: number }, 'a Pulumi output'],
    ['name', { name: later('qwen') as never }, 'a Pulumi output'],
    ['labels', { labels: pulumi.output({ a: 'b' }) as never }, 'a Pulumi output'],
    ['model', { model: pulumi.output(ModelSource.huggingFace('a/b')) as never }, 'a Pulumi output'],
    ['cluster', { cluster: Promise.resolve() as never }, 'a promise'],
    ['imagePullSecrets', { imagePullSecrets: pulumi.output(['a']) as never }, 'a Pulumi output'],
    ['resources.cpu', { resources: { cpu: later('8') as never } }, 'a Pulumi output'],
  ])('%s as an output is refused before anything is registered', async (prop, args, given) => {
    const { error, run } = await runFailing(() => new llmd.ModelServing('qwen3', { ...SURROUNDINGS, ...SERVING, ...args }));
    expect(error).toBeInstanceOf(pulumi.ResourceError);
    expect(error.message).toMatch(`LLMD921`);
    expect(error.message).toContain(`\`${prop}\` was given ${given}`);
    expect(run.registrations.map(({ name }) => name)).toEqual(['qwen3']);
  });

  test.each([
    ['models[0].router.replicas', { models: [{ servers: undefined as never, router: { replicas: number } }] }],
    ['splits[0].members[1].weight', { splits: [{ members: [{ weight: 1 }, { weight: number }] as never }] }],
    ['listeners[0].port', { listeners: [{ port: number }] }],
    ['allowedNamespaces', { allowedNamespaces: later('All') as never }],
    ['models', { models: pulumi.output([]) as never }],
  ])('%s of a gateway', async (prop, args) => {
    const { error, run } = await runFailing(() => new llmd.InferenceGateway('gateway', args));
    expect(error.message).toContain(`LLMD921 [InferenceGateway/gateway] \`${prop}\` was given a Pulumi output`);
    expect(run.registrations.map(({ name }) => name)).toEqual(['gateway']);
  });

  test('texts that only look like them are free: a label named replicas, a label with a dot and a slash', async () => {
    const labels = { replicas: later('two'), 'example.com/parallelism.tensor': later('x') };
    const run = await runProgram(() => new llmd.ModelServing('qwen3', { ...SURROUNDINGS, ...SERVING, labels }));
    const { metadata } = run.named('qwen3/Servers/Workload').inputs as { metadata: { labels: object } };
    expect(metadata.labels).toMatchObject({ replicas: 'two', 'example.com/parallelism.tensor': 'x' });
  });
});
