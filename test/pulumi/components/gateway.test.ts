import * as pulumi from '@pulumi/pulumi';
import { App } from 'cdk8s';
import {
  Cluster,
  InferenceGateway as Gateway,
  GatewayProvider,
  ImageMirror,
  ModelServing,
  NameStyle,
  Release,
  RouterImage,
  ServingChart,
} from 'cdk8s-llm-d';
import * as llmd from 'cdk8s-llm-d/pulumi';
import { outputValue, type ProgramRun, runFailing, runProgram } from '../support';

import { PAIR, ROUTER, SERVING, SURROUNDINGS } from './samples';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(120_000);

const later = (value: string) => pulumi.output(Promise.resolve(value));
const istio = GatewayProvider.istio();

function serving(name: string, args: Partial<llmd.ModelServingArgs> = {}, options: llmd.ComponentOptions = {}): llmd.ModelServing {
  return new llmd.ModelServing(name, { ...SURROUNDINGS, ...SERVING, ...args }, options);
}

function namespacesOf(run: ProgramRun<unknown>): Set<unknown> {
  return new Set(run.objects.map(({ inputs }) => (inputs.metadata as { namespace?: string }).namespace));
}

describe('surroundings', () => {
  test('are those of the first model', async () => {
    const release = Release.LATEST.with({ name: 'ours', envoy: 'registry.example.com/envoy:v9' });
    const run = await runProgram(() => {
      const first = serving('a', { release, imageRegistry: later('registry.example.com/llm'), namespace: 'first' });
      return new llmd.InferenceGateway('gateway', { models: [{ servers: first }] });
    });
    expect(namespacesOf(run)).toEqual(new Set(['first']));
    const { spec } = run.named('gateway/a/Router/Deployment').inputs as { spec: object };
    expect(JSON.stringify(spec)).toContain('registry.example.com/envoy:v9');
    expect(JSON.stringify(spec)).toContain('registry.example.com/llm/llm-d-epp:');
  });

  test('a mirror holds for the images of servers and gateway', async () => {
    const run = await runProgram(() => {
      const servers = serving('a', { imageMirror: 'mirror.example.com/all' });
      return new llmd.InferenceGateway('gateway', { models: [{ servers }] });
    });
    const images = run.objects.flatMap(({ inputs }) =>
      [...JSON.stringify(inputs).matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image),
    );
    expect(images.length).toBeGreaterThan(2);
    expect(images.filter((image) => image?.startsWith('mirror.example.com/all/') !== true)).toEqual([]);
  });

  test('equal ones that were made twice agree', async () => {
    const run = await runProgram(() => {
      const models = ['a', 'b'].map((name) => ({
        servers: serving(name, { cluster: Cluster.gke({ nodeSelector: { a: 'b' } }) }),
        ...ROUTER,
      }));
      return new llmd.InferenceGateway('gateway', { models });
    });
    expect(Object.keys(run.result.endpoints)).toEqual(['a', 'b']);
  });

  test.each([
    ['cluster', { cluster: Cluster.gke() }, { cluster: Cluster.eks() }, 'is gke, of "b" eks'],
    ['cluster', { cluster: Cluster.gke() }, { cluster: Cluster.gke({ installed: [] }) }, 'is gke, of "b" gke with other options'],
    ['release', {}, { release: Release.LATEST.with({ name: 'ours' }) }, `is ${Release.LATEST.row.name}, of "b" ours`],
    ['nameStyle', { name: 'a' }, { name: 'b', nameStyle: NameStyle.HASHED }, 'is plain, of "b" hashed'],
    ['imageRegistry', {}, { imageRegistry: 'registry.example.com' }, 'is none, of "b" registry.example.com'],
    ['imageMirror', {}, { imageMirror: 'mirror.example.com' }, 'is none, of "b" mirror.example.com'],
    [
      'imageMirror',
      { imageMirror: 'mirror.example.com' },
      { imageMirror: ImageMirror.of('mirror.example.com', { layout: 'flat' }) },
      'is mirror.example.com, of "b" mirror.example.com with other options',
    ],
  ])('a different %s is told, unless the gateway has its own', async (prop, one, other, told) => {
    const models = () => [
      { servers: serving('a', one), ...ROUTER },
      { servers: serving('b', other), ...ROUTER },
    ];
    const { error, run } = await runFailing(() => new llmd.InferenceGateway('gateway', { models: models() }));
    expect(error.message).toContain(`LLMD920 [InferenceGateway/gateway] \`${prop}\` of "a" ${told}`);
    expect(run.objects.filter(({ name }) => name.startsWith('gateway/'))).toEqual([]);
    const own = {
      cluster: Cluster.gke(),
      release: Release.LATEST,
      nameStyle: NameStyle.PLAIN,
      imageRegistry: 'registry.example.com',
      imageMirror: 'mirror.example.com',
    };
    await runProgram(() => new llmd.InferenceGateway('gateway', { ...own, models: models() }));
  });

  test('without models are those of the args', async () => {
    const run = await runProgram(() => new llmd.InferenceGateway('gateway', { provider: istio, namespace: 'edge' }));
    expect(namespacesOf(run)).toEqual(new Set(['edge']));
    expect(run.objects.map(({ name }) => name)).toContain('gateway/Gateway');
    expect(run.result.endpoints).toEqual({});
  });
});

