import { App, Chart, Testing } from 'cdk8s';
import {
  GatewayProvider,
  InferenceGateway,
  InferenceRouter,
  LlmdError,
  ModelServing,
  PrefillDecodePair,
  Producer,
  RouterImage,
  RoutingStrategy,
  ServingChart,
  WideEPGroup,
} from '../../lib';
import { EXISTING_OPTIONS, GATEWAY_PROPS } from '../../lib/gateway/inference-gateway-props';
import { MODEL_ROUTE_PROPS, SPLIT_MEMBER_PROPS, SPLIT_PROPS } from '../../lib/gateway/route-props';
import { ROUTER_PROPS } from '../../lib/router/router-props';
import { ROLE_PROPS, SERVING_PROPS, SPLIT_ROLE_PROPS } from '../../lib/servers/serving-props';
import { Accelerator } from '../../lib/values/accelerator';
import { ModelSource } from '../../lib/values/model-source';
import { thrownBy } from '../support/errors';

const BASE = { model: ModelSource.huggingFace('Qwen/Qwen3-0.6B'), accelerator: Accelerator.NVIDIA_H100 };
const DATA = { parallelism: { data: 16 } };
const provider = GatewayProvider.istio();
const ROUTED = {
  image: RouterImage.upstream(),
  proxy: {},
  tracing: { endpoint: 'http://otel:4317' },
  objectives: [{ name: 'a', priority: 1 }],
};
const strategy = RoutingStrategy.predictedLatency().withProducer(Producer.tokens({}));

const newChart = () => new ServingChart(new App(), 'chart', { namespace: 'llm' });
const serversIn = (chart: Chart, id = 'qwen') => new ModelServing(chart, id, BASE);
const any = (value: unknown) => value as never;

/** Everything that takes props: what of, with which props it works, and which there are. */
const TAKERS: readonly (readonly [string, (props: never) => unknown, object, readonly string[]])[] = [
  [
    'ServingChart',
    (props) => new ServingChart(new App(), 'chart', props),
    {},
    ['namespace', 'cluster', 'release', 'imageRegistry', 'imageMirror', 'nameStyle', 'labels'],
  ],
  ['ModelServing', (props) => new ModelServing(newChart(), 'x', props), BASE, Object.keys({ ...SERVING_PROPS, ...ROLE_PROPS })],
  [
    'PrefillDecodePair',
    (props) => new PrefillDecodePair(newChart(), 'x', props),
    { ...BASE, prefill: {}, decode: {} },
    ['prefill', 'decode', 'transfer', ...Object.keys(SERVING_PROPS)],
  ],
  ['`prefill`', (prefill) => new PrefillDecodePair(newChart(), 'x', { ...BASE, prefill, decode: {} }), {}, Object.keys(SPLIT_ROLE_PROPS)],
  [
    'WideEPGroup',
    (props) => new WideEPGroup(newChart(), 'x', props),
    { ...BASE, ...DATA },
    ['prefill', 'decode', 'transfer', 'moeBackend', ...Object.keys({ ...SERVING_PROPS, ...ROLE_PROPS })],
  ],
  ['`decode`', (decode) => new WideEPGroup(newChart(), 'x', { ...BASE, prefill: DATA, decode }), DATA, Object.keys(SPLIT_ROLE_PROPS)],
  [
    '`parallelism`',
    (parallelism) => new ModelServing(newChart(), 'x', { ...BASE, parallelism }),
    {},
    ['tensor', 'pipeline', 'data', 'dataLocal', 'expert'],
  ],
  [
    '`resources`',
    (resources) => new ModelServing(newChart(), 'x', { ...BASE, resources }),
    {},
    ['cpu', 'cpuLimit', 'memory', 'memoryLimit', 'ephemeralStorage'],
  ],
  ['InferenceGateway', (props) => new InferenceGateway(newChart(), 'x', props), { provider }, Object.keys(GATEWAY_PROPS)],
  [
    'InferenceGateway.fromExisting',
    (props) => InferenceGateway.fromExisting(newChart(), 'x', props),
    { provider, name: 'edge' },
    Object.keys(EXISTING_OPTIONS),
  ],
  ['`existing`', (existing) => new InferenceGateway(newChart(), 'x', { provider, existing }), { name: 'edge' }, ['name', 'namespace']],
  [
    '`addModel`',
    (options) => {
      const chart = newChart();
      return new InferenceGateway(chart, 'x', { provider }).addModel(serversIn(chart), options);
    },
    {},
    Object.keys(MODEL_ROUTE_PROPS),
  ],
  [
    '`addSplit`',
    (options) => {
      const chart = newChart();
      return new InferenceGateway(chart, 'x', { provider }).addSplit([{ servers: serversIn(chart), weight: 1 }], options);
    },
    {},
    Object.keys(SPLIT_PROPS),
  ],
  [
    'a member of `addSplit`',
    (member: object) => {
      const chart = newChart();
      const given =
        typeof member === 'object' && member !== null && !Array.isArray(member) ? { servers: serversIn(chart), ...member } : member;
      return new InferenceGateway(chart, 'x', { provider }).addSplit([any(given)]);
    },
    { weight: 1 },
    Object.keys(SPLIT_MEMBER_PROPS),
  ],
  [
    '`match`',
    (match) => {
      const chart = newChart();
      return new InferenceGateway(chart, 'x', { provider }).addModel(serversIn(chart), { match });
    },
    {},
    ['hostname', 'pathPrefix', 'headers', 'modelName'],
  ],
  [
    'InferenceRouter',
    (props: object) => {
      const chart = newChart();
      const given =
        typeof props === 'object' && props !== null && !Array.isArray(props) ? { servers: serversIn(chart).plan, ...props } : props;
      return new InferenceRouter(chart, 'x', any(given));
    },
    { ...ROUTED, strategy },
    Object.keys(ROUTER_PROPS),
  ],
  ...(['tokenizer', 'latencyPredictor', 'tracing', 'proxy'] as const).map(
    (prop) =>
      [
        `\`${prop}\``,
        (value: never) => {
          const chart = newChart();
          return new InferenceRouter(chart, 'x', { ...ROUTED, strategy, servers: serversIn(chart).plan, [prop]: value });
        },
        prop === 'tracing' ? { endpoint: 'http://otel:4317' } : {},
        {
          tokenizer: [
            'replicas',
            'resources',
            'model',
            'image',
            'extraArgs',
            'volumes',
            'volumeMounts',
            'podLabels',
            'nodeSelector',
            'tolerations',
          ],
          latencyPredictor: ['predictionServers', 'trainingResources', 'predictionResources'],
          tracing: ['endpoint', 'sampleRatio'],
          proxy: ['failOpen', 'resources', 'concurrency', 'image'],
        }[prop],
      ] as const,
  ),
];

