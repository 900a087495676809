import * as pulumi from '@pulumi/pulumi';
import { ApiObject, App, JsonPatch } from 'cdk8s';
import { GatewayProvider, InferenceGateway, type InferenceGatewayProps, RouterImage, ServingChart } from 'cdk8s-llm-d';
import { outputToken, resolveTokens, ServingStack } from 'cdk8s-llm-d/pulumi';
import { modelServing } from './models';
import { outputFailure, outputValue, type ProgramRun, runFailing, runProgram, UNKNOWN, unknownOutput } from './support';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(120_000);

const istio = GatewayProvider.istio();
/** A namespace, as each mention of it in the program makes it. */
type Mention = (name?: string) => string;
const plain: Mention = (name = 'llm') => name;
/** What `namespace.metadata.name` is: another output each time. */
const token: Mention = (name = 'llm') => outputToken(pulumi.output(Promise.resolve(name)));

const route = (path: string) => ({ match: { pathPrefix: `/${path}` }, router: { image: RouterImage.upstream() } });

/** Each construct with the namespace written out, a split, and an autoscaler of the program's own in the namespace of the chart. */
function everywhere(at: Mention, gateway: InferenceGatewayProps = {}) {
  return (chart: ServingChart) => {
    const servers = (id: string) => modelServing(chart, id, { namespace: at() });
    const entrance = new InferenceGateway(chart, 'gateway', { provider: istio, namespace: at(), ...gateway });
    const single = entrance.addModel(servers('single'), route('single'));
    const members = ['split-blue', 'split-green', 'split-red'].map((id) => ({
      servers: servers(id),
      weight: 1,
      router: { image: RouterImage.upstream() },
    }));
    const split = entrance.addSplit(members, { name: 'split', match: { pathPrefix: '/split' } });
    return { single, split };
  };
}

function scaler(chart: ServingChart, target: string): void {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: target };
  const spec = { scaleTargetRef, minReplicas: 1, maxReplicas: 3 };
  new ApiObject(chart, 'scaler', { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'own' }, spec });
}

const stackOf = (at: Mention, gateway?: InferenceGatewayProps) => () => new ServingStack('s', { namespace: at() }, everywhere(at, gateway));

const inputsOf = (run: ProgramRun<unknown>) => Object.fromEntries(run.objects.map(({ name, inputs }) => [name, inputs]));

