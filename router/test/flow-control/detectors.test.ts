import fc from 'fast-check';
import type { ConcurrencyDetector } from '../../src/flow-control/detectors/concurrency-detector';
import type { UtilizationDetector } from '../../src/flow-control/detectors/utilization-detector';
import { flowControlPlugins } from '../../src/flow-control/plugins';
import { coreColumns, type Endpoint, inFlightRequests, inFlightTokens, type PluginFactory } from '../../src/plugin';
import { request, TestContext } from '../support/context';

const cycle = { request: request(), profile: 'default' };

describe('utilization-detector', () => {
  const make = (context: TestContext, parameters = {}) =>
    context.make<UtilizationDetector>(
      flowControlPlugins['utilization-detector'] as PluginFactory,
      'utilization-detector',
      parameters,
      'detector',
    );

  /** An endpoint that reports the load, `age` milliseconds ago. */
  function report(context: TestContext, name: string, waiting: number, usage: number, age = 0): Endpoint {
    const endpoint = context.endpoint(name);
    context.set(coreColumns.waiting, endpoint, waiting);
    context.set(coreColumns.kvUsage, endpoint, usage);
    context.set(coreColumns.updatedAt, endpoint, context.clock.now() - age, Number.NaN);
    return endpoint;
  }

  function kept(context: TestContext, detector: UtilizationDetector): string[] {
    const candidates = context.candidates();
    detector.filter(cycle, candidates);
    return context.names(candidates);
  }

  test('counts an endpoint as its fuller side, and the pool as the mean', () => {
    const context = new TestContext();
    const detector = make(context);
    expect(detector.saturation(context.candidates())).toBe(1);
    report(context, 'queue', 5, 0.4);
    expect(detector.saturation(context.candidates())).toBe(1);
    report(context, 'cache', 1, 0.2);
    expect(detector.saturation(context.candidates())).toBeCloseTo((1 + 0.25) / 2);
    report(context, 'over', 20, 0);
    expect(detector.saturation(context.candidates())).toBeCloseTo((1 + 0.25 + 4) / 3);
  });

  test('takes thresholds from its parameters', () => {
    const context = new TestContext();
    const detector = make(context, { queueDepthThreshold: 10, kvCacheUtilThreshold: 0.5 });
    report(context, 'a', 4, 0.1);
    expect(detector.saturation(context.candidates())).toBeCloseTo(0.4);
    report(context, 'b', 0, 0.5);
    expect(detector.saturation(context.candidates())).toBeCloseTo(0.7);
  });

  test('counts missing and stale metrics as full, and says so', () => {
    const context = new TestContext();
    context.clock.advance(1000);
    const detector = make(context);
    report(context, 'fresh', 0, 0, 200);
    report(context, 'stale', 0, 0, 201);
    context.endpoint('never');
    expect(detector.saturation(context.candidates())).toBeCloseTo(2 / 3);
    expect(detector.staleEndpoints).toBe(2);
    expect(context.metrics.text()).toContain('llm_d_epp_flow_control_stale_endpoints{detector="detector"} 2');
    expect(context.log.messages('warn')).toHaveLength(1);
    detector.saturation(context.candidates());
    context.clock.advance(29_999);
    detector.saturation(context.candidates());
    expect(context.log.messages('warn')).toHaveLength(1);
    context.clock.advance(1);
    detector.saturation(context.candidates());
    expect(context.log.messages('warn')).toHaveLength(2);
    detector.saturation(context.candidates([]));
    expect(context.metrics.text()).toContain('llm_d_epp_flow_control_stale_endpoints{detector="detector"} 0');
  });

  test('counts a pool of stale metrics as idle only when asked to', () => {
    const context = new TestContext({ env: { LLM_D_EPP_FAIL_OPEN_WHEN_ALL_STALE: 'true' } });
    context.clock.advance(1000);
    const detector = make(context);
    report(context, 'stale', 0, 0, 500);
    expect(detector.saturation(context.candidates())).toBe(0);
    expect(detector.saturation(context.candidates([]))).toBe(1);
    report(context, 'fresh', 5, 0);
    expect(detector.saturation(context.candidates())).toBe(1);
    expect(make(new TestContext()).saturation(context.candidates())).toBe(1);
  });

  test('keeps fresh endpoints below both thresholds with headroom, as a filter', () => {
    const context = new TestContext();
    context.clock.advance(1000);
    report(context, 'idle', 0, 0);
    report(context, 'burst', 5, 0.8);
    report(context, 'queue', 6, 0);
    report(context, 'cache', 0, 0.96);
    report(context, 'stale', 0, 0, 300);
    expect(kept(context, make(context, { headroom: 0.2 }))).toEqual(['idle', 'burst']);
    expect(kept(context, make(context))).toEqual(['idle']);
  });

  test('keeps all in their order when it would keep none, as a filter', () => {
    const context = new TestContext();
    for (let i = 0; i < 1000; i++) report(context, `pod-${i}`, 50, 1);
    expect(kept(context, make(context))).toEqual(context.names(context.candidates()));
  });

  test('is never negative, and saturated exactly when the mean is', () => {
    const load = fc.record({
      waiting: fc.nat(20),
      usage: fc.double({ min: 0, max: 1, noNaN: true }),
      age: fc.constantFrom(0, 200, 201, 5000),
    });
    fc.assert(
      fc.property(fc.array(load, { minLength: 1, maxLength: 30 }), (loads) => {
        const context = new TestContext();
        context.clock.advance(10_000);
        const detector = make(context);
        for (const [i, { waiting, usage, age }] of loads.entries()) report(context, `pod-${i}`, waiting, usage, age);
        const each = loads.map(({ waiting, usage, age }) => (age > 200 ? 1 : Math.max(waiting / 5, usage / 0.8)));
        const saturation = detector.saturation(context.candidates());
        expect(saturation).toBeGreaterThanOrEqual(0);
        expect(saturation).toBeCloseTo(each.reduce((sum, value) => sum + value, 0) / each.length, 9);
      }),
    );
  });
});

