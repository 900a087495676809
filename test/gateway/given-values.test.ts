import { App } from 'cdk8s';
import { InferenceGateway, type ModelRouteOptions } from '../../lib';
import { GatewayProvider } from '../../lib/gateway/gateway-provider';
import type { InferenceGatewayProps } from '../../lib/gateway/inference-gateway-props';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import type { Scorer } from '../../lib/routing/scorer';
import { ModelServing } from '../../lib/servers/model-serving';
import { ServingChart } from '../../lib/serving-chart';
import { failing } from '../../lib/testing';
import { Accelerator } from '../../lib/values/accelerator';
import { ModelSource } from '../../lib/values/model-source';
import { thrownBy } from '../support/errors';

const provider = GatewayProvider.istio();
const setUp = () => {
  const app = new App();
  const chart = new ServingChart(app, 'chart', { namespace: 'llm' });
  const model = ModelSource.huggingFace('Qwen/Qwen3-8B');
  return { app, chart, servers: new ModelServing(chart, 'qwen', { model, accelerator: Accelerator.NVIDIA_H100 }) };
};
const gatewayOf = (props: object) => new InferenceGateway(setUp().chart, 'gateway', props as InferenceGatewayProps);
const route = (options: object, props: object = { provider }) => {
  const { chart, servers } = setUp();
  return new InferenceGateway(chart, 'gateway', props as InferenceGatewayProps).addModel(servers, options as ModelRouteOptions);
};

test.each([
  [{ provider: 'istio' }, 'GatewayProvider.istio()'],
  [{ provider, namespace: 'A B' }, 'namespace'],
  [{ provider, allowedNamespaces: 'Some' }, '"Same" or "All"'],
  [{ provider, annotations: { 'a b': 'c' } }, 'annotation'],
  [{ provider, existing: { name: 'A B' } }, 'existing.name'],
  [{ provider, existing: { name: 'a', namespace: 'U_' } }, 'existing.namespace'],
  [{ provider, listeners: [{ port: 80, name: 'A B' }] }, 'listeners.name'],
  [{ provider, listeners: [{ port: 80, hostname: 'Ü' }] }, 'listeners.hostname'],
  [{ provider, listeners: [{ port: 443, protocol: 'TLS' }] }, '"HTTP" or "HTTPS"'],
])('a gateway that the API server would refuse is refused: %#', (props, told) => {
  const error = thrownBy(() => gatewayOf(props));
  expect(error.code).toBe('LLMD107');
  expect(error.path).toBe('chart/gateway');
  expect(error.detail).toContain(told);
});

test.each([
  [{ match: { hostname: 5 } }, 'match.hostname'],
  [{ match: { pathPrefix: 5 } }, 'match.pathPrefix'],
  [{ match: { modelName: 5 } }, 'match.modelName'],
  [{ match: { headers: { a: 5 } } }, 'match.headers'],
  [{ requestTimeout: 5 }, 'Duration'],
  [{ routing: 'prefixAware' }, 'RoutingStrategy'],
  [{ router: { image: 'x' } }, 'RouterImage'],
  [{ router: { mode: 'x' } }, '"pool" or "selector"'],
  [{ router: { failureMode: 'x' } }, 'FailOpen'],
  [{ router: { logLevel: 9 } }, '"warn" or "info"'],
  [{ router: { priorityClassName: 'A B' } }, 'priorityClassName'],
  [{ router: { imagePullSecrets: ['A B'] } }, 'imagePullSecrets'],
  [{ router: { monitoring: true, scrapeInterval: 5 } }, 'Duration'],
])('an option of a route that cannot work is refused: %j', (options, told) => {
  const error = thrownBy(() => route(options));
  expect(error.code).toBe('LLMD107');
  expect(error.detail).toContain(told);
});

test('a host name that is null is none', () => {
  expect(route({ match: { hostname: null, modelName: null } }).route?.toJson().spec.hostnames).toBeUndefined();
});

test('a route is named like an object, also where none carries the name', () => {
  expect(thrownBy(() => route({ name: 'A B' }, {})).code).toBe('LLMD101');
  expect(thrownBy(() => route({ name: '' }, {})).code).toBe('LLMD101');
});

test('what is no server is refused', () => {
  expect(thrownBy(() => gatewayOf({}).addModel({} as never)).detail).toContain('ModelServing');
  expect(thrownBy(() => gatewayOf({ provider }).addSplit([{ weight: 1 } as never])).code).toBe('LLMD107');
});

test('what is no plugin is refused where it is given', () => {
  expect(thrownBy(() => RoutingStrategy.prefixAware().withScorer('queue' as unknown as Scorer)).detail).toContain('Scorer');
  expect(thrownBy(() => RoutingStrategy.prefixAware().withProducer(undefined as never)).code).toBe('LLMD105');
});

test('servers of two gateways are told as such, not only by their names', () => {
  const { app, chart, servers } = setUp();
  new InferenceGateway(chart, 'first').addModel(servers);
  expect(failing(app).map(({ code }) => code)).not.toContain('LLMD601');
  new InferenceGateway(chart, 'second', { provider }).addModel(servers);
  const told = failing(app).filter(({ code }) => code === 'LLMD601');
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ path: 'chart/second/qwen', message: expect.stringContaining('already routed by gateway "first"') });
});
