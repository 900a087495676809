import { ApiObject, App } from 'cdk8s';
import {
  GatewayProvider,
  InferenceGateway,
  type InferenceGatewayProps,
  ModelServing,
  Producer,
  RouterImage,
  RoutingStrategy,
  ServingChart,
} from '../../lib';
import { Accelerator } from '../../lib/values/accelerator';
import { ModelSource } from '../../lib/values/model-source';
import { type ManifestJson, unlabelled } from '../support/manifests';

const NAME = 'app.kubernetes.io/name';
const PART_OF = 'app.kubernetes.io/part-of';
const base = { model: ModelSource.huggingFace('Qwen/Qwen3-0.6B'), accelerator: Accelerator.SIMULATOR };

interface Labelled extends ManifestJson {
  readonly metadata: ManifestJson['metadata'] & { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Two models behind a gateway, the first with a split besides, whose second member lives elsewhere. */
function deploy(props: InferenceGatewayProps, labels?: Record<string, string>) {
  const chart = new ServingChart(new App(), 'chart', { namespace: 'llm', ...(labels === undefined ? {} : { labels }) });
  const [qwen, blue, green] = [{ name: 'qwen' }, { name: 'blue' }, { name: 'green', namespace: 'other' }].map(
    (server) => new ModelServing(chart, server.name, { ...base, ...server }),
  ) as [ModelServing, ModelServing, ModelServing];
  const gateway = new InferenceGateway(chart, 'gate', { ...(props.provider === undefined ? {} : { allowedNamespaces: 'All' }), ...props });
  const match = (modelName: string) => (gateway.provider.standalone ? {} : { match: { modelName } });
  gateway.addModel(qwen, {
    ...match('qwen'),
    router: { monitoring: true, metricsAuth: true, objectives: [{ name: 'fast', priority: 1 }] },
  });
  if (!gateway.provider.standalone) {
    gateway.addSplit(
      [
        { servers: blue, weight: 9 },
        { servers: green, weight: 1 },
      ],
      { name: 'split', ...match('split') },
    );
  }
  const objects = chart.toJson() as Labelled[];
  const labelsOf = (kind: string, name?: string) =>
    objects.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name))?.metadata.labels;
  return { chart, objects, labelsOf };
}

const certificate = { port: 443, protocol: 'HTTPS', certificateRefs: [{ name: 'tls', namespace: 'certificates' }] } as const;

test.each<[string, InferenceGatewayProps]>([
  ['no Gateway', {}],
  ['Istio', { provider: GatewayProvider.istio({ accessLogging: true }), listeners: [certificate], grantCertificates: true }],
  ['agentgateway', { provider: GatewayProvider.agentgateway() }],
  ['GKE', { provider: GatewayProvider.gke() }],
  ['Envoy AI Gateway', { provider: GatewayProvider.envoyAiGateway({ createClass: true }) }],
  ['OpenShift', { provider: GatewayProvider.openShift() }],
  ['another one', { provider: GatewayProvider.custom({ name: 'nginx', gatewayClassName: 'nginx', istio: true }) }],
])('with %s, every object says what it belongs to', (_, props) => {
  expect(unlabelled(deploy(props).chart)).toEqual([]);
});

test('an object without the labels would be noticed', () => {
  const { chart } = deploy({ provider: GatewayProvider.custom({ name: 'nginx', gatewayClassName: 'nginx' }) });
  const route = chart.node.findAll().find((construct) => construct.node.path === 'chart/gate/qwen/Route') as never as {
    metadata: { addLabel(key: string, value: unknown): void };
  };
  route.metadata.addLabel(PART_OF, undefined);
  expect(unlabelled(chart)).toEqual(['HTTPRoute qwen']);
});

