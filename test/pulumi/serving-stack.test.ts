import { Provider } from '@pulumi/kubernetes/provider';
import * as pulumi from '@pulumi/pulumi';
import { ApiObject, App, Chart } from 'cdk8s';
import { GatewayProvider, LlmdError, type ServingChart } from 'cdk8s-llm-d';
import { ServingStack, type ServingStackArgs, type ServingStackOptions } from 'cdk8s-llm-d/pulumi';
import { Construct } from 'constructs';
import { registerObjects } from '../../lib/pulumi/register';
import { modelServing, served } from './models';
import { runFailing, runProgram } from './support';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(60_000);

const object = (scope: Construct, id: string, kind = 'ConfigMap', apiVersion = 'v1') =>
  new ApiObject(scope, id, { apiVersion, kind, metadata: { name: id } });

const stackOf = <T>(build: (chart: ServingChart) => T, options: ServingStackOptions = {}) => new ServingStack('s', {}, build, options);

test('every object becomes a resource under its native token, named by its path, below the stack', async () => {
  const run = await runProgram(() => new ServingStack('qwen', { namespace: 'llm' }, (chart) => served(chart)));
  const stack = run.named('qwen');
  expect(stack).toMatchObject({ token: 'cdk8s-llm-d:index:ServingStack', custom: false });
  expect(run.objects.map(({ token, name }) => `${token} ${name}`).sort()).toEqual([
    'kubernetes:apps/v1:Deployment qwen/gateway/qwen3/Router/Deployment',
    'kubernetes:apps/v1:Deployment qwen/qwen3/Servers/Workload',
    'kubernetes:core/v1:ConfigMap qwen/gateway/qwen3/Router/Config/Resource',
    'kubernetes:core/v1:ConfigMap qwen/gateway/qwen3/Router/Envoy/Config/Resource',
    'kubernetes:core/v1:Service qwen/gateway/qwen3/Router/Service',
    'kubernetes:core/v1:ServiceAccount qwen/gateway/qwen3/Router/Access/ServiceAccount/Resource',
    'kubernetes:core/v1:ServiceAccount qwen/qwen3/Account/Resource',
    'kubernetes:inference.networking.k8s.io/v1:InferencePool qwen/gateway/qwen3/Router/Pool',
    'kubernetes:rbac.authorization.k8s.io/v1:Role qwen/gateway/qwen3/Router/Access/Role/Resource',
    'kubernetes:rbac.authorization.k8s.io/v1:RoleBinding qwen/gateway/qwen3/Router/Access/RoleBinding/Resource',
  ]);
  expect(new Set(run.objects.map(({ parent }) => parent))).toEqual(new Set([stack.urn]));
  expect(new Set(run.objects.map(({ version }) => version)).size).toBe(1);
  expect(run.outputs.get(stack.urn)).toEqual({
    namespace: 'llm',
    endpoints: { 'qwen/gateway/qwen3': run.result.constructs.route.endpoint },
  });
});

test('kinds of the core group without a class of their own have the native token too', async () => {
  const run = await runProgram(() =>
    stackOf((chart) => {
      object(chart, 'future', 'Future');
      object(chart, 'list', 'toString');
      object(chart, 'claim', 'PersistentVolumeClaim');
    }),
  );
  expect(run.objects.map(({ token }) => token).sort()).toEqual([
    'kubernetes:core/v1:Future',
    'kubernetes:core/v1:PersistentVolumeClaim',
    'kubernetes:core/v1:toString',
  ]);
  expect(new Set(run.objects.map(({ version }) => version)).size).toBe(1);
});

test('a stack without objects is a component without children', async () => {
  const run = await runProgram(() => stackOf(() => 'nothing'));
  expect(run.result.constructs).toBe('nothing');
  expect(run.registrations).toHaveLength(1);
});

