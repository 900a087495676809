import { Cluster, GatewayProvider, InferenceGateway, type InferenceGatewayProps, RouterImage, type ServingChart } from 'cdk8s-llm-d';
import * as llmd from 'cdk8s-llm-d/pulumi';
import { SERVING } from './components/samples';
import { modelServing, served } from './models';
import { outputValue, type RunOptions, runProgram } from './support';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(60_000);

const ROUTE = 's/gateway/qwen3';

/** A cluster whose Gateways have the addresses. */
const cluster = (...addresses: readonly string[]): Pick<RunOptions, 'state'> => ({
  state: (token) => (token.endsWith(':Gateway') ? { status: { addresses: addresses.map((value) => ({ value })) } } : {}),
});

async function endpointsOf(build: (chart: ServingChart) => unknown, options: RunOptions) {
  const run = await runProgram(() => new llmd.ServingStack('s', { namespace: 'llm', cluster: Cluster.gke() }, build), options);
  return { found: await outputValue(run.result.endpoints), output: run.outputs.get(run.named('s').urn)?.endpoints };
}

const routed = (provider: GatewayProvider, props: InferenceGatewayProps = {}) => {
  return (chart: ServingChart) => served(chart, {}, {}, { provider, ...props });
};

const custom = GatewayProvider.custom({ name: 'mesh', gatewayClassName: 'mesh' });

describe('the endpoints of a stack', () => {
  test.each([
    ['standalone', GatewayProvider.standaloneEnvoy(), 'qwen3-epp.llm'],
    ['istio', GatewayProvider.istio(), 'gateway-istio.llm'],
    ['agentgateway', GatewayProvider.agentgateway(), 'gateway.llm'],
    ['kgateway', GatewayProvider.kgateway(), 'gateway.llm'],
    ['envoy-ai-gateway', GatewayProvider.envoyAiGateway(), 'llm-gateway.envoy-gateway-system'],
    ['openshift', GatewayProvider.openShift(), 'gateway-data-science-gateway-class.llm'],
  ])('are known beforehand with %s', async (_, provider, service) => {
    const { found } = await endpointsOf(routed(provider), { preview: true });
    expect(found).toEqual({ [ROUTE]: expect.stringMatching(new RegExp(`^https?://${service}.svc.cluster.local$`)) });
  });

  test.each([
    ['GKE', GatewayProvider.gke()],
    ['an implementation of which no Service is known', custom],
  ])('are what the status of the Gateway says with %s, and unknown before there is one', async (_, provider) => {
    const before = await endpointsOf(routed(provider), { preview: true });
    expect(before).toEqual({ found: undefined, output: '(unknown)' });
    const after = await endpointsOf(routed(provider), cluster('10.0.0.8', '10.0.0.9'));
    expect(after).toEqual({ found: { [ROUTE]: 'http://10.0.0.8' }, output: { [ROUTE]: 'http://10.0.0.8' } });
    const again = await endpointsOf(routed(provider), { preview: true, ...cluster('10.0.0.8') });
    expect(again.found).toEqual({ [ROUTE]: 'http://10.0.0.8' });
  });

  test('keep port, path and scheme, host names that a route asks for, and an address that was given', async () => {
    const build = (chart: ServingChart) => {
      const listeners = [{ port: 8443, protocol: 'HTTPS', certificateRefs: [{ name: 'tls' }] }] as const;
      const gateway = new InferenceGateway(chart, 'gateway', { provider: GatewayProvider.gke(), listeners });
      const other = new InferenceGateway(chart, 'other', { provider: GatewayProvider.gke(), address: 'llm.example.com' });
      const router = { image: RouterImage.upstream() };
      gateway.addModel(modelServing(chart, 'a'), { match: { pathPrefix: '/a' }, router });
      gateway.addModel(modelServing(chart, 'b'), { match: { hostname: 'b.example.com' }, router });
      gateway.addSplit([{ servers: modelServing(chart, 'c'), weight: 1, router }], { match: { hostname: '*.example.com' } });
      other.addModel(modelServing(chart, 'd'), { router });
    };
    expect((await endpointsOf(build, cluster('10.0.0.8'))).found).toEqual({
      's/gateway/a': 'https://10.0.0.8:8443/a',
      's/gateway/b': 'https://b.example.com:8443',
      's/gateway/c': 'https://10.0.0.8:8443',
      's/other/d': 'http://llm.example.com',
    });
  });

  test('are without those of a Gateway that has no address yet, or that someone else has written', async () => {
    const build = (chart: ServingChart) => {
      served(chart, {}, {}, { provider: custom });
      const shared = InferenceGateway.fromExisting(chart, 'shared', { name: 'shared', provider: custom });
      shared.addModel(modelServing(chart, 'a'), { router: { image: RouterImage.upstream() } });
    };
    expect(await endpointsOf(build, cluster())).toEqual({ found: {}, output: {} });
    expect((await endpointsOf(build, cluster('10.0.0.8'))).found).toEqual({ [ROUTE]: 'http://10.0.0.8' });
  });
});

describe('the endpoint of a gateway component', () => {
  const program = () => {
    const servers = new llmd.ModelServing('qwen3', { ...SERVING, namespace: 'llm', cluster: Cluster.gke() });
    const router = { image: RouterImage.upstream() };
    return new llmd.InferenceGateway('gateway', { provider: GatewayProvider.gke(), models: [{ servers, router }] });
  };

  test('is what the status of the Gateway says', async () => {
    const run = await runProgram(program, cluster('10.0.0.8'));
    expect(await outputValue(run.result.url as never)).toBe('http://10.0.0.8');
    expect(run.outputs.get(run.named('gateway').urn)).toMatchObject({ url: 'http://10.0.0.8', endpoints: { qwen3: 'http://10.0.0.8' } });
  });

  test('is unknown in a preview, and has no value while there is no address', async () => {
    const preview = await runProgram(program, { preview: true });
    expect(preview.outputs.get(preview.named('gateway').urn)).toMatchObject({ url: '(unknown)', endpoints: { qwen3: '(unknown)' } });
    const run = await runProgram(program, cluster());
    expect(run.outputs.get(run.named('gateway').urn)).toEqual({ gatewayName: 'gateway', poolNames: ['qwen3'], endpoints: {} });
  });
});

test('resources have the status of their object, and no input for it', async () => {
  const run = await runProgram(() => {
    const stack = new llmd.ServingStack('s', { namespace: 'llm' }, (chart) => served(chart, {}, {}, { provider: custom }));
    return stack.resources.get('s/gateway/Gateway')?.status;
  }, cluster('10.0.0.8'));
  expect(await outputValue(run.result as never)).toEqual({ addresses: [{ value: '10.0.0.8' }] });
  expect(run.objects.filter(({ inputs }) => 'status' in inputs)).toEqual([]);
});
