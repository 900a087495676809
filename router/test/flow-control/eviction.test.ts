import { band, FlowFixture, type FlowOptions } from '../support/flow';

const options: FlowOptions = {
  enableEviction: true,
  detectorType: 'concurrency-detector',
  priorityBands: [band(10), band(0), band(-1), band(-2)],
};
const counter = (name: string, labels: string) => `llm_d_epp_flow_control_${name}{${labels}inference_pool="pool"}`;
const victims = (flow: FlowFixture) => flow.order.filter(({ evictedFor }) => evictedFor !== undefined).map(({ name }) => name);

/** Fills the pool with one request for each priority, in that order. */
function filled(priorities: readonly number[], more: FlowOptions = {}): FlowFixture {
  const flow = new FlowFixture({ ...options, capacity: priorities.length, ...more });
  for (const [index, priority] of priorities.entries()) {
    flow.submit(`${priority}/${index}`, { priority });
    flow.context.clock.advance(1);
  }
  return flow;
}

describe('eviction of running requests', () => {
  test('is off unless it is enabled', async () => {
    const flow = filled([-1, -1], { enableEviction: false });
    flow.submit('a');
    await flow.timers.advance(100);
    expect(victims(flow)).toEqual([]);
  });

  test('takes the lowest priority, and of that the newest', async () => {
    const flow = filled([-1, -2, -2, -1]);
    flow.submit('a', { priority: 10 });
    await flow.timers.advance(1);
    expect(victims(flow)).toEqual(['-2/2']);
    expect(flow.order.find(({ name }) => name === '-2/2')?.evictedFor).toBe('evicted');
  });

  test('spares priorities of 0 and above, and those that are not below the one that waits', async () => {
    const flow = filled([0, 5, -1]);
    flow.submit('a', { priority: -1 });
    await flow.timers.advance(50);
    expect(victims(flow)).toEqual([]);
    flow.submit('b', { priority: 0 });
    await flow.timers.advance(50);
    expect(victims(flow)).toEqual(['-1/2']);
  });

  test('does not happen while nothing waits that it would help', async () => {
    const flow = filled([-1, -1]);
    await flow.timers.advance(100);
    expect(victims(flow)).toEqual([]);
  });

  test('takes as many as the missing room needs, two at most', async () => {
    const flow = filled([-1, -1, -1, -1, -1, -1]);
    flow.capacity = 1;
    flow.submit('a');
    await flow.timers.advance(50);
    expect(victims(flow)).toEqual(['-1/4', '-1/5']);
    expect(flow.metric(counter('revocations_issued_total', 'priority="0",'))).toBe(2);
    expect(flow.metric(counter('reclaim_target', ''))).toBe(5);
    expect(flow.metric(counter('pending_reclaim', ''))).toBe(2);
  });

  test('of two stops at a victim that is not below what waits', async () => {
    const flow = filled([-1, -1, -2, -1]);
    flow.capacity = 1;
    flow.submit('a', { priority: -1 });
    await flow.timers.advance(20);
    expect(victims(flow)).toEqual(['-2/2']);
  });

  test('waits for the end of its victim and for the grace before it goes on', async () => {
    const flow = filled([-1, -1, -1]);
    flow.capacity = 2.5;
    const waiting = flow.submit('a');
    await flow.timers.advance(100);
    expect(victims(flow)).toEqual(['-1/2']);
    flow.finish(flow.order[2] as NonNullable<(typeof flow.order)[number]>);
    flow.capacity = 1.5;
    await flow.timers.advance(9);
    expect(victims(flow)).toEqual(['-1/2']);
    await flow.timers.advance(2);
    expect(victims(flow)).toEqual(['-1/1', '-1/2']);
    expect(waiting.outcome).toBe('waiting');
    expect(flow.metric(counter('revocations_total', 'outcome="confirmed",'))).toBe(1);
    expect(flow.metric('llm_d_epp_flow_control_revocation_confirmation_seconds_sum{inference_pool="pool"}')).toBeCloseTo(0.099);
  });

  test('gives metrics of the engines time to show the room', async () => {
    const flow = filled([-1, -1], { detectorType: 'utilization-detector' });
    flow.submit('a');
    await flow.timers.advance(5);
    const [evicted] = flow.order.filter(({ evictedFor }) => evictedFor !== undefined);
    flow.finish(evicted as NonNullable<typeof evicted>);
    flow.capacity = 0.5;
    await flow.timers.advance(50 + 2000 + 249);
    expect(victims(flow)).toHaveLength(1);
    await flow.timers.advance(3);
    expect(victims(flow)).toHaveLength(2);
  });

  test('goes on after ten seconds when the end of the victim is not seen', async () => {
    const flow = filled([-1, -1]);
    flow.submit('a');
    await flow.timers.advance(9999);
    expect(victims(flow)).toHaveLength(1);
    await flow.timers.advance(13);
    expect(victims(flow)).toHaveLength(2);
    expect(flow.metric(counter('revocations_total', 'outcome="timed_out",'))).toBe(1);
    for (const submitted of flow.order.filter(({ ended }) => !ended)) flow.finish(submitted);
    expect(flow.metric(counter('revocations_total', 'outcome="timed_out",'))).toBe(1);
    expect(flow.metric(counter('revocations_total', 'outcome="confirmed",'))).toBe(1);
  });

  test('passes over a victim whose answer is complete already', async () => {
    const flow = filled([-1, -1]);
    const newest = flow.order[1] as NonNullable<(typeof flow.order)[number]>;
    newest.evictable = false;
    flow.submit('a');
    await flow.timers.advance(5);
    expect(victims(flow)).toEqual(['-1/0']);
    expect(flow.metric(counter('revocations_issued_total', 'priority="0",'))).toBe(1);
    flow.finish(newest);
    await flow.timers.advance(0);
    expect(flow.order.at(-1)?.name).toBe('a');
  });

  test('does not happen for a band that its policy closes altogether', async () => {
    const usageLimit = { limits: (_: number, __: readonly number[], out: Float64Array) => out.set([1, 0]) };
    const flow = filled([-1, -1], { usageLimit });
    flow.submit('a', { priority: 0 });
    await flow.timers.advance(50);
    expect(victims(flow)).toEqual([]);
  });

  test('leaves nothing pending when all is over', async () => {
    const flow = filled([-1, -1, -1, -1]);
    flow.submit('a', { priority: 10 });
    flow.submit('b', { priority: 10 });
    await flow.timers.advance(3);
    await flow.drain();
    await flow.timers.advance(100);
    flow.submit('c', { priority: 10 });
    flow.capacity = 1;
    flow.submit('d', { priority: 10 });
    await flow.timers.advance(20);
    expect(flow.metric(counter('pending_reclaim', ''))).toBe(0);
  });
});