describe('dependencies', () => {
  const edges = async (build: (chart: ServingChart) => void) => {
    const run = await runProgram(() => stackOf(build));
    const nameOf = new Map(run.registrations.map(({ urn, name }) => [urn, name]));
    return Object.fromEntries(run.objects.map(({ name, dependencies }) => [name, dependencies.map((urn) => nameOf.get(urn)).sort()]));
  };

  test('follow the construct graph, constructs standing for all their objects', async () => {
    expect(
      await edges((chart) => {
        const group = new Construct(chart, 'group');
        const [one, two] = [object(group, 'one'), object(group, 'two')];
        object(chart, 'last').addDependency(group);
        one.addDependency(object(chart, 'first'));
        expect(two.node.path).toBe('s/group/two');
      }),
    ).toEqual({ 's/first': [], 's/group/one': ['s/first'], 's/group/two': [], 's/last': ['s/group/one', 's/group/two'] });
  });

  test('that follow from others are left out', async () => {
    expect(
      await edges((chart) => {
        const [a, b, c] = [object(chart, 'a'), object(chart, 'b'), object(chart, 'c')];
        c.addDependency(a, b);
        b.addDependency(a);
      }),
    ).toEqual({ 's/a': [], 's/b': ['s/a'], 's/c': ['s/b'] });
  });

  test('hold between charts, in whatever order they were made', async () => {
    expect(
      await edges((chart) => {
        const late = new Chart(chart, 'late');
        const early = new Chart(chart, 'early');
        object(late, 'x').addDependency(object(early, 'y'));
        object(chart, 'own');
      }),
    ).toEqual({ 's/early/y': [], 's/late/x': ['s/early/y'], 's/own': ['s/late/x'] });
  });

  test('of the library make the router wait for its pool, its account and its configuration', async () => {
    const found = await edges((chart) => served(chart));
    expect(found['s/gateway/qwen3/Router/Deployment']).toEqual(
      expect.arrayContaining(['s/gateway/qwen3/Router/Pool', 's/gateway/qwen3/Router/Config/Resource']),
    );
  });

  test('that go round are refused, and nothing is registered', async () => {
    const { error, run } = await runFailing(() =>
      stackOf((chart) => {
        const [a, b] = [object(chart, 'a'), object(chart, 'b')];
        a.addDependency(b);
        b.addDependency(a);
      }),
    );
    expect(error.message).toContain('Dependency cycle detected');
    expect(run.objects).toEqual([]);
  });

  test('hold along a long chain of objects', async () => {
    const run = await runProgram(() =>
      stackOf((chart) => {
        let before: ApiObject | undefined;
        for (let index = 0; index < 100; index += 1) {
          const one = object(chart, `o${index}`);
          if (before !== undefined) {
            one.addDependency(before);
          }
          before = one;
        }
      }),
    );
    expect(run.objects).toHaveLength(100);
    expect(run.objects.filter(({ dependencies }) => dependencies.length === 1)).toHaveLength(99);
  });
});

test('names and inputs do not depend on the order in which siblings are made', async () => {
  const build = (ids: readonly string[]) => (chart: ServingChart) => {
    for (const id of ids) {
      modelServing(chart, id, { namespace: 'llm' } as never);
    }
  };
  const run = async (ids: readonly string[]) => {
    const { objects } = await runProgram(() => stackOf(build(ids)));
    return new Map(objects.map(({ urn, inputs, dependencies }) => [urn, { inputs, dependencies }]));
  };
  const [forth, back] = [await run(['a', 'b', 'c']), await run(['c', 'b', 'a'])];
  expect(new Map([...back].sort())).toEqual(new Map([...forth].sort()));
  expect(forth.size).toBeGreaterThanOrEqual(6);
});

test('two stacks in one program are apart', async () => {
  const run = await runProgram(() => {
    const one = new ServingStack('one', { namespace: 'a' }, (chart) => served(chart));
    const two = new ServingStack('two', { namespace: 'b' }, (chart) => served(chart));
    return { one, two };
  });
  const below = (name: string) => run.objects.filter(({ parent }) => parent === run.named(name).urn);
  expect(below('one').map(({ name }) => name.replace('one/', ''))).toEqual(below('two').map(({ name }) => name.replace('two/', '')));
  expect(new Set(run.registrations.map(({ urn }) => urn)).size).toBe(run.registrations.length);
  expect(() => run.result.one.resourceFor(run.result.two.constructs.serving.workload)).toThrow('LLMD908 "two/qwen3/Servers/Workload"');
});

