import { coreColumns } from '../../src/plugin';
import { band, FlowFixture } from '../support/flow';

const queueOf = (flow: string, priority = 0) =>
  `{fairness_id="${flow}",priority="${priority}",inference_pool="pool",model_name="model",target_model_name="model"}`;

describe('the metrics of flow control', () => {
  test('show what waits, under both names', async () => {
    const flow = new FlowFixture();
    const running = flow.submit('running');
    flow.submit('1', { flow: 'a', bytes: 30 });
    flow.submit('2', { flow: 'a', bytes: 12 });
    for (const prefix of ['llm_d_epp', 'inference_extension']) {
      expect(flow.metric(`${prefix}_flow_control_queue_size${queueOf('a')}`)).toBe(2);
      expect(flow.metric(`${prefix}_flow_control_queue_bytes${queueOf('a')}`)).toBe(42);
      expect(flow.metric(`${prefix}_flow_control_queue_size${queueOf('default-flow')}`)).toBe(0);
    }
    flow.finish(running);
    await flow.drain();
    expect(flow.metric(`llm_d_epp_flow_control_queue_size${queueOf('a')}`)).toBe(0);
    expect(flow.metric(`llm_d_epp_flow_control_queue_bytes${queueOf('a')}`)).toBe(0);
  });

  test('show how long requests waited and what became of them, under both names', async () => {
    const flow = new FlowFixture({ defaultRequestTtlMs: 2000 });
    const running = flow.submit('running');
    flow.submit('served');
    await flow.timers.advance(1500);
    flow.finish(running);
    await flow.timers.advance(0);
    flow.submit('late');
    await flow.timers.advance(2000);
    for (const prefix of ['llm_d_epp', 'inference_extension']) {
      const series = (outcome: string, rest: string) =>
        `${prefix}_flow_control_request_queue_duration_seconds_${rest}{fairness_id="default-flow",priority="0",outcome="${outcome}",inference_pool="pool",model_name="model",target_model_name="model"}`;
      expect(flow.metric(series('Dispatched', 'count'))).toBe(2);
      expect(flow.metric(series('Dispatched', 'sum'))).toBeCloseTo(1.5);
      expect(flow.metric(series('EvictedTTL', 'sum'))).toBeCloseTo(2);
      expect(flow.metric(`${prefix}_flow_control_dispatch_cycle_duration_seconds_count`)).toBeGreaterThan(0);
      expect(
        flow.metric(
          `${prefix}_flow_control_request_enqueue_duration_seconds_count{fairness_id="default-flow",priority="0",outcome="NotYetFinalized"}`,
        ),
      ).toBe(3);
    }
    expect(flow.metric('llm_d_epp_flow_control_requests_total{outcome="Dispatched",priority="0",inference_pool="pool"}')).toBe(2);
    expect(flow.metric('llm_d_epp_flow_control_requests_total{outcome="EvictedTTL",priority="0",inference_pool="pool"}')).toBe(1);
  });

  test('show the use of the bands, and of all when they are bounded together', () => {
    const flow = new FlowFixture({ maxRequests: 10, maxBytes: 1000, priorityBands: [band(0, { maxRequests: 4, maxBytes: 100 }), band(5)] });
    flow.submit('running');
    flow.submit('1', { bytes: 25 });
    expect(flow.metric('llm_d_epp_flow_control_capacity_utilization_requests{priority="0",inference_pool="pool"}')).toBe(0.25);
    expect(flow.metric('llm_d_epp_flow_control_capacity_utilization_bytes{priority="0",inference_pool="pool"}')).toBe(0.25);
    expect(flow.metric('llm_d_epp_flow_control_capacity_utilization_requests{priority="5",inference_pool="pool"}')).toBe(0);
    expect(flow.metric('llm_d_epp_flow_control_global_capacity_utilization_requests{inference_pool="pool"}')).toBe(0.1);
    expect(flow.metric('llm_d_epp_flow_control_global_capacity_utilization_bytes{inference_pool="pool"}')).toBe(0.025);
    expect(new FlowFixture().metric('llm_d_epp_flow_control_global_capacity_utilization_requests{inference_pool="pool"}')).toBeUndefined();
  });

  test('forget idle flows after five minutes', async () => {
    const flow = new FlowFixture({ capacity: 2, defaultRequestTtlMs: 0 });
    flow.submit('a', { flow: 'idle' });
    flow.submit('b', { flow: 'busy' });
    flow.submit('c', { flow: 'busy' });
    expect(flow.metric(`llm_d_epp_flow_control_queue_size${queueOf('idle')}`)).toBe(0);
    // The clock jumps, so that the polls in between need not run.
    flow.context.clock.advance(299_995);
    await flow.timers.advance(10);
    expect(flow.metric(`llm_d_epp_flow_control_queue_size${queueOf('idle')}`)).toBeUndefined();
    expect(flow.context.metrics.text()).not.toContain('fairness_id="idle"');
    expect(flow.metric(`llm_d_epp_flow_control_queue_size${queueOf('busy')}`)).toBe(1);
  });

  test('do not grow with the fairness ids and models that clients make up', () => {
    const flow = new FlowFixture({ capacity: Number.POSITIVE_INFINITY });
    for (let i = 0; i < 12_000; i++) flow.submit(`${i}`, { flow: `flow ${i}` });
    const series = flow.context.metrics.text().match(/^llm_d_epp_flow_control_queue_size\{/gm) ?? [];
    expect(series.length).toBeLessThanOrEqual(1001);
    expect(flow.metric(`llm_d_epp_flow_control_queue_size${queueOf('other')}`)).toBe(0);
  });

  test('stop with the controller', () => {
    const flow = new FlowFixture();
    flow.control.stop?.();
    const before = flow.evaluations;
    flow.context.metrics.text();
    flow.context.endpoint('new');
    expect(flow.evaluations).toBe(before);
  });
});

describe('the saturation of the pool', () => {
  const saturation = (flow: FlowFixture, stage: string, prefix = 'llm_d_epp') =>
    flow.metric(`${prefix}_flow_control_pool_saturation{inference_pool="pool",stage="${stage}"}`);

  test('is that of the fuller stage', () => {
    const flow = new FlowFixture({ endpoints: 0 });
    const detector = {
      saturation: ({ slots, size }: { slots: Int32Array; size: number }) =>
        Math.max(...[...slots.subarray(0, size)].map((slot) => slot / 10)),
    };
    Object.assign(flow.context.plugins.get('detector') as object, detector);
    const roles = ['prefill', 'decode', 'encode', 'both', 'strange'];
    for (const role of roles) flow.context.endpoint(role, { labels: { 'llm-d.ai/role': role } });
    // Slots 0 to 4: prefill has 0 and 3, decode has 1 and 3.
    expect([saturation(flow, 'prefill'), saturation(flow, 'decode'), saturation(flow, 'effective')]).toEqual([0.3, 0.3, 0.3]);
    flow.context.endpoints.remove('default/both');
    expect([saturation(flow, 'prefill'), saturation(flow, 'decode'), saturation(flow, 'effective')]).toEqual([0, 0.1, 0.1]);
    expect(saturation(flow, 'effective', 'inference_extension')).toBe(0.1);
    flow.context.endpoints.remove('default/prefill');
    expect(saturation(flow, 'prefill')).toBeUndefined();
    // A changed role counts from the next look on; only an encoder and a strange one are left of the others.
    flow.context.endpoint('decode', { address: '10.0.0.2', labels: { 'llm-d.ai/role': 'encode' } });
    expect([saturation(flow, 'decode'), saturation(flow, 'effective')]).toEqual([undefined, 0.4]);
  });

  test.each([
    ['prefill', 1, undefined],
    ['encode-prefill', 1, undefined],
    ['decode', undefined, 1],
    ['', undefined, 1],
    ['prefill-decode', 1, 1],
    ['both', 1, 1],
    ['encode-prefill-decode', 1, 1],
    ['encode', undefined, undefined],
  ])('of role "%s" counts for prefill %p, for decode %p', (role, prefill, decode) => {
    const flow = new FlowFixture({ endpoints: 0 });
    Object.assign(flow.context.plugins.get('detector') as object, { saturation: () => 1 });
    flow.context.endpoint('pod', { labels: { 'llm-d.ai/role': role } });
    expect([saturation(flow, 'prefill'), saturation(flow, 'decode')]).toEqual([prefill, decode]);
  });

  test('shows stale endpoints by stage, where the detector counts them', () => {
    const flow = new FlowFixture({ endpoints: 0, detector: 'utilization-detector' });
    flow.context.clock.advance(1000);
    const [fresh] = [
      flow.context.endpoint('d', { labels: { 'llm-d.ai/role': 'decode' } }),
      flow.context.endpoint('p', { labels: { 'llm-d.ai/role': 'prefill' } }),
      flow.context.endpoint('q', { labels: { 'llm-d.ai/role': 'prefill' } }),
    ];
    flow.context.set(coreColumns.updatedAt, fresh, 1000, Number.NaN);
    const stale = (stage: string) => flow.metric(`llm_d_epp_flow_control_stage_stale_endpoints{inference_pool="pool",stage="${stage}"}`);
    expect([stale('prefill'), stale('decode')]).toEqual([2, 0]);
    expect(saturation(flow, 'effective')).toBe(1);
  });
});
