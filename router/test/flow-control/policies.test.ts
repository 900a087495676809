import fc from 'fast-check';
import { flowControlPlugins } from '../../src/flow-control/plugins';
import type { EvictionFilter, EvictionOrder, PluginFactory, UsageLimitPolicy } from '../../src/plugin';
import { TestContext } from '../support/context';
import { band, FlowFixture } from '../support/flow';

const make = <P extends object>(type: string, parameters = {}) =>
  new TestContext().make(flowControlPlugins[type] as PluginFactory, type, parameters) as P;

function limits(policy: UsageLimitPolicy, saturation: number, priorities: readonly number[]): number[] {
  // Longer than the list, as the controller's array may be.
  const ceilings = new Float64Array(priorities.length + 1).fill(1);
  ceilings[priorities.length] = 42;
  policy.limits(saturation, priorities, ceilings);
  expect(ceilings[priorities.length]).toBe(42);
  return [...ceilings.subarray(0, priorities.length)];
}

describe('usage limits', () => {
  const descending = fc
    .uniqueArray(fc.integer({ min: -1000, max: 1000 }), { maxLength: 20 })
    .map((priorities) => priorities.sort((a, b) => b - a));

  test('static: one threshold for all', () => {
    expect(limits(make('static-usage-limit-policy'), 0.9, [3, 0, -1])).toEqual([1, 1, 1]);
    expect(limits(make('static-usage-limit-policy', { threshold: 0.7 }), 0.9, [3, 0])).toEqual([0.7, 0.7]);
    expect(limits(make('static-usage-limit-policy'), 0.9, [])).toEqual([]);
  });

  test('holdback by rank: equal steps from the highest to the lowest', () => {
    const policy = make<UsageLimitPolicy>('priority-holdback-policy', { minCeiling: 0.5, maxCeiling: 0.9 });
    expect(limits(policy, 0, [100, 1, 0]).map((ceiling) => Math.round(ceiling * 1e9) / 1e9)).toEqual([0.9, 0.7, 0.5]);
    expect(limits(policy, 0, [-7])).toEqual([0.9]);
    expect(limits(policy, 0, [])).toEqual([]);
  });

  test('holdback by value: in proportion to the priorities', () => {
    const policy = make<UsageLimitPolicy>('priority-holdback-policy', { minCeiling: 0.5, domain: 'value' });
    expect(limits(policy, 0, [100, 50, 25, 0])).toEqual([1, 0.75, 0.625, 0.5]);
    expect(limits(policy, 0, [100])).toEqual([1]);
  });

  test('holdback never gives a lower priority more, and stays within its bounds', () => {
    const bounds = fc.tuple(fc.double({ min: 0, max: 0.5, noNaN: true }), fc.double({ min: 0.51, max: 1, noNaN: true }));
    fc.assert(
      fc.property(descending, bounds, fc.constantFrom('rank', 'value'), (priorities, [minCeiling, maxCeiling], domain) => {
        const ceilings = limits(make('priority-holdback-policy', { minCeiling, maxCeiling, domain }), 0.5, priorities);
        for (const [i, ceiling] of ceilings.entries()) {
          expect(ceiling).toBeGreaterThanOrEqual(minCeiling - 1e-12);
          expect(ceiling).toBeLessThanOrEqual(maxCeiling);
          if (i > 0) expect(ceiling).toBeLessThanOrEqual(ceilings[i - 1] as number);
        }
      }),
    );
  });

  test('soft reflective ceiling: open below the ceiling, one in so many beyond it, closed when full', () => {
    const policy = make<UsageLimitPolicy>('soft-reflective-ceiling-policy');
    expect(limits(policy, 0.3, [2, 1, 0])).toEqual([1, 1, 1]);
    expect(limits(policy, 1, [2, 1, 0])).toEqual([1, 0, 0]);
    // At 0.75 the ceilings are 1, 0.625 and 0.25: both lower ranks are open in one of three decisions.
    const opened = Array.from({ length: 9 }, () => limits(policy, 0.75, [2, 1, 0]));
    expect(opened.map(([, , lowest]) => lowest)).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
    expect(opened.map(([, middle]) => middle)).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
    // At 0.6 the middle one, with 0.7, is not thinned out; round(0.6 / 0.4) is 1 or 2.
    expect(limits(policy, 0.6, [2, 1, 0]).slice(0, 2)).toEqual([1, 1]);
    expect(limits(policy, 0.99, [2])).toEqual([1]);
  });

  test('soft reflective ceiling: never opens a lower rank while a higher one is closed', () => {
    const policy = make<UsageLimitPolicy>('soft-reflective-ceiling-policy');
    fc.assert(
      fc.property(descending, fc.double({ min: 0, max: 2, noNaN: true }), (priorities, saturation) => {
        const ceilings = limits(policy, saturation, priorities);
        for (const [i, ceiling] of ceilings.entries()) {
          expect([0, 1]).toContain(ceiling);
          if (i > 0) expect(ceiling).toBeLessThanOrEqual(ceilings[i - 1] as number);
        }
        if (ceilings.length > 0) expect(ceilings[0]).toBe(1);
      }),
    );
  });
});

