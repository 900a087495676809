import * as pulumi from '@pulumi/pulumi';
import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import { acknowledge, GatewayProvider, type ModelServing as Servers } from 'cdk8s-llm-d';
import * as llmd from 'cdk8s-llm-d/pulumi';
import { outputValue, runFailing, runProgram } from '../support';
import { urnOf } from './compare';

import { PAIR, ROUTER, SERVING, SURROUNDINGS } from './samples';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(120_000);

const provider = GatewayProvider.istio();

function serving(name: string, args: Partial<llmd.ModelServingArgs> = {}, options: llmd.ComponentOptions = {}): llmd.ModelServing {
  return new llmd.ModelServing(name, { ...SURROUNDINGS, ...SERVING, ...args }, options);
}

describe('URNs', () => {
  test('are the path in the construct, below the name of the component', async () => {
    const run = await runProgram(() => {
      const models = [{ servers: serving('qwen3'), ...ROUTER }];
      return new llmd.InferenceGateway('gateway', { provider, models });
    });
    expect(run.registrations.map(({ urn }) => urn.replace('urn:pulumi:test::project::cdk8s-llm-d:index:', '')).sort()).toEqual(
      [
        'ModelServing::qwen3',
        'ModelServing$kubernetes:core/v1:ServiceAccount::qwen3/Account/Resource',
        'ModelServing$kubernetes:apps/v1:Deployment::qwen3/Servers/Workload',
        'ModelServing$kubernetes:policy/v1:PodDisruptionBudget::qwen3/Servers/DisruptionBudget',
        'InferenceGateway::gateway',
        'InferenceGateway$kubernetes:core/v1:ConfigMap::gateway/Parameters/Resource',
        'InferenceGateway$kubernetes:gateway.networking.k8s.io/v1:Gateway::gateway/Gateway',
        'InferenceGateway$kubernetes:core/v1:ServiceAccount::gateway/qwen3/Router/Access/ServiceAccount/Resource',
        'InferenceGateway$kubernetes:rbac.authorization.k8s.io/v1:Role::gateway/qwen3/Router/Access/Role/Resource',
        'InferenceGateway$kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::gateway/qwen3/Router/Access/RoleBinding/Resource',
        'InferenceGateway$kubernetes:core/v1:ConfigMap::gateway/qwen3/Router/Config/Resource',
        'InferenceGateway$kubernetes:core/v1:Service::gateway/qwen3/Router/Service',
        'InferenceGateway$kubernetes:apps/v1:Deployment::gateway/qwen3/Router/Deployment',
        'InferenceGateway$kubernetes:inference.networking.k8s.io/v1:InferencePool::gateway/qwen3/Router/Pool',
        'InferenceGateway$kubernetes:networking.istio.io/v1beta1:DestinationRule::gateway/qwen3/RouterTls',
        'InferenceGateway$kubernetes:gateway.networking.k8s.io/v1:HTTPRoute::gateway/qwen3/Route',
      ].sort(),
    );
  });

  test('stay what they are when siblings come, go, or change places, and when args change', async () => {
    const one = (name: string, args: Partial<llmd.ModelServingArgs> = {}) => ({
      servers: serving(name, args),
      match: { pathPrefix: `/${name}` },
      ...ROUTER,
    });
    const before = await runProgram(() => new llmd.InferenceGateway('gateway', { provider, models: [one('a'), one('b')] }));
    const after = await runProgram(() => {
      const [c, b, a] = [one('c'), one('b', { replicas: 9 }), one('a', { labels: { more: 'labels' } })];
      new llmd.PrefillDecodePair('pair', { ...SURROUNDINGS, ...PAIR });
      new llmd.InferenceGateway('gateway', { provider, models: [c, b, a].filter((model) => model !== undefined) });
    });
    const urns = (run: typeof before | typeof after) => new Set(run.registrations.map(({ urn }) => urn));
    expect([...urns(before)].filter((urn) => !urns(after).has(urn))).toEqual([]);
  });

  test('of components of one name and different kinds, or below different parents, are different', async () => {
    const run = await runProgram(() => {
      const parents = ['a', 'b'].map((name) => new pulumi.ComponentResource(`test:index:${name.toUpperCase()}`, name));
      const first = serving('same', { name: 'first' }, { parent: parents[0] as pulumi.Resource });
      serving('same', { name: 'second' }, { parent: parents[1] as pulumi.Resource });
      const third = new llmd.PrefillDecodePair('same', { ...SURROUNDINGS, ...PAIR, name: 'third' });
      return new llmd.InferenceGateway('same', { models: [first, third].map((servers) => ({ servers, ...ROUTER })) });
    });
    const urns = run.registrations.map((one) => urnOf(run, one));
    expect(new Set(urns).size).toBe(urns.length);
    expect(urns).toContain(
      'urn:pulumi:test::project::test:index:A$cdk8s-llm-d:index:ModelServing$kubernetes:apps/v1:Deployment::same/Servers/Workload',
    );
  });

  test('of objects beside the construct are told apart', async () => {
    const add = (name: string) => (servers: Servers) => {
      new ApiObject(Chart.of(servers), 'Extra', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    };
    const run = await runProgram(() => [serving('a', { configure: add('x') }), serving('b', { configure: add('y') })]);
    expect(run.objects.filter(({ token }) => token.endsWith('ConfigMap')).map(({ name }) => name)).toEqual(['a/../Extra', 'b/../Extra']);
    expect(run.named('a/../Extra').parent).toBe(run.named('a').urn);
  });
});

describe('options', () => {
  test('of a component hold for its objects', async () => {
    const run = await runProgram(() => {
      const before = serving('before');
      return serving('a', {}, { protect: true, retainOnDelete: true, dependsOn: [before], aliases: [{ name: 'old' }] });
    });
    const objects = run.objects.filter(({ name }) => name.startsWith('a/'));
    expect(objects.map(({ protect }) => protect)).toEqual([true, true, true]);
    expect(run.named('a').dependencies).toContain(run.named('before/Servers/Workload').urn);
    expect(run.named('a').aliases).toEqual([expect.objectContaining({ name: 'old' })]);
  });

  test('of single objects reach them alone', async () => {
    const objectOptions: llmd.ObjectOptions = ({ kind }) => (kind === 'Deployment' ? { ignoreChanges: ['spec.template'] } : undefined);
    const run = await runProgram(() => serving('a', {}, { objectOptions }));
    expect(run.objects.map(({ token, ignoreChanges }) => [token.split(':')[2], ignoreChanges])).toEqual(
      expect.arrayContaining([
        ['Deployment', ['spec.template']],
        ['ServiceAccount', []],
      ]),
    );
  });

  test('can say that nothing is waited for', async () => {
    const run = await runProgram(() => serving('a', {}, { await: false }));
    const { metadata } = run.named('a/Servers/Workload').inputs as { metadata: { annotations: object } };
    expect(metadata.annotations).toMatchObject({ 'pulumi.com/skipAwait': 'true' });
  });
});

describe('configure', () => {
  test('changes the construct before its objects are registered', async () => {
    const run = await runProgram(() => {
      const servers = serving('a', { configure: ({ workload }) => workload.addJsonPatch(JsonPatch.replace('/spec/replicas', 7)) });
      const configure = (gateway: llmd.InferenceGateway['construct']) => {
        acknowledge(gateway, 'LLMD543', 'the image is in the nodes');
        for (const { plan } of gateway.routes) {
          new ApiObject(gateway, `Note-${plan.name}`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `note-${plan.name}` } });
        }
      };
      return new llmd.InferenceGateway('gateway', { models: [{ servers }], configure });
    });
    expect(run.named('a/Servers/Workload').inputs).toMatchObject({ spec: { replicas: 7 } });
    expect(run.named('gateway/Note-a').inputs).toMatchObject({ metadata: { name: 'note-a', namespace: 'llm' } });
  });

  test('must be synchronous', async () => {
    const { error, run } = await runFailing(() => serving('a', { configure: (async () => undefined) as never }));
    expect(error.message).toContain('LLMD924 [ModelServing/a] `configure` of "a" is asynchronous');
    expect(run.registrations.map(({ name }) => name)).toEqual(['a']);
  });

  test('may throw errors of its own, which pass as they are', async () => {
    const problem = new Error('mine');
    const configure = () => {
      throw problem;
    };
    const { error, run } = await runFailing(() => serving('a', { configure }));
    expect(error).toBe(problem);
    expect(run.objects).toEqual([]);
  });
});

