import fc from 'fast-check';
import { InferenceError } from '../../src/plugin';
import { band, FlowFixture, type Submitted } from '../support/flow';

const fairness = fc.constantFrom('global-strict-fairness-policy', 'round-robin-fairness-policy', 'program-aware-fairness');
const ordering = fc.constantFrom('fcfs-ordering-policy', 'edf-ordering-policy', 'slo-deadline-ordering-policy');
const flowId = fc.constantFrom('a', 'b', 'c', 'Ω', '😀');

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      priority: fc.integer({ min: -2, max: 2 }),
      flow: flowId,
      bytes: fc.integer({ min: 0, max: 30 }),
      slow: fc.boolean(),
      slo: fc.option(fc.integer({ min: 0, max: 500 })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'finish' as const, 'send' as const), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), by: fc.integer({ min: 0, max: 120 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('endpoint' as const) }) },
);

test('every request has exactly one outcome, whatever ends its wait, and nothing is left behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fairness,
      ordering,
      fc.integer({ min: 1, max: 3 }),
      async (steps, fair, order, capacity) => {
        const settings = { fairnessPolicy: fair, orderingPolicy: order, maxRequests: 6, maxBytes: 100 };
        const flow = new FlowFixture({
          capacity,
          maxRequests: 12,
          maxBytes: 200,
          defaultRequestTtlMs: 150,
          noEndpointRequestTtlMs: 90,
          defaultPriorityBand: band(0, settings),
          defaultNegativePriorityBand: band(0, settings),
          priorityBands: [band(0, settings)],
        });
        const all: Submitted[] = [];
        for (const [index, action] of steps.entries()) {
          const waiting = all.filter(({ outcome }) => outcome === 'waiting');
          if (action.kind === 'submit') {
            const headers: Record<string, string> = action.slo === null ? {} : { 'x-llm-d-slo-ttft-ms': String(action.slo) };
            all.push(flow.submit(String(index), { ...action, headers }));
          } else if (action.kind === 'cancel') {
            all[action.which % all.length]?.admission?.cancel();
          } else if (action.kind === 'finish') {
            const running = flow.order.filter(({ ended }) => !ended);
            if (running.length > 0) flow.finish(running[action.which % running.length] as Submitted);
          } else if (action.kind === 'send') {
            const unsent = flow.order.filter(({ sent, ended }) => !sent && !ended);
            if (unsent.length > 0) flow.send(unsent[action.which % unsent.length] as Submitted);
          } else if (action.kind === 'advance') {
            await flow.timers.advance(action.by);
          } else if (flow.context.endpoints.size > 0) {
            flow.context.endpoints.remove('default/pod-0');
          } else {
            flow.context.endpoint('pod-0');
          }
          expect(waiting.length).toBeLessThanOrEqual(12);
        }
        flow.control.stop?.();
        await flow.timers.advance(1000);
        expect(all.map(({ outcomes }) => outcomes.length)).toEqual(all.map(() => 1));
        for (const { outcome } of all) expect(outcome === 'through' || outcome instanceof InferenceError).toBe(true);
        const page = flow.context.metrics.text();
        const sum = (pattern: RegExp) => [...page.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
        expect(sum(/^llm_d_epp_flow_control_requests_total\{.*\} (.*)$/gm)).toBe(all.length);
        expect(sum(/^llm_d_epp_flow_control_request_queue_duration_seconds_count\{.*\} (.*)$/gm)).toBe(all.length);
        expect(
          [...page.matchAll(/^llm_d_epp_flow_control_queue_(?:size|bytes)\{.*\} (.*)$/gm)].filter(([, value]) => value !== '0'),
        ).toEqual([]);
      },
    ),
    { numRuns: 150 },
  );
});

test('requests that are sent at once never run beyond the capacity', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.tuple(fc.integer({ min: -2, max: 2 }), flowId), { maxLength: 40 }),
      async (capacity, requests) => {
        const flow = new FlowFixture({ capacity });
        for (const [index, [priority, id]] of requests.entries()) flow.submit(String(index), { priority, flow: id });
        expect((await flow.drain()).length + Math.min(capacity, requests.length)).toBe(requests.length);
        expect(flow.mostRunning).toBe(Math.min(capacity, requests.length));
      },
    ),
  );
});

test('what waits is served by priority, and within one by arrival', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), flowId), { minLength: 1, maxLength: 50 }), async (requests) => {
      const flow = new FlowFixture();
      flow.submit('running');
      for (const [index, [priority, id]] of requests.entries()) flow.submit(`${priority}/${index}`, { priority, flow: id });
      const expected = requests
        .map(([priority], index) => ({ priority, index }))
        .sort((a, b) => b.priority - a.priority || a.index - b.index)
        .map(({ priority, index }) => `${priority}/${index}`);
      expect(await flow.drain()).toEqual(expected);
    }),
  );
});

test('round robin serves each flow that waits within as many passages as there are flows', async () => {
  const settings = band(0, { fairnessPolicy: 'round-robin-fairness-policy' });
  const ids = fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme' });
  await fc.assert(
    fc.asyncProperty(fc.array(ids, { minLength: 1, maxLength: 60 }), async (flows) => {
      const flow = new FlowFixture({ priorityBands: [settings] });
      flow.submit('running');
      const left = new Map<string, number>();
      for (const id of flows) {
        flow.submit(id, { flow: id });
        left.set(id, (left.get(id) ?? 0) + 1);
      }
      const unserved = new Map([...left.keys()].map((id) => [id, 0]));
      for (const served of await flow.drain()) {
        for (const [id, passages] of unserved) {
          unserved.set(id, id === served ? 0 : passages + 1);
          expect(passages).toBeLessThan(left.size);
        }
        const rest = (left.get(served) as number) - 1;
        left.set(served, rest);
        if (rest === 0) unserved.delete(served);
      }
      expect([...left.values()].every((rest) => rest === 0)).toBe(true);
    }),
  );
});

test('ten thousand requests of a thousand flows all get through, in turn', async () => {
  const flow = new FlowFixture({ priorityBands: [band(0, { fairnessPolicy: 'round-robin-fairness-policy', maxRequests: 10_000 })] });
  flow.submit('running');
  for (let i = 0; i < 10_000; i++) flow.submit(String(i % 1000).padStart(4, '0'), { flow: String(i % 1000).padStart(4, '0') });
  flow.capacity = Number.POSITIVE_INFINITY;
  await flow.timers.advance(2);
  const names = flow.order.slice(1).map(({ name }) => name);
  expect(names).toHaveLength(10_000);
  expect(names.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, i) => String(i).padStart(4, '0')));
  expect(names.slice(9000)).toEqual(names.slice(0, 1000));
});