describe('options', () => {
  test('of the stack hold for its objects: provider, protection, transformations', async () => {
    const run = await runProgram(() => {
      const provider = new Provider('cluster', { kubeconfig: pulumi.secret('x') });
      const transformations: pulumi.ResourceTransformation[] = [
        ({ type, props, opts }) =>
          type.endsWith(':ConfigMap') ? { props: { ...props, data: { by: 'transformation' } }, opts } : undefined,
      ];
      return stackOf((chart) => [object(chart, 'map'), object(chart, 'account', 'ServiceAccount')], {
        provider,
        protect: true,
        transformations,
      });
    });
    const cluster = run.named('cluster');
    expect(run.objects.filter(({ custom, token }) => custom && !token.startsWith('pulumi:')).map(({ provider }) => provider)).toEqual(
      Array(2).fill(`${cluster.urn}::cluster-id`),
    );
    expect(run.objects.every(({ protect }) => protect)).toBe(true);
    expect(run.named('s/map').inputs).toMatchObject({ data: { by: 'transformation' } });
  });

  test('of an object are merged over ours', async () => {
    const run = await runProgram(() => {
      const before = new ServingStack('before', {}, (chart) => object(chart, 'first'));
      return new ServingStack('s', {}, (chart) => served(chart, { autoscaling: undefined as never }), {
        objectOptions: ({ kind, name }) =>
          kind === 'Deployment' && name === 'qwen3-decode'
            ? {
                dependsOn: before.resourceFor(before.constructs),
                ignoreChanges: ['metadata.labels'],
                customTimeouts: { create: '5m' },
                protect: true,
                aliases: [{ name: 'old-name', parent: pulumi.rootStackResource }],
                retainOnDelete: true,
              }
            : undefined,
      });
    });
    const workload = run.objects.find(({ name }) => name === 's/qwen3/Servers/Workload');
    expect(workload).toMatchObject({
      protect: true,
      retainOnDelete: true,
      ignoreChanges: ['metadata.labels'],
      customTimeouts: { create: '5m', update: '8460s' },
    });
    expect(workload?.dependencies).toEqual(
      expect.arrayContaining([run.named('before/first').urn, run.named('s/qwen3/Account/Resource').urn]),
    );
    expect(JSON.stringify(workload?.aliases)).toContain('old-name');
    expect(run.named('s/gateway/qwen3/Router/Deployment')).toMatchObject({ protect: false, customTimeouts: { create: '960s' } });
  });

  test.each(['parent', 'id', 'urn'] as const)('of an object that the stack decides are refused: %s', async (option) => {
    const { error, run } = await runFailing(() =>
      stackOf((chart) => object(chart, 'map'), { objectOptions: () => ({ [option]: 'x' }) as never }),
    );
    expect(error.message).toContain(`LLMD909 [s/map] objectOptions gave the option \`${option}\``);
    expect(run.objects).toEqual([]);
  });
});

describe('resourceFor', () => {
  test('knows objects, and constructs by their object', async () => {
    const run = await runProgram(() => {
      const stack = stackOf((chart) => {
        const single = new Construct(chart, 'single');
        object(single, 'anything');
        return { ...served(chart), single };
      });
      return { stack, urn: stack.resourceFor(stack.constructs.serving.workload).urn };
    });
    const { stack } = run.result;
    const { serving, route, single } = stack.constructs;
    expect(stack.resourceFor(serving)).toBe(stack.resources.get('s/qwen3/Servers/Workload'));
    expect(stack.resourceFor(serving.workload)).toBe(stack.resourceFor(serving));
    expect(stack.resourceFor(single)).toBe(stack.resources.get('s/single/anything'));
    expect(stack.resourceFor(route.router.deployment)).toBe(stack.resources.get('s/gateway/qwen3/Router/Deployment'));
    expect([...stack.resources.keys()].sort()).toEqual(run.objects.map(({ name }) => name).sort());
  });

  test('refuses with LLMD908 what is no object of the stack', async () => {
    const { result: stack } = await runProgram(() =>
      stackOf((chart) => ({ chart, group: new Construct(chart, 'group'), map: object(chart, 'map') })),
    );
    const elsewhere = object(new Chart(new App(), 's'), 'map');
    for (const [given, shown] of [
      [elsewhere, '"s/map"'],
      [stack.constructs.group, '"s/group"'],
      [undefined, 'undefined'],
      ['s/map', 's/map'],
    ] as const) {
      expect(() => stack.resourceFor(given as never)).toThrow(`LLMD908 ${shown} is no object of this stack`);
    }
  });
});