class Provider extends pulumi.ProviderResource {}

class Namespace extends pulumi.CustomResource {}

describe('providers', () => {
  const provider = (name: string) => new Provider('kubernetes', name);

  test('a gateway without one goes where its first model is', async () => {
    const run = await runProgram(() => {
      const east = provider('east');
      return new llmd.InferenceGateway('gateway', { models: [{ servers: serving('a', {}, { provider: east }), ...ROUTER }] });
    });
    expect(run.objects.length).toBeGreaterThan(5);
    expect(run.objects.map((one) => one.provider)).toEqual(run.objects.map(() => expect.stringContaining('::east::')));
  });

  test('a gateway with one keeps it, by itself or by its parent', async () => {
    const run = await runProgram(() => {
      const [east, west, north] = [provider('east'), provider('west'), provider('north')];
      const models = (name: string) => [{ servers: serving(name, {}, { provider: east }), ...ROUTER }];
      const parent = new pulumi.ComponentResource('test:index:Team', 'team', {}, { providers: [north] });
      new llmd.InferenceGateway('g1', { models: models('a') }, { provider: west });
      new llmd.InferenceGateway('g2', { models: models('b') }, { parent });
    });
    const providers = (prefix: string) =>
      new Set(run.objects.filter(({ name }) => name.startsWith(prefix)).map((one) => one.provider.split('::')[3]));
    expect([providers('a/'), providers('g1/'), providers('g2/')]).toEqual([new Set(['east']), new Set(['west']), new Set(['north'])]);
  });

  test('models with different ones need a choice', async () => {
    const models = () => ['east', 'west'].map((name) => ({ servers: serving(name, {}, { provider: provider(name) }), ...ROUTER }));
    const { error } = await runFailing(() => new llmd.InferenceGateway('gateway', { models: models() }));
    expect(error.message).toContain('LLMD920 [InferenceGateway/gateway] `provider` of "east" is "east", of "west" "west"');
  });
});