test('isInstance tells the components apart', async () => {
  await runProgram(() => {
    const servers = serving('a');
    const pair = new llmd.PrefillDecodePair('b', { ...SURROUNDINGS, ...PAIR });
    const gateway = new llmd.InferenceGateway('gateway', { models: [{ servers, ...ROUTER }] });
    const classes = [llmd.ModelServing, llmd.PrefillDecodePair, llmd.WideEPGroup, llmd.InferenceGateway];
    const told = [servers, pair, gateway, servers.construct, undefined, null, {}, 'a'].map((value) =>
      classes.map((one) => one.isInstance(value)),
    );
    expect(told).toEqual([
      [true, false, false, false],
      [false, true, false, false],
      [false, false, false, true],
      ...Array.from({ length: 5 }, () => [false, false, false, false]),
    ]);
  });
});

test('resourceFor gives the resource of an object, of the one object of a construct, and of nothing else', async () => {
  const run = await runProgram(() => {
    const [a, b] = [serving('a'), serving('b')];
    return {
      a,
      of: a.resourceFor(a.construct.workload),
      by: a.resourceFor(a.construct.servers),
      fails: () => a.resourceFor(b.construct.workload),
    };
  });
  expect(await outputValue(run.result.of.urn)).toBe(run.named('a/Servers/Workload').urn);
  expect(run.result.by).toBe(run.result.of);
  expect(run.result.fails).toThrow('LLMD908');
});

