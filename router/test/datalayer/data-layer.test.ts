import type { EffectiveConfig } from 'llm-d-epp-config';
import { DataLayer, type DataLayerOptions } from '../../src/datalayer/data-layer';
import { modelsFact } from '../../src/datalayer/extractors/models-data-extractor';
import { dataLayerPlugins } from '../../src/datalayer/plugins';
import type { EventKind, ObjectEvent, ObjectWatch } from '../../src/datalayer/types';
import { coreColumns, type Endpoint, type Plugin } from '../../src/plugin';
import { TestContext } from '../support/context';
import { eventually, response, ScriptedServer, vllmPage } from '../support/datalayer';

type Sources = [string, string[]][];

const metricsOnly: Sources = [['metrics-data-source', ['core-metrics-extractor']]];
const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A data layer whose plugins are named as their types; `others` are further plugins. */
function setup(sources: Sources, options: Partial<DataLayerOptions> = {}, others: Record<string, object> = {}, parameters = {}) {
  const context = new TestContext();
  for (const type of new Set(sources.flatMap(([source, extractors]) => [source, ...extractors]))) {
    const factory = dataLayerPlugins[type];
    if (factory !== undefined) context.make(factory, type, type.endsWith('source') ? parameters : {});
  }
  for (const [name, plugin] of Object.entries(others)) context.plugins.set(name, plugin as Plugin);
  const config = {
    plugins: [...context.plugins.keys()].map((name) => ({ name, type: name })),
    dataLayer: { sources: sources.map(([pluginRef, extractors]) => ({ pluginRef, extractors })), crossReplicaSyncIntervalMs: 200 },
  } as unknown as EffectiveConfig;
  const { endpoints, clock, log, metrics, settings, plugins } = context;
  const shared = { config, plugins, endpoints, clock, log, metrics, settings, refreshPrometheusMetricsIntervalMs: 5 };
  const make = (): DataLayer => {
    const layer = new DataLayer({ ...shared, ...options });
    ends.push(() => layer.stop());
    return layer;
  };
  /** Lets the layer's time pass until something is true. */
  const until = (condition: () => boolean, what: string): Promise<void> =>
    eventually(() => {
      clock.advance(20);
      return condition();
    }, what);
  return { context, make, until };
}

async function serve(body: () => string): Promise<ScriptedServer> {
  const server = await ScriptedServer.start((socket, _, request) =>
    socket.write(request.startsWith('GET /metrics ') ? response(body()) : response('?', '404 Not Found')),
  );
  ends.push(() => server.stop());
  return server;
}

const at = (server: ScriptedServer) => ({ address: server.host, port: server.port });
const waiting = (context: TestContext, { slot }: Endpoint): number => context.endpoints.column(coreColumns.waiting, 0).at(slot);

test('polls the endpoints that are there and those that come, until they go', async () => {
  let queue = 3;
  const server = await serve(() => vllmPage({ waiting: queue, running: 1, kvUsage: 0.5 }));
  const second = await serve(() => vllmPage({ waiting: 40, running: 1, kvUsage: 0.5 }));
  const { context, make, until } = setup(metricsOnly);
  const first = context.endpoint('first', at(server));
  const layer = make();
  await layer.start();
  await until(() => waiting(context, first) === 3, 'the first page');
  queue = 4;
  await until(() => waiting(context, first) === 4, 'a later page');
  const late = context.endpoint('late', at(second));
  await until(() => waiting(context, late) === 40, 'the page of a later endpoint');
  await until(() => context.metrics.text().includes('llm_d_epp_ready_endpoints{name="pool"} 2'), 'the gauges');
  context.endpoints.remove(late.id);
  await until(() => second.lastSocket!.closed, 'the end of the connection');
  const asked = second.requests.length;
  queue = 5;
  await until(() => waiting(context, first) === 5, 'a page after the removal');
  expect(second.requests.length).toBe(asked);
  layer.stop();
  await until(() => server.lastSocket!.closed, 'the end of the last connection');
  const requests = server.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(server.requests.length).toBe(requests);
});

test('an endpoint that fails keeps its values, is counted, and is told of once', async () => {
  let fine = true;
  const server = await ScriptedServer.start((socket) => {
    if (fine) socket.write(response(vllmPage({ waiting: 3, running: 1, kvUsage: 0.5 })));
    else socket.write(response('busy', '503 Service Unavailable'));
  });
  ends.push(() => server.stop());
  const { context, make, until } = setup(metricsOnly);
  const endpoint = context.endpoint('pod', at(server));
  await make().start();
  await until(() => waiting(context, endpoint) === 3, 'the first page');
  fine = false;
  const errors = (name: string): number =>
    Number(
      new RegExp(`^${name}_datalayer_poll_errors_total{source_type="metrics-data-source"} (\\d+)$`, 'm').exec(context.metrics.text())?.[1],
    );
  await until(() => errors('llm_d_epp') >= 5, 'errors');
  expect(errors('llm_d_inference_scheduler')).toBe(errors('llm_d_epp'));
  expect(waiting(context, endpoint)).toBe(3);
  expect(context.log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.reason)).toEqual(['status 503']);
  fine = true;
  await until(() => context.log.messages('info').includes('an endpoint answers the data source again'), 'recovery');
});