const BAD_PROPS = [null, 3, 'text', true, [], Symbol('s')];
const BAD_VALUES: readonly unknown[] = [null, 3, '', true, [], [null], {}, { a: null }, Symbol('s'), () => 1];

describe.each(TAKERS)('%s', (owner, take, good, names) => {
  test('works', () => {
    expect(() => take(any({ ...good }))).not.toThrow();
  });

  test.each(BAD_PROPS.map((props) => [props]))('refuses %p instead of its props', (props) => {
    // A role that is null is one that is missing; other props that are null are left out.
    const optional = owner.startsWith('`') && !owner.startsWith('`add');
    if (props !== null || !optional) {
      expect(thrownBy(() => take(any(props))).code).toMatch(/^LLMD10[79]$/);
    }
  });

  test('refuses a name that it does not know', () => {
    const [name = ''] = names;
    const error = thrownBy(() => take(any({ ...good, [`${name}s`]: 1 })));
    expect(error.message).toMatch(/^LLMD109 \[[^\]]*\] /);
    expect(error.detail).toContain(`takes no \`${name}s\`: did you mean \`${name}\`?`);
  });

  test.each(names.map((name) => [name]))('answers what `%s` can not be by a code, if at all', (name) => {
    const others = BAD_VALUES.flatMap((value) => {
      try {
        take(any({ ...good, [name]: value }));
        return [];
      } catch (error) {
        return error instanceof LlmdError ? [] : [`${String(JSON.stringify(value) ?? String(value))}: ${error}`];
      }
    });
    expect(others).toEqual([]);
  });
});

test('what is known where is told with the path of the construct', () => {
  const json = JSON.parse('{ "replcas": 3 }');
  expect(thrownBy(() => new ModelServing(newChart(), 'qwen', { ...BASE, ...json })).message).toBe(
    'LLMD109 [chart/qwen] ModelServing takes no `replcas`: did you mean `replicas`?',
  );
  expect(thrownBy(() => new ServingChart(new App(), 'chart', json)).path).toBe('chart');
  expect(thrownBy(() => InferenceGateway.fromExisting(newChart(), 'edge', any(null))).path).toBe('chart/edge');
});

test('members that are no list are told', () => {
  const gateway = new InferenceGateway(newChart(), 'x', { provider });
  expect(thrownBy(() => gateway.addSplit(any(null))).message).toContain('`members` is "null"');
});

test('what is null is left out inside of options too', () => {
  const serving = (props: object) => Testing.synth(Chart.of(new ModelServing(newChart(), 'qwen', { ...BASE, ...props })));
  const nothing = { parallelism: { tensor: null, data: null }, resources: { cpu: null, cpuLimit: null } };
  expect(serving(nothing)).toEqual(serving({}));
  const routed = (match: object) => {
    const chart = newChart();
    new InferenceGateway(chart, 'x', { provider }).addModel(serversIn(chart), { match });
    return Testing.synth(chart);
  };
  expect(routed({ pathPrefix: null, headers: null })).toEqual(routed({}));
});

describe('a subclass', () => {
  const team = { team: 'search' };
  const gateway = { provider, ...team };

  test.each<[string, () => unknown]>([
    ['ServingChart', () => new (class extends ServingChart {})(new App(), 'chart', any(team))],
    ['ModelServing', () => new (class extends ModelServing {})(newChart(), 'x', any({ ...BASE, ...team }))],
    [
      'PrefillDecodePair',
      () => new (class extends PrefillDecodePair {})(newChart(), 'x', any({ ...BASE, prefill: {}, decode: {}, ...team })),
    ],
    ['WideEPGroup', () => new (class extends WideEPGroup {})(newChart(), 'x', any({ ...BASE, ...DATA, ...team }))],
    ['InferenceGateway', () => new (class extends InferenceGateway {})(newChart(), 'x', any(gateway))],
    [
      'InferenceRouter',
      () => {
        const chart = newChart();
        return new (class extends InferenceRouter {})(chart, 'x', any({ servers: serversIn(chart).plan, ...ROUTED, ...team }));
      },
    ],
  ])('of %s may hand on props of its own', (_, make) => {
    expect(make).not.toThrow();
  });

  test('is told of values of another kind', () => {
    const make = () => new (class extends ModelServing {})(newChart(), 'x', any({ ...BASE, name: 5 }));
    expect(thrownBy(make).message).toContain('`name` is "5"');
  });
});