describe('concurrency-detector', () => {
  const producer = 'inflight-load-producer';
  const make = (context: TestContext, parameters = {}) =>
    context.make<ConcurrencyDetector>(flowControlPlugins['concurrency-detector'] as PluginFactory, 'concurrency-detector', parameters);

  function load(context: TestContext, name: string, requests: number, tokens: number, from = producer): void {
    const endpoint = context.endpoint(name);
    context.set(inFlightRequests(from), endpoint, requests);
    context.set(inFlightTokens(from), endpoint, tokens);
  }

  function kept(context: TestContext, parameters: object): string[] {
    const candidates = context.candidates();
    make(context, parameters).filter(cycle, candidates);
    return context.names(candidates);
  }

  test('compares what is in flight with the capacity, by mode', () => {
    const context = new TestContext();
    load(context, 'requests', 90, 100);
    load(context, 'tokens', 10, 800);
    const limits = { maxConcurrency: 100, maxTokenConcurrency: 1000 };
    expect(make(context, limits).saturation(context.candidates())).toBeCloseTo(0.5);
    expect(make(context, { ...limits, concurrencyMode: 'tokens' }).saturation(context.candidates())).toBeCloseTo(0.45);
    expect(make(context, { ...limits, concurrencyMode: 'hybrid' }).saturation(context.candidates())).toBeCloseTo(0.85);
  });

  test.each(['requests', 'tokens', 'hybrid'])('is 1 for an empty pool and 0 for an idle one (%s)', (concurrencyMode) => {
    const context = new TestContext();
    const detector = make(context, { concurrencyMode });
    expect(detector.saturation(context.candidates())).toBe(1);
    context.pods(3);
    expect(detector.saturation(context.candidates())).toBe(0);
  });

  test('reads the producer that it is told', () => {
    const context = new TestContext();
    load(context, 'a', 50, 0, 'mine');
    expect(make(context, { inFlightLoadProducerName: 'mine' }).saturation(context.candidates())).toBe(0.5);
    expect(make(context).saturation(context.candidates())).toBe(0);
  });

  test('keeps endpoints below their capacity with headroom, and may keep none, as a filter', () => {
    const context = new TestContext();
    load(context, 'idle', 0, 0);
    load(context, 'requests', 11, 0);
    load(context, 'tokens', 0, 105);
    const limits = { maxConcurrency: 10, maxTokenConcurrency: 100 };
    expect(kept(context, limits)).toEqual(['idle', 'tokens']);
    expect(kept(context, { ...limits, concurrencyMode: 'tokens' })).toEqual(['idle', 'requests']);
    expect(kept(context, { ...limits, concurrencyMode: 'hybrid' })).toEqual(['idle']);
    // 10 * 1.15 is 11.5, of which the whole requests count.
    expect(kept(context, { ...limits, headroom: 0.15 })).toEqual(['idle', 'tokens']);
    expect(kept(context, { ...limits, headroom: 0.2, concurrencyMode: 'hybrid' })).toEqual(['idle', 'requests', 'tokens']);
    context.endpoints.remove('default/idle');
    expect(kept(context, { ...limits, concurrencyMode: 'hybrid' })).toEqual([]);
  });
});