describe('namespaces that are known at deployment', () => {
  const namespace = () => new Namespace('kubernetes:core/v1:Namespace', 'ns', { metadata: { name: 'llm-1' } });
  const nameOf = (resource: pulumi.CustomResource) =>
    (resource as unknown as { metadata: pulumi.Output<{ name: string }> }).metadata.name as unknown as pulumi.Output<string>;

  test('are one although each is another output', async () => {
    const run = await runProgram(() => {
      const ns = namespace();
      const models = ['a', 'b'].map((name) => ({
        servers: serving(name, { namespace: nameOf(ns) }),
        match: { pathPrefix: `/${name}` },
        ...ROUTER,
      }));
      return new llmd.InferenceGateway('gateway', { provider: istio, namespace: nameOf(ns), models });
    });
    const objects = run.objects.filter(({ name }) => name !== 'ns');
    expect(new Set(objects.map(({ inputs }) => (inputs.metadata as { namespace?: string }).namespace))).toEqual(new Set(['llm-1']));
    const { spec } = run.named('gateway/a/Route').inputs as { spec: { parentRefs: object[] } };
    expect(spec.parentRefs).toEqual([{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gateway', namespace: 'llm-1' }]);
    const ns = run.named('ns').urn;
    expect(objects.filter(({ dependencies }) => !dependencies.includes(ns)).map(({ name }) => name)).toEqual([]);
    expect(await outputValue(run.result.endpoints.b as never)).toBe('http://gateway-istio.llm-1.svc.cluster.local/b');
  });

  test('may differ where the Gateway admits others', async () => {
    const run = await runProgram(() => {
      const models = ['a', 'b'].map((name) => ({
        servers: serving(name, { namespace: later(name) }),
        match: { pathPrefix: `/${name}` },
        ...ROUTER,
      }));
      return new llmd.InferenceGateway('gateway', { provider: istio, namespace: later('edge'), allowedNamespaces: 'All', models });
    });
    expect(namespacesOf(run)).toEqual(new Set(['a', 'b', 'edge']));
  });

  test('may differ without a Gateway', async () => {
    const run = await runProgram(() => {
      const models = ['a', 'b'].map((name) => ({ servers: serving(name, { namespace: later(name) }), ...ROUTER }));
      return new llmd.InferenceGateway('gateway', { models });
    });
    expect(namespacesOf(run)).toEqual(new Set(['a', 'b']));
  });

  test('that are plain and differ are refused by the rule of the construct', async () => {
    const models = () =>
      ['a', 'b'].map((name) => ({ servers: serving(name, { namespace: name }), match: { pathPrefix: `/${name}` }, ...ROUTER }));
    const { error } = await runFailing(() => new llmd.InferenceGateway('gateway', { provider: istio, models: models() }));
    expect(error.message).toContain('LLMD606');
  });

  test('that the servers lack and the gateway has are refused', async () => {
    const { error } = await runFailing(() => {
      const lacking = new llmd.ModelServing('a', SERVING);
      return new llmd.InferenceGateway('gateway', { namespace: 'llm', models: [{ servers: lacking, ...ROUTER }] });
    });
    expect(error.message).toContain('LLMD922 [InferenceGateway/gateway] servers "a" have no namespace, but their gateway has one (llm)');
  });
});

describe('servers of another tree', () => {
  test('are not waited for: no object of a gateway depends on one of theirs', async () => {
    const run = await runProgram(() => {
      const models = [
        { servers: serving('a'), match: { pathPrefix: '/a' }, ...ROUTER },
        { servers: new llmd.PrefillDecodePair('b', { ...SURROUNDINGS, ...PAIR }), match: { pathPrefix: '/b' }, ...ROUTER },
      ];
      return new llmd.InferenceGateway('gateway', { provider: istio, models });
    });
    const own = run.objects.filter(({ name }) => name.startsWith('gateway/'));
    expect(own.flatMap(({ dependencies }) => dependencies).filter((urn) => !urn.includes('InferenceGateway$'))).toEqual([]);
    expect(run.named('gateway/a/Route').dependencies).toContain(run.named('gateway/Gateway').urn);
  });

  test('are seen by the rules: a port that was patched away fails the gateway, not the servers', async () => {
    const { error, run } = await runFailing(() => {
      const mute = serving('mute', {
        podTemplate: { spec: { containers: [{ name: 'modelserver', ports: [{ name: 'modelserver', containerPort: 9000 }] }] } },
      } as never);
      return new llmd.InferenceGateway('gateway', { models: [{ servers: mute, ...ROUTER }] });
    });
    expect(error.message).toContain('[InferenceGateway/gateway/mute/Router/Pool] LLMD307');
    expect(run.objects.map(({ name }) => name.split('/')[0])).toEqual(run.objects.map(() => 'mute'));
    expect(run.objects.length).toBeGreaterThan(0);
  });

  test('of a namespace that is known at deployment are seen too', async () => {
    const { error } = await runFailing(() => {
      const mute = serving('mute', {
        namespace: later('llm'),
        podTemplate: { spec: { containers: [{ name: 'modelserver', ports: [{ name: 'modelserver', containerPort: 9000 }] }] } },
      } as never);
      return new llmd.InferenceGateway('gateway', { provider: istio, namespace: later('llm'), models: [{ servers: mute, ...ROUTER }] });
    });
    expect(error.message).toContain('LLMD307');
  });

  test('may be constructs of a ServingStack, or of a cdk8s app', async () => {
    const run = await runProgram(() => {
      const stack = new llmd.ServingStack('qwen', SURROUNDINGS, (chart) => new ModelServing(chart, 'qwen3', SERVING));
      const chart = new ServingChart(new App(), 'chart', SURROUNDINGS);
      const models = [stack.constructs, new ModelServing(chart, 'elsewhere', SERVING)].map((servers) => ({ servers, ...ROUTER }));
      return new llmd.InferenceGateway('gateway', { models });
    });
    expect(await Promise.all(Object.values(run.result.endpoints).map(outputValue))).toEqual([
      'http://qwen3-epp.llm.svc.cluster.local',
      'http://elsewhere-epp.llm.svc.cluster.local',
    ]);
  });

  test('can be routed by one gateway only', async () => {
    const { error, run } = await runFailing(() => {
      const models = [{ servers: serving('qwen3'), ...ROUTER }];
      new llmd.InferenceGateway('first', { models });
      new llmd.InferenceGateway('second', { models });
    });
    expect(error.message).toContain('[InferenceGateway/second/qwen3] LLMD601');
    expect(error.message).toContain('already routed by gateway "first"');
    expect(run.objects.filter(({ name }) => name.startsWith('second/'))).toEqual([]);
  });

  test('a stack that routes them itself counts as well', async () => {
    const { error } = await runFailing(() => {
      const stack = new llmd.ServingStack('qwen', SURROUNDINGS, (chart) => {
        const servers = new ModelServing(chart, 'qwen3', SERVING);
        new Gateway(chart, 'own').addModel(servers, ROUTER);
        return servers;
      });
      new llmd.InferenceGateway('second', { models: [{ servers: stack.constructs, ...ROUTER }] });
    });
    expect(error.message).toContain('LLMD601');
  });

  test('a gateway that failed does not count', async () => {
    await runFailing(() => {
      const models = [{ servers: serving('qwen3'), ...ROUTER }];
      expect(() => new llmd.InferenceGateway('first', { models, listeners: [] })).toThrow('LLMD603');
      new llmd.InferenceGateway('second', { models });
      throw new Error('reached');
    }).then(({ error }) => expect(error.message).toBe('reached'));
  });

  test.each([undefined, null, 'qwen3', {}])('%p is none', async (servers) => {
    const { error, run } = await runFailing(() => new llmd.InferenceGateway('gateway', { models: [{ servers: servers as never }] }));
    expect(error.message).toContain('LLMD107 [InferenceGateway/gateway]');
    expect(run.registrations.map(({ name }) => name)).toEqual(['gateway']);
  });

  test('their warnings are told once, with the servers', async () => {
    const lines: string[] = [];
    const spy = jest.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    try {
      await runProgram(() => {
        const scaled = serving('told-once', {
          podTemplate: { spec: { containers: [{ name: 'modelserver', image: 'registry.example.com/vllm:latest' }] } },
        });
        new llmd.InferenceGateway('gateway', { models: [{ servers: scaled, router: { image: RouterImage.upstream() } }] });
      });
    } finally {
      spy.mockRestore();
    }
    expect(lines.filter((line) => line.startsWith('warning'))).toEqual([expect.stringContaining('[ModelServing/told-once')]);
  });
});