describe('eviction', () => {
  test('filter lets only negative priorities go', () => {
    const filter = make<EvictionFilter>('sheddable-eviction-filter');
    const verdicts = [-1, -100, 0, 1].map((priority) => filter.evictable({ priority, dispatchedAt: 0, sequence: 0 }));
    expect(verdicts).toEqual([true, true, false, false]);
  });

  test('order is priority, then the newest', () => {
    const order = make<EvictionOrder>('priority-then-time-eviction-order-policy');
    const running = [
      { priority: -1, dispatchedAt: 5, sequence: 0 },
      { priority: -2, dispatchedAt: 1, sequence: 1 },
      { priority: -2, dispatchedAt: 9, sequence: 2 },
      { priority: -2, dispatchedAt: 9, sequence: 3 },
    ];
    expect([...running].sort((a, b) => (order.evictedBefore(a, b) ? -1 : 1)).map(({ sequence }) => sequence)).toEqual([3, 2, 1, 0]);
  });
});

describe('ordering', () => {
  async function order(orderingPolicy: string, ttlMs: number, headers: readonly Record<string, string>[]): Promise<string[]> {
    const flow = new FlowFixture({
      defaultRequestTtlMs: ttlMs,
      noEndpointRequestTtlMs: ttlMs,
      priorityBands: [band(0, { orderingPolicy })],
    });
    flow.submit('running');
    for (const [index, each] of headers.entries()) {
      flow.submit(String(index), { headers: each, flow: `flow ${index % 2}` });
      await flow.timers.advance(5);
    }
    return flow.drain();
  }

  test.each(['fcfs-ordering-policy', 'edf-ordering-policy'])(
    '%s is by arrival, as all have the same time to live or none',
    async (policy) => {
      expect(await order(policy, 60_000, [{}, {}, {}])).toEqual(['0', '1', '2']);
      expect(await order(policy, 0, [{}, {}, {}])).toEqual(['0', '1', '2']);
    },
  );

  test('slo-deadline-ordering-policy is by receipt plus objective; without a valid one last, by receipt', async () => {
    const slo = (value: string) => ({ 'x-llm-d-slo-ttft-ms': value });
    const headers: Record<string, string>[] = [
      {},
      slo('1000'),
      slo(' 100 '),
      slo('-1'),
      { 'x-slo-ttft-ms': '500' },
      { ...slo(''), 'x-slo-ttft-ms': '1' },
      slo('12.5'),
      slo('9223372036855'),
      slo('0'),
    ];
    expect(await order('slo-deadline-ordering-policy', 60_000, headers)).toEqual(['8', '2', '4', '1', '0', '3', '5', '6', '7']);
  });
});

describe('fairness', () => {
  const queued = ['b', 'a', 'b', 'c', 'a', 'b'];

  async function order(fairnessPolicy: string, flows: readonly string[], before?: (flow: FlowFixture) => void): Promise<string[]> {
    const flow = new FlowFixture({ priorityBands: [band(0, { fairnessPolicy })] });
    before?.(flow);
    flow.submit('running', { flow: 'z' });
    for (const id of flows) flow.submit(id, { flow: id });
    return flow.drain();
  }

  test('global strict ignores whose the requests are', async () => {
    expect(await order('global-strict-fairness-policy', queued)).toEqual(queued);
  });

  test('round robin takes the next flow by id after the last one', async () => {
    expect(await order('round-robin-fairness-policy', queued)).toEqual(['a', 'b', 'c', 'a', 'b', 'b']);
    const flow = new FlowFixture({ priorityBands: [band(0, { fairnessPolicy: 'round-robin-fairness-policy' })] });
    flow.submit('running', { flow: 'b' });
    for (const id of queued) flow.submit(id, { flow: id });
    expect(await flow.drain()).toEqual(['c', 'a', 'b', 'a', 'b', 'b']);
  });

  test('program-aware takes the first request where nothing is known of anybody', async () => {
    expect(await order('program-aware-fairness', ['y', 'x'])).toEqual(['y', 'x']);
  });

  test.each(['global-strict-fairness-policy', 'round-robin-fairness-policy', 'program-aware-fairness'])(
    '%s serves one flow by arrival',
    async (policy) => {
      expect(await order(policy, ['a', 'a', 'a'])).toEqual(['a', 'a', 'a']);
    },
  );
});