test('what it belongs to is the server, the router, the gateway or the route', () => {
  const { labelsOf } = deploy({
    provider: GatewayProvider.istio({ accessLogging: true }),
    listeners: [certificate],
    grantCertificates: true,
  });
  expect(labelsOf('Deployment', 'qwen-decode')?.[NAME]).toBe('qwen');
  for (const [kind, name] of [
    ['InferencePool', 'qwen'],
    ['InferenceObjective', 'fast'],
    ['DestinationRule', 'qwen-epp'],
  ] as const) {
    expect(labelsOf(kind, name)).toEqual({ [NAME]: 'qwen-epp', [PART_OF]: 'llm-d' });
  }
  for (const [kind, name] of [
    ['ConfigMap', 'gate-proxy'],
    ['Telemetry', 'gate'],
    ['ReferenceGrant', 'gate-certificates'],
  ] as const) {
    expect(labelsOf(kind, name)).toEqual({ [NAME]: 'gate', [PART_OF]: 'llm-d' });
  }
  expect(labelsOf('Gateway')).toMatchObject({ [NAME]: 'gate', [PART_OF]: 'llm-d' });
  expect(labelsOf('HTTPRoute', 'qwen')).toEqual({ [NAME]: 'qwen', [PART_OF]: 'llm-d' });
  expect(labelsOf('HTTPRoute', 'split')?.[NAME]).toBe('split');
  expect(labelsOf('ReferenceGrant', 'split-pools')?.[NAME]).toBe('split');
});

test('a chart that is part of something else keeps its label on objects, pods and selectors do not change', () => {
  const plain = deploy({ provider: GatewayProvider.istio() });
  const named = deploy({ provider: GatewayProvider.istio() }, { [PART_OF]: 'shop' });
  expect(new Set(named.objects.map(({ metadata }) => metadata.labels?.[PART_OF]))).toEqual(new Set(['shop']));
  expect(named.objects.map(({ spec }) => spec)).toEqual(plain.objects.map(({ spec }) => spec));
});

test('selectors and pods of the router go by its name only', () => {
  const { objects } = deploy({ provider: GatewayProvider.istio() });
  const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor');
  expect(monitor?.spec.selector).toEqual({ matchLabels: { [NAME]: 'qwen-epp' } });
  const router = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'qwen-epp');
  expect(JSON.stringify(router?.spec)).not.toContain(PART_OF);
});

test('the services beside a router are labelled too', () => {
  const chart = new ServingChart(new App(), 'chart', { namespace: 'llm' });
  const servers = new ModelServing(chart, 'qwen', base);
  const gateway = new InferenceGateway(chart, 'gate');
  const router = { image: RouterImage.upstream(), monitoring: true, monitorLabels: { [PART_OF]: 'ops' } };
  gateway.addModel(servers, { router, routing: RoutingStrategy.predictedLatency().withProducer(Producer.tokens({})) });
  expect(unlabelled(chart)).toEqual([]);
  const labels = (name: string) =>
    chart.node
      .findAll()
      .filter(ApiObject.isApiObject)
      .find((object) => object.name === name)
      ?.toJson().metadata.labels;
  expect(labels('qwen-epp-latency-predictor-training')).toEqual({ [NAME]: 'qwen-epp', [PART_OF]: 'llm-d' });
  expect(labels('qwen-envoy')).toEqual({ [NAME]: 'qwen-epp', [PART_OF]: 'llm-d' });
  expect(labels('qwen-render')).toEqual({ [NAME]: 'qwen-render', [PART_OF]: 'llm-d', 'app.kubernetes.io/component': 'tokenizer' });
  expect(labels('qwen-epp-monitor')).toEqual({ [NAME]: 'qwen-epp', [PART_OF]: 'ops' });
});

test('labels that were given to a Gateway win', () => {
  const provider = GatewayProvider.custom({ name: 'nginx', gatewayClassName: 'nginx', labels: { [NAME]: 'nginx' } });
  expect(deploy({ provider }).labelsOf('Gateway')).toEqual({ [NAME]: 'nginx', [PART_OF]: 'llm-d' });
  expect(deploy({ provider, labels: { [NAME]: 'mine' } }).labelsOf('Gateway')?.[NAME]).toBe('mine');
});