describe('errors', () => {
  test.each([
    ['a single bad value', { parallelism: { tensor: 3 } }, 'LLMD'],
    ['a name that names no object', { name: 'Not_A_Name' }, 'LLMD101'],
    ['a namespace that is none', { namespace: 'Not_A_Name' }, 'LLMD107 [ModelServing]'],
    ['a finding of a rule', { annotations: { 'a b': 'c' } }, 'LLMD'],
  ])('%s fails the component, which is registered alone', async (_, args, code) => {
    const { error, run } = await runFailing(() => serving('a', args as never));
    expect(error).toBeInstanceOf(pulumi.ResourceError);
    expect(error.message).toContain(code);
    expect((error as pulumi.ResourceError).resource).toBeDefined();
    expect(run.registrations.map(({ name }) => name)).toEqual(['a']);
  });

  test('the name of a component that names no object asks for a `name`', async () => {
    const { error } = await runFailing(() => serving('Team/Qwen'));
    expect(error.message).toContain('LLMD101');
    const run = await runProgram(() => serving('Team/Qwen', { name: 'qwen' }));
    expect(run.objects.map(({ name }) => name)).toContain('Team/Qwen/Servers/Workload');
  });
});

test('twelve models, each with a gateway of its own, in one program', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `model-${index}`);
  const run = await runProgram(() =>
    names.map((name) => new llmd.InferenceGateway(`${name}-gateway`, { models: [{ servers: serving(name), ...ROUTER }] })),
  );
  const urns = run.registrations.map(({ urn }) => urn);
  expect(new Set(urns).size).toBe(urns.length);
  expect(run.objects.length).toBe(12 * (3 + 8));
  expect(await outputValue(run.result[11]?.url as never)).toBe('http://model-11-epp.llm.svc.cluster.local');
});