describe('errors', () => {
  test('of a constructor are errors of the component, with code and path, and nothing else is registered', async () => {
    const { error, run } = await runFailing(() => stackOf((chart) => modelServing(chart, 'qwen3', { replicas: -1 })));
    expect(pulumi.ResourceError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ hideStack: true, cause: expect.any(LlmdError) });
    expect(error.message).toMatch(/^LLMD104 \[s\/qwen3[^\]]*\]/);
    expect((error as pulumi.ResourceError).resource).toBeInstanceOf(ServingStack);
    expect(run.registrations.map(({ token }) => token)).toEqual(['cdk8s-llm-d:index:ServingStack']);
  });

  test('of the rules come all at once', async () => {
    const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { error, run } = await runFailing(() =>
      stackOf((chart) => {
        for (const id of ['a', 'b']) {
          new ApiObject(chart, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `Not_${id}` } });
        }
        return served(chart);
      }),
    );
    written.mockRestore();
    expect(pulumi.ResourceError.isInstance(error)).toBe(true);
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.message).toMatch(/\[s\/a\] LLMD101 .*\n.*\[s\/b\] LLMD101 /);
    expect(run.objects).toEqual([]);
  });

  test('of the program itself pass as they are', async () => {
    const problem = new TypeError('mine');
    const { error, run } = await runFailing(() =>
      stackOf(() => {
        throw problem;
      }),
    );
    expect(error).toBe(problem);
    expect(run.registrations).toHaveLength(1);
  });

  test('of a function that is asynchronous have the code LLMD907', async () => {
    const { error, run } = await runFailing(() => stackOf(async (chart) => object(chart, 'map')));
    expect(error.message).toContain('LLMD907 the function that builds stack "s" is asynchronous');
    expect(run.objects).toEqual([]);
  });
});

test('a warning is printed once, however many charts there are', async () => {
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  await runProgram(
    () =>
      new ServingStack('warned', {}, (chart) => {
        object(new Chart(chart, 'one'), 'a');
        object(new Chart(chart, 'two'), 'b');
        modelServing(chart, 'alone');
      }),
  );
  const lines = written.mock.calls
    .map(([line]) => String(line))
    .filter((line) => line.includes('warned/alone') && line.includes('LLMD314'));
  written.mockRestore();
  expect(lines).toHaveLength(1);
});

test('registerObjects takes the charts of any app, below any resource', async () => {
  const run = await runProgram(() => {
    const app = new App();
    const parent = new pulumi.ComponentResource('mine:index:Parent', 'parent');
    object(new Chart(app, 'one'), 'a');
    const nested = new Chart(new Chart(app, 'two'), 'nested');
    object(nested, 'b');
    served(nested as never, {}, {}, { provider: GatewayProvider.istio() });
    return registerObjects(app, parent);
  });
  const names = run.objects.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['one/a', 'two/nested/b', 'two/nested/gateway/Gateway']));
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(run.result.size);
});

describe('args that a program without a compiler gives', () => {
  const stack = (args: unknown) => new ServingStack('s', args as ServingStackArgs, (chart) => modelServing(chart, 'a'));

  test('are as if they were left out when they are null', async () => {
    const all = { namespace: null, imageRegistry: null, labels: null, cluster: null };
    const nothing = await runProgram(() => stack(all));
    const none = await runProgram(() => stack({}));
    expect(nothing.registrations).toEqual(none.registrations);
    expect(nothing.outputs).toEqual(none.outputs);
  });

  test.each([
    [null, '`args` is "null": ServingStack takes an object'],
    ['llm', '`args` is "llm": ServingStack takes an object'],
    [{ labels: 'team' }, '`labels` is "team": ServingChart takes an object there'],
    [{ namspace: 'llm' }, 'ServingChart takes no `namspace`: did you mean `namespace`?'],
  ])('are refused with one sentence: %j', async (args, told) => {
    const { error } = await runFailing(() => stack(args));
    expect(error.message).toContain(told);
  });
});