test('pages that lack series, and extractors that fail, are counted and told of once', async () => {
  const server = await serve(() => 'vllm:num_requests_waiting 6\n');
  const broken = {
    extractMetrics: () => {
      throw new Error('broken');
    },
  };
  const sources: Sources = [['metrics-data-source', ['broken', 'core-metrics-extractor']]];
  const { context, make, until } = setup(sources, {}, { broken });
  const endpoint = context.endpoint('pod', at(server));
  await make().start();
  const count = (extractor: string): number =>
    Number(
      new RegExp(`^llm_d_epp_datalayer_extract_errors_total{.*extractor_type="${extractor}"} (\\d+)$`, 'm').exec(
        context.metrics.text(),
      )?.[1],
    );
  await until(() => count('core-metrics-extractor') >= 3, 'pages');
  expect(count('broken')).toBeGreaterThanOrEqual(3);
  expect(waiting(context, endpoint)).toBe(6);
  const warnings = context.log.lines.filter(({ level }) => level === 'warn');
  expect(warnings.map(({ fields }) => fields.extractor)).toEqual(['broken', 'core-metrics-extractor']);
});

test('a metrics page that was cut off is not read', async () => {
  let text = 'vllm:num_requests_waiting 25';
  const server = await ScriptedServer.start((socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${text}`));
  ends.push(() => server.stop());
  const { context, make, until } = setup(metricsOnly);
  const endpoint = context.endpoint('pod', at(server));
  await make().start();
  await until(() => context.log.lines.some(({ fields }) => fields.reason === 'the page was cut off'), 'complaint');
  expect(waiting(context, endpoint)).toBe(0);
  text = 'vllm:num_requests_waiting 256\n';
  await until(() => waiting(context, endpoint) === 256, 'the whole page');
});

test('model lists are read', async () => {
  const server = await ScriptedServer.start((socket) => socket.write(response('{"data":[{"id":"m"}]}')));
  ends.push(() => server.stop());
  const { context, make, until } = setup([['models-data-source', ['models-data-extractor']]]);
  const endpoint = context.endpoint('pod', at(server));
  await make().start();
  await until(() => endpoint.facts.has(modelsFact), 'the list');
  expect(endpoint.facts.get(modelsFact)).toEqual([{ id: 'm' }]);
  expect(server.requests[0]).toMatch(/^GET \/v1\/models HTTP/);
});

test('a source over https that is refused is an error of the endpoint, not of the router', async () => {
  const server = await serve(() => 'plain http');
  const { context, make, until } = setup(metricsOnly, {}, {}, { scheme: 'https' });
  context.endpoint('pod', at(server));
  await make().start();
  await until(() => context.log.messages('warn').length === 1, 'complaint');
  expect(context.log.messages('warn')).toEqual(['an endpoint does not answer the data source, its data is getting old']);
});

test('an interval that is no multiple of the base tick is rounded and told of', () => {
  const { context, make } = setup(metricsOnly, {}, {}, { interval: '130ms' });
  make();
  expect(context.log.lines[0]).toMatchObject({ level: 'info', fields: { requestedMs: 130, effectiveMs: 150 } });
});

describe('readiness', () => {
  test('waits for the first metrics of all endpoints, and for those that come later no more', async () => {
    const answers: (() => void)[] = [];
    const slow = await ScriptedServer.start((socket) => answers.push(() => socket.write(response(vllmPage()))));
    ends.push(() => slow.stop());
    const quick = await serve(() => vllmPage());
    const { context, make, until } = setup(metricsOnly);
    const layer = make();
    await layer.start();
    expect(layer.notReady()).toBeUndefined();
    context.endpoint('slow', at(slow));
    expect(layer.notReady()).toBe('0 of 1 endpoints have shown metrics yet');
    context.endpoint('quick', at(quick));
    await eventually(() => layer.notReady() === '1 of 2 endpoints have shown metrics yet', 'the first page');
    answers[0]?.();
    await eventually(() => layer.notReady() === undefined, 'the last page');
    context.endpoint('late', { address: '127.0.0.1', port: 1 });
    expect(layer.notReady()).toBeUndefined();
    await until(() => quick.requests.length > 1, 'a later fetch');
  });

  test('waits for a server that does not answer only as long as a fetch may take', async () => {
    const { context, make } = setup(metricsOnly);
    const layer = make();
    await layer.start();
    context.clock.advance(2000);
    context.endpoint('dead', { address: '127.0.0.1', port: 1 });
    context.endpoint('live', at(await serve(() => vllmPage())));
    await eventually(() => layer.notReady() === '1 of 2 endpoints have shown metrics yet', 'the first page');
    context.clock.advance(999);
    expect(layer.notReady()).toBeDefined();
    context.clock.advance(1);
    expect(layer.notReady()).toBeUndefined();
  });

  test('does not wait for ever', async () => {
    const { context, make } = setup(metricsOnly);
    const layer = make();
    context.endpoint('dead', { address: '127.0.0.1', port: 1 });
    await layer.start();
    context.clock.advance(9999);
    expect(layer.notReady()).toBeDefined();
    context.clock.advance(1);
    expect(layer.notReady()).toBeUndefined();
    expect(context.log.messages('warn')).toContain('no endpoint has shown metrics yet, serving without');
  });

  test('does not depend on metrics that nobody reads', async () => {
    const { context, make } = setup([['metrics-data-source', []]]);
    const layer = make();
    context.endpoint('dead', { address: '127.0.0.1', port: 1 });
    await layer.start();
    expect(layer.notReady()).toBeUndefined();
  });
});

describe('events of endpoints', () => {
  test('go to the extractors that hear them; a failing one does not matter', async () => {
    const heard: string[] = [];
    const hearing = { endpointEvent: (kind: EventKind, { metadata }: Endpoint) => heard.push(`${kind} ${metadata.name}`) };
    const failing = {
      endpointEvent: () => {
        throw new Error('broken');
      },
    };
    const sources: Sources = [['endpoint-notification-source', ['failing', 'hearing', 'deaf', 'topology-extractor']]];
    const { context, make } = setup(sources, {}, { hearing, failing, deaf: {} });
    context.endpoint('early');
    await make().start();
    const late = context.endpoint('late');
    context.endpoints.upsert({ ...late.metadata, labels: { a: 'b' } });
    context.endpoints.remove(late.id);
    expect(heard).toEqual(['added early', 'added late', 'updated late', 'deleted late']);
    expect(context.log.messages('error')).toHaveLength(4);
  });
});

describe('events of objects', () => {
  const sources: Sources = [['k8s-notification-source', ['hearing', 'deaf']]];
  const parameters = { group: 'apps', version: 'v1', kind: 'Deployment' };

  test('go to the extractors until the stop', async () => {
    const heard: ObjectEvent[] = [];
    let tell: (event: ObjectEvent) => void = () => {};
    let stopped = false;
    const objectWatch: ObjectWatch = {
      watch: async (kind, listener) => {
        expect(kind).toEqual(parameters);
        tell = listener;
        return () => {
          stopped = true;
        };
      },
    };
    const hearing = { objectEvent: (event: ObjectEvent) => heard.push(event) };
    const { make } = setup(sources, { objectWatch }, { hearing, deaf: {} }, parameters);
    const layer = make();
    await layer.start();
    tell({ kind: 'added', object: { a: 1 } });
    expect(heard).toEqual([{ kind: 'added', object: { a: 1 } }]);
    layer.stop();
    expect(stopped).toBe(true);
  });

  test('need a cluster', async () => {
    const { make } = setup(sources, {}, { hearing: {}, deaf: {} }, parameters);
    await expect(make().start()).rejects.toThrow(
      'plugin "k8s-notification-source" of type "k8s-notification-source" watches apps/v1 Deployment, which needs a Kubernetes cluster',
    );
  });

  test('need a version and a kind', () => {
    expect(() => setup(sources, {}, {}, { kind: 'Pod' })).toThrow('version and kind are required');
  });
});

test.each([
  [[['metrics-data-source', ['models-data-extractor']]], /"models-data-extractor".* does not read metrics/],
  [[['models-data-source', ['core-metrics-extractor']]], /does not read models/],
  [[['core-metrics-extractor', []]], /is no data source/],
  [[['missing', []]], /names plugin "missing", which does not exist/],
  [[['metrics-data-source', ['missing']]], /names plugin "missing"/],
] as [Sources, RegExp][])('sources %j do not fit together', (sources, reason) => {
  expect(setup(sources).make).toThrow(reason);
});

test('ends all connections at the stop', async () => {
  const server = await serve(() => vllmPage());
  const { context, make, until } = setup(metricsOnly);
  context.endpoint('pod', at(server));
  const layer = make();
  await layer.start();
  await until(() => server.requests.length > 0, 'a request');
  layer.stop();
  await until(() => server.lastSocket!.closed, 'the end of the connection');
  expect(server.connections).toBe(1);
});
