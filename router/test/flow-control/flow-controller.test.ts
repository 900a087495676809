import type { FlowQueue } from '../../src/plugin';
import { band, FlowFixture } from '../support/flow';

const ceilings = (...values: number[]) => ({ limits: (_: number, __: readonly number[], out: Float64Array) => out.set(values) });

describe('a request', () => {
  test('goes through at once, without a promise or a timer, while the pool has room', () => {
    const flow = new FlowFixture({ capacity: 2 });
    const timers = flow.timers.size;
    expect(flow.submit('a').admission?.wait).toBeUndefined();
    expect(flow.submit('b').outcome).toBe('through');
    expect(flow.timers.size).toBe(timers);
  });

  test('waits while the pool is full, and goes on when a request ends', async () => {
    const flow = new FlowFixture();
    const first = flow.submit('a');
    const second = flow.submit('b');
    await flow.timers.advance(100);
    expect(second.outcome).toBe('waiting');
    flow.finish(first);
    await flow.timers.advance(0);
    expect(second.outcome).toBe('through');
  });

  test('goes on within a millisecond when metrics show room that nothing announced', async () => {
    const flow = new FlowFixture();
    flow.submit('a');
    const second = flow.submit('b');
    await flow.timers.advance(10);
    flow.capacity = 5;
    await flow.timers.advance(0);
    expect(second.outcome).toBe('waiting');
    await flow.timers.advance(1);
    expect(second.outcome).toBe('through');
  });

  test('that waits costs a look each millisecond, and nothing once the queues are empty', async () => {
    const flow = new FlowFixture();
    const first = flow.submit('a');
    flow.submit('b');
    const before = flow.evaluations;
    await flow.timers.advance(100);
    expect(flow.evaluations - before).toBe(100);
    flow.finish(first);
    await flow.timers.advance(2);
    const after = flow.evaluations;
    await flow.timers.advance(1000);
    expect(flow.evaluations).toBe(after);
  });

  test('is let through alone: the next one waits until it was sent and counts', async () => {
    const flow = new FlowFixture({ capacity: 2 });
    const full = [flow.submit('a'), flow.submit('b')];
    const slow = [flow.submit('c', { slow: true }), flow.submit('d', { slow: true }), flow.submit('e', { slow: true })] as const;
    for (const submitted of full) flow.finish(submitted);
    await flow.timers.advance(0);
    expect(slow.map(({ outcome }) => outcome)).toEqual(['through', 'waiting', 'waiting']);
    flow.send(slow[0]);
    await flow.timers.advance(0);
    expect(slow.map(({ outcome }) => outcome)).toEqual(['through', 'through', 'waiting']);
    flow.send(slow[1]);
    await flow.timers.advance(50);
    expect(slow[2].outcome).toBe('waiting');
  });

  test('that is not sent for a millisecond holds up the others no longer', async () => {
    const flow = new FlowFixture({ capacity: 1 });
    const first = flow.submit('a');
    const slow = [flow.submit('b', { slow: true }), flow.submit('c', { slow: true })];
    flow.finish(first);
    await flow.timers.advance(3);
    expect(slow.map(({ outcome }) => outcome)).toEqual(['through', 'through']);
  });

  test('that ends without having been sent makes way at once', async () => {
    const flow = new FlowFixture({ capacity: 1 });
    const first = flow.submit('a');
    const failed = flow.submit('b', { slow: true });
    const next = flow.submit('c');
    flow.finish(first);
    await flow.timers.advance(0);
    expect(failed.outcome).toBe('through');
    flow.finish(failed);
    await flow.timers.advance(0);
    expect(next.outcome).toBe('through');
  });

  test('of an empty fairness id belongs to the default flow', () => {
    const flow = new FlowFixture();
    flow.submit('a', { flow: '' });
    expect(
      flow.metric(
        'llm_d_epp_flow_control_queue_size{fairness_id="default-flow",priority="0",inference_pool="pool",model_name="model",target_model_name="model"}',
      ),
    ).toBe(0);
  });
});

