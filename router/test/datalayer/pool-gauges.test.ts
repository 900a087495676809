import { PoolGauges } from '../../src/datalayer/pool-gauges';
import { coreColumns, type Endpoint } from '../../src/plugin';
import { TestContext } from '../support/context';

function setup() {
  const context = new TestContext();
  const gauges = new PoolGauges(context.endpoints, context.clock, context.settings, context.metrics);
  const stop = gauges.start();
  const put = (endpoint: Endpoint, waiting: number, running: number, kvUsage: number): void => {
    context.set(coreColumns.waiting, endpoint, waiting);
    context.set(coreColumns.running, endpoint, running);
    context.set(coreColumns.kvUsage, endpoint, kvUsage);
    context.set(coreColumns.updatedAt, endpoint, context.clock.now(), Number.NaN);
  };
  const series = (): Record<string, number> =>
    Object.fromEntries(
      context.metrics
        .text()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  return { context, gauges, put, series, stop };
}

test('means, deviations and the number of fresh endpoints are published, under old names too', () => {
  const { context, gauges, put, series } = setup();
  const [a, b, c] = context.pods(3) as [Endpoint, Endpoint, Endpoint];
  put(c, 1000, 1000, 1);
  context.clock.advance(2001);
  put(a, 1, 10, 0.1);
  put(b, 4, 11, 0.4);
  gauges.refresh();
  expect(series()).toMatchObject({
    'llm_d_epp_average_kv_cache_utilization{name="pool"}': 0.25,
    'llm_d_epp_average_queue_size{name="pool"}': 2.5,
    'llm_d_epp_average_running_requests{name="pool"}': 10.5,
    'llm_d_epp_std_dev_kv_cache_utilization{name="pool"}': 0.21,
    'llm_d_epp_std_dev_queue_size{name="pool"}': 2.12,
    'llm_d_epp_std_dev_running_requests{name="pool"}': 0.71,
    'llm_d_epp_ready_endpoints{name="pool"}': 2,
    'inference_pool_average_kv_cache_utilization{name="pool"}': 0.25,
    'inference_pool_average_queue_size{name="pool"}': 2.5,
    'inference_pool_average_running_requests{name="pool"}': 10.5,
    'inference_pool_ready_pods{name="pool"}': 2,
  });
});

test('of one endpoint the deviation is 0', () => {
  const { context, gauges, put, series } = setup();
  put(context.endpoint('a'), 3, 4, 0.5);
  gauges.refresh();
  expect(series()).toMatchObject({
    'llm_d_epp_average_queue_size{name="pool"}': 3,
    'llm_d_epp_std_dev_queue_size{name="pool"}': 0,
  });
});

test('while no endpoint is fresh the means stay', () => {
  const { context, gauges, put, series } = setup();
  const endpoint = context.endpoint('a');
  gauges.refresh();
  expect(series()['llm_d_epp_ready_endpoints{name="pool"}']).toBe(0);
  put(endpoint, 3, 4, 0.5);
  gauges.refresh();
  context.clock.advance(5000);
  gauges.refresh();
  expect(series()).toMatchObject({
    'llm_d_epp_ready_endpoints{name="pool"}': 0,
    'llm_d_epp_average_queue_size{name="pool"}': 3,
  });
});

test('each endpoint has its queue and the age of its metrics', () => {
  const { context, gauges, put, series } = setup();
  const known = context.endpoint('known', { id: 'default/known-rank-0' });
  const silent = context.endpoint('silent');
  gauges.added(known);
  gauges.added(silent);
  context.clock.advance(1000);
  put(known, 7, 1, 0.5);
  context.clock.advance(500);
  expect(series()).toMatchObject({
    'llm_d_epp_per_endpoint_queue_size{name="pool",model_server_endpoint="known-rank-0"}': 7,
    'inference_pool_per_pod_queue_size{name="pool",model_server_pod="known-rank-0"}': 7,
    'llm_d_epp_per_endpoint_queue_size{name="pool",model_server_endpoint="silent"}': 0,
    'llm_d_epp_endpoint_metrics_age_seconds{name="pool",model_server_endpoint="known-rank-0"}': 0.5,
    'llm_d_epp_endpoint_metrics_age_seconds{name="pool",model_server_endpoint="silent"}': 1.5,
  });
  context.endpoints.remove(known.id);
  expect(Object.keys(series()).filter((name) => name.includes('known'))).toEqual([]);
});

test('after the stop nothing is published any more', () => {
  const { context, put, series, stop } = setup();
  const endpoint = context.endpoint('pod');
  put(endpoint, 1, 1, 0.5);
  const name = 'llm_d_epp_per_endpoint_queue_size{name="pool",model_server_endpoint="pod"}';
  expect(series()[name]).toBe(1);
  stop();
  put(endpoint, 2, 1, 0.5);
  expect(series()[name]).toBe(1);
});