describe('a namespace that the program mentions by another output each time', () => {
  test('gives the same objects as a plain one; only routes name the namespace of their Gateway', async () => {
    const [later, known] = [await runProgram(stackOf(token)), await runProgram(stackOf(plain))];
    const expected = structuredClone(inputsOf(known)) as Record<string, { spec: { parentRefs: object[] } }>;
    for (const name of ['s/gateway/single/Route', 's/gateway/split/Route']) {
      Object.assign(expected[name]?.spec.parentRefs[0] as object, { namespace: 'llm' });
    }
    expect(inputsOf(later)).toEqual(expected);
    expect(Object.keys(expected).length).toBeGreaterThan(30);
    expect(await outputValue(resolveTokens(later.result.constructs.split.endpoint))).toBe(
      'http://gateway-istio.llm.svc.cluster.local/split',
    );
  });

  test('may be plain in some places', async () => {
    let mentions = 0;
    const mixed: Mention = () => (mentions++ % 2 === 0 ? plain() : token());
    const namespaces = (run: ProgramRun<unknown>) => run.objects.map(({ inputs }) => (inputs.metadata as { namespace: string }).namespace);
    expect(namespaces(await runProgram(stackOf(mixed)))).toEqual(namespaces(await runProgram(stackOf(plain))));
  });

  test('is unknown to a preview in what names it', async () => {
    const unknown: Mention = () => outputToken(unknownOutput('llm'));
    const run = await runProgram(stackOf(unknown), { preview: true });
    expect(run.named('s/gateway/split/Route').unknowns).toEqual(['metadata.namespace', 'spec.parentRefs[0].namespace']);
    expect(run.named('s/gateway/single/Route').inputs.metadata).toMatchObject({ namespace: UNKNOWN });
  });

  test('is one to the rules: what two servers may not share is found', async () => {
    const { error, run } = await runFailing(
      () =>
        new ServingStack('s', { namespace: token() }, (chart) => {
          const gateway = new InferenceGateway(chart, 'gateway', { provider: istio });
          for (const id of ['a', 'b']) {
            gateway.addModel(modelServing(chart, id, { namespace: token(), name: 'same' }), { ...route(id), name: id });
          }
        }),
    );
    expect(error.message).toContain('LLMD313');
    expect(error.message).toContain('of namespace (known at deployment) is defined twice');
    expect(run.objects).toEqual([]);
  });

  test('is one to the waits: an autoscaler of the program keeps its replicas', async () => {
    const run = await runProgram(
      () =>
        new ServingStack('s', { namespace: token() }, (chart) => {
          const serving = modelServing(chart, 'qwen3', { namespace: token() });
          serving.workload.addJsonPatch(JsonPatch.remove('/spec/replicas'));
          scaler(chart, 'qwen3-decode');
          return new InferenceGateway(chart, 'gateway', { provider: istio }).addModel(serving, route('qwen3'));
        }),
    );
    expect(run.named('s/qwen3/Servers/Workload').ignoreChanges).toEqual(['spec.replicas']);
  });

  test('is granted by itself where routes of other namespaces are admitted, each grant by a name of its own', async () => {
    const run = await runProgram(stackOf(token, { allowedNamespaces: 'All' }));
    const grants = run.objects.filter(({ token: type }) => type.endsWith(':ReferenceGrant')).map(({ inputs }) => inputs);
    expect(grants.map(({ metadata }) => metadata)).toMatchObject([
      { name: 'split-pools', namespace: 'llm' },
      { name: 'split-pools-1', namespace: 'llm' },
    ]);
    const { spec } = run.named('s/gateway/split/Route').inputs as { spec: { rules: { backendRefs: { namespace?: string }[] }[] } };
    expect(spec.rules[0]?.backendRefs.map(({ namespace }) => namespace)).toEqual([undefined, 'llm', 'llm']);
  });
});

describe('namespaces that turn out to differ', () => {
  /** Where the routes look for their Gateway. */
  function parents(at: Mention, servers: readonly string[]) {
    const chart = new ServingChart(new App(), 'chart', { namespace: at('edge') });
    const gateway = new InferenceGateway(chart, 'entrance', { provider: istio });
    const members = servers.map((name, index) => ({ servers: modelServing(chart, `m${index}`, { namespace: at(name) }), weight: 1 }));
    const { spec } = gateway.addSplit(members).route.toJson() as { spec: { parentRefs: { namespace: string }[] } };
    return resolveTokens(spec.parentRefs[0]?.namespace as string);
  }

  test('fail the deployment with the sentence of the rule', async () => {
    const failure = await outputFailure(parents(token, ['edge', 'llm']));
    expect(failure.message).toMatch(
      /^LLMD606 servers of namespace llm cannot attach to gateway "entrance" of namespace edge, which admits routes of its own namespace only: /,
    );
    expect(await outputValue(parents(token, ['edge', 'edge']))).toBe('edge');
  });

  test('are refused at once where they are plain, or where one of them is not given', async () => {
    expect(() => parents(plain, ['edge', 'llm'])).toThrow('LLMD606');
    const { error } = await runFailing(
      () =>
        new ServingStack('s', {}, (chart) => {
          const gateway = new InferenceGateway(chart, 'gateway', { provider: istio });
          return gateway.addModel(modelServing(chart, 'qwen3', { namespace: token() }), route('qwen3'));
        }),
    );
    expect(error.message).toContain(
      'servers of namespace (known at deployment) cannot attach to gateway "gateway" of namespace (none given)',
    );
  });

  test('stay apart to the rules where the Gateway admits others', async () => {
    const run = await runProgram(
      () =>
        new ServingStack('s', { namespace: token('edge') }, (chart) => {
          const gateway = new InferenceGateway(chart, 'gateway', { provider: istio, allowedNamespaces: 'All' });
          for (const id of ['a', 'b']) {
            gateway.addModel(modelServing(chart, id, { namespace: token(id), name: 'same' }), { ...route(id), name: id });
          }
        }),
    );
    expect(run.objects.filter(({ token: type }) => type === 'kubernetes:apps/v1:Deployment')).toHaveLength(4);
  });
});