describe('priorities', () => {
  const bands = { priorityBands: [band(10), band(0), band(-5)] };

  test('are served strictly from the highest', async () => {
    const flow = new FlowFixture(bands);
    flow.submit('running');
    flow.submit('low', { priority: -5 });
    flow.submit('middle');
    flow.submit('high 1', { priority: 10 });
    flow.submit('high 2', { priority: 10 });
    expect(await flow.drain()).toEqual(['high 1', 'high 2', 'middle', 'low']);
  });

  test('below one whose ceiling is reached do not overtake it, even when theirs are higher', async () => {
    const usageLimit = ceilings(0.5, 1, 1);
    const flow = new FlowFixture({ ...bands, capacity: 2, usageLimit });
    const first = flow.submit('a');
    const low = flow.submit('b', { priority: -5 });
    await flow.timers.advance(20);
    expect(low.outcome).toBe('waiting');
    flow.finish(first);
    await flow.timers.advance(0);
    expect(low.outcome).toBe('through');
  });

  test('may have ceilings of their own: a lower one waits while a higher one passes', async () => {
    const usageLimit = ceilings(1, 0.5, 0.5);
    const flow = new FlowFixture({ ...bands, capacity: 2, usageLimit });
    flow.submit('a');
    const low = flow.submit('b');
    expect([low.outcome, flow.submit('c', { priority: 10 }).outcome]).toEqual(['waiting', 'through']);
  });

  test('of objectives have bands before their first request', async () => {
    const seen: (readonly number[])[] = [];
    const usageLimit = { limits: (_: number, priorities: readonly number[]) => void seen.push(priorities) };
    const flow = new FlowFixture({ usageLimit, objectives: [7, -3] });
    flow.submit('a');
    expect(seen.at(-1)).toEqual([7, 0, -3]);
    flow.objectives = [7];
    await flow.timers.advance(1000);
    flow.submit('b');
    expect(seen.at(-1)).toEqual([7, 0]);
  });

  test('that nobody announced get a band on demand, by the template of their sign, until it is idle', async () => {
    const negative = band(0, { maxRequests: 1 });
    const flow = new FlowFixture({ defaultNegativePriorityBand: negative, defaultPriorityBand: band(0, { maxRequests: 2 }) });
    const running = flow.submit('a', { priority: 3 });
    const refusals = ['b', 'c', 'd'].map((name) => flow.submit(name, { priority: 3 }).refusal);
    expect(refusals).toEqual(['waiting', 'waiting', expect.stringContaining('queue at capacity')]);
    expect(['e', 'f'].map((name) => flow.submit(name, { priority: -3 }).refusal)).toEqual([
      'waiting',
      expect.stringContaining('queue at capacity'),
    ]);
    const gauge = 'llm_d_epp_flow_control_capacity_utilization_requests{priority="3",inference_pool="pool"}';
    expect(flow.metric(gauge)).toBe(1);
    flow.finish(running);
    await flow.drain();
    await flow.timers.advance(700_000);
    expect(flow.metric(gauge)).toBeUndefined();
  });

  test('without number do not grow bands without end', () => {
    const flow = new FlowFixture({ capacity: Infinity });
    for (let priority = 1; priority <= 1500; priority++) flow.submit(`${priority}`, { priority });
    const bandsOnPage = flow.context.metrics.text().match(/^llm_d_epp_flow_control_capacity_utilization_requests\{/gm);
    expect(bandsOnPage).toHaveLength(1000);
    expect(flow.metric('llm_d_epp_flow_control_requests_total{outcome="Dispatched",priority="0",inference_pool="pool"}')).toBe(501);
  });
});

describe('capacity', () => {
  const full = 'ResourceExhausted rejected-saturated request rejected pre-queue: queue at capacity';

  test.each([
    ['requests of all bands', { maxRequests: 2 }],
    ['bytes of all bands', { maxBytes: 25 }],
    ['requests of the band', { priorityBands: [band(0, { maxRequests: 2 })] }],
    ['bytes of the band', { priorityBands: [band(0, { maxBytes: 25 })] }],
    ['bytes of all bands, to the last', { maxBytes: 20 }],
    ['bytes of the band, to the last', { priorityBands: [band(0, { maxBytes: 20 })] }],
  ])('is bounded by the %s, and free again when something leaves', async (_, settings) => {
    const flow = new FlowFixture(settings);
    const running = flow.submit('running');
    const [one, two, three] = [flow.submit('1'), flow.submit('2'), flow.submit('3')];
    expect([one.refusal, two.refusal, three.refusal]).toEqual(['waiting', 'waiting', full]);
    two.admission?.cancel();
    expect(flow.submit('4').refusal).toBe('waiting');
    flow.finish(running);
    await flow.timers.advance(0);
    expect(one.outcome).toBe('through');
  });

  test('of all bands counts what waits in the others', () => {
    const flow = new FlowFixture({ maxRequests: 1 });
    flow.submit('running');
    flow.submit('1', { priority: 5 });
    expect(flow.submit('2').refusal).toBe(full);
  });

  test('of bytes refuses a body that never fits, even while the pool is idle', () => {
    expect(new FlowFixture({ maxBytes: 5 }).submit('a').refusal).toBe(full);
  });

  test('that is reached without endpoints means that there is none to serve', () => {
    const flow = new FlowFixture({ endpoints: 0, maxRequests: 1 });
    flow.submit('1');
    expect(flow.submit('2').refusal).toBe(
      'ServiceUnavailable rejected-no-endpoints no endpoints available: request rejected pre-queue: no endpoints available',
    );
  });
});

describe('the end of a wait', () => {
  test('by the client frees its place and refuses nobody else', async () => {
    const flow = new FlowFixture();
    flow.submit('running');
    const [gone, stays] = [flow.submit('1'), flow.submit('2')];
    gone.admission?.cancel();
    gone.admission?.cancel();
    expect(await flow.drain()).toEqual(['2']);
    expect(gone.outcomes).toHaveLength(1);
    expect(gone.refusal).toBe(
      'ServiceUnavailable rejected-context-cancelled client disconnected: request evicted from queue: request context cancelled: context canceled',
    );
    expect(stays.outcomes).toEqual(['through']);
  });

  test('by cancelling after the passage changes nothing', async () => {
    const flow = new FlowFixture();
    const first = flow.submit('a');
    first.admission?.cancel();
    await flow.timers.advance(5);
    expect(first.outcomes).toEqual(['through']);
  });

  test('by a stop refuses what waits and what comes, and leaves no timer', async () => {
    const flow = new FlowFixture();
    flow.submit('running');
    const waiting = flow.submit('1');
    flow.control.stop?.();
    await flow.timers.advance(0);
    expect(waiting.refusal).toBe(
      'ServiceUnavailable rejected-shutting-down flow controller shutting down: request evicted from queue: flow controller is not running',
    );
    expect(flow.submit('2').refusal).toBe(
      'ServiceUnavailable rejected-shutting-down flow controller shutting down: request rejected pre-queue: flow controller is not running',
    );
    expect(flow.timers.size).toBe(0);
  });
});

describe('a policy that throws', () => {
  test('is logged, not too often, and requests wait until they are due', async () => {
    const usageLimit = {
      limits: () => {
        throw new Error('broken');
      },
    };
    const flow = new FlowFixture({ usageLimit, defaultRequestTtlMs: 100 });
    const submitted = flow.submit('a');
    await flow.timers.advance(99);
    expect(submitted.outcome).toBe('waiting');
    await flow.timers.advance(1);
    expect(submitted.refusal).toContain('request TTL expired');
    expect(flow.context.log.messages('error')).toHaveLength(1);
  });
});

describe('policies that throw while requests come and go', () => {
  const broken = () => {
    throw new Error('broken');
  };

  test('lose no request', async () => {
    const turns = { filled: () => {}, headChanged: () => {}, emptied: () => {}, next: () => queues[0], served: broken };
    const queues: FlowQueue[] = [];
    const filled = (queue: FlowQueue) => void queues.push(queue);
    const emptied = () => void queues.pop();
    const plugins = { order: { rank: broken }, fairness: { turns: () => ({ ...turns, filled, emptied }) } };
    const flow = new FlowFixture({
      plugins,
      priorityBands: [band(0, { fairnessPolicy: 'fairness', orderingPolicy: 'order' })],
    });
    expect(flow.submit('running').outcome).toBe('through');
    flow.submit('a');
    flow.submit('b');
    expect(await flow.drain()).toEqual(['a', 'b']);
  });
});

describe('shedding at admission', () => {
  const env = { LLM_D_EPP_SHED_AT_ADMISSION: 'true' };

  test('is off by default: sheddable requests queue', () => {
    const flow = new FlowFixture();
    flow.submit('running');
    expect(flow.submit('a', { priority: -1 }).outcome).toBe('waiting');
  });

  test('refuses sheddable requests, and no others, while the pool is full', () => {
    const flow = new FlowFixture({ env });
    expect(flow.submit('running', { priority: -1 }).outcome).toBe('through');
    expect(flow.submit('a', { priority: -1 }).refusal).toBe(
      'ResourceExhausted rejected-saturated system saturated, sheddable request dropped',
    );
    expect(flow.submit('b').outcome).toBe('waiting');
  });

  test('tells a pool without endpoints from a full one', () => {
    const flow = new FlowFixture({ env, endpoints: 0 });
    expect(flow.submit('a', { priority: -1 }).refusal).toContain('ServiceUnavailable rejected-no-endpoints');
  });
});
