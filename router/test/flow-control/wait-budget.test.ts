import { FlowFixture } from '../support/flow';

const timedOut = 'ResourceExhausted rejected-ttl-expired request timed out in queue: request evicted from queue: request TTL expired';
const noEndpoints =
  'ServiceUnavailable rejected-no-endpoints request timed out in queue and no endpoints are available: ' +
  'request evicted from queue: request TTL expired';

describe('a request that waits too long', () => {
  test('is refused when its time is over, while there are endpoints', async () => {
    const flow = new FlowFixture({ defaultRequestTtlMs: 3000, noEndpointRequestTtlMs: 100 });
    flow.submit('running');
    const late = flow.submit('a');
    await flow.timers.advance(2999);
    expect(late.outcome).toBe('waiting');
    await flow.timers.advance(1);
    expect(late.refusal).toBe(timedOut);
  });

  test('has a time of its own while there are no endpoints', async () => {
    const flow = new FlowFixture({ endpoints: 0, defaultRequestTtlMs: 100, noEndpointRequestTtlMs: 2000 });
    const late = flow.submit('a');
    await flow.timers.advance(1999);
    expect(late.outcome).toBe('waiting');
    await flow.timers.advance(1);
    expect(late.refusal).toBe(`${noEndpoints}: no endpoints available`);
  });

  test('is refused in the order of arrival, each at its own time', async () => {
    const flow = new FlowFixture({ defaultRequestTtlMs: 1000 });
    flow.submit('running');
    const first = flow.submit('a', { priority: 5 });
    await flow.timers.advance(400);
    const second = flow.submit('b', { priority: -5 });
    await flow.timers.advance(600);
    expect([first.refusal, second.refusal]).toEqual([timedOut, 'waiting']);
    await flow.timers.advance(400);
    expect(second.refusal).toBe(timedOut);
  });

  test('starts anew when the first endpoint comes and finds it full', async () => {
    const flow = new FlowFixture({ endpoints: 0, capacity: 0, defaultRequestTtlMs: 500, noEndpointRequestTtlMs: 10_000 });
    const waiting = flow.submit('a');
    await flow.timers.advance(9000);
    flow.running = 1;
    flow.context.endpoint('pod');
    await flow.timers.advance(499);
    expect(waiting.outcome).toBe('waiting');
    await flow.timers.advance(1);
    expect(waiting.refusal).toBe(timedOut);
  });

  test('is served as soon as the first endpoint comes', async () => {
    const flow = new FlowFixture({ endpoints: 0 });
    const waiting = flow.submit('a');
    await flow.timers.advance(30_000);
    flow.context.endpoint('pod');
    await flow.timers.advance(0);
    expect(waiting.outcome).toBe('through');
  });

  test('starts anew when the last endpoint goes', async () => {
    const flow = new FlowFixture({ defaultRequestTtlMs: 1000, noEndpointRequestTtlMs: 1000 });
    flow.submit('running');
    const waiting = flow.submit('a');
    await flow.timers.advance(900);
    flow.context.endpoints.remove('default/pod-0');
    await flow.timers.advance(999);
    expect(waiting.outcome).toBe('waiting');
    await flow.timers.advance(1);
    expect(waiting.refusal).toBe(`${noEndpoints}: no endpoints available`);
  });

  test('does not wait for ever because endpoints come and go', async () => {
    const flow = new FlowFixture({ defaultRequestTtlMs: 1000, noEndpointRequestTtlMs: 4000 });
    flow.submit('running');
    flow.running = 10;
    const waiting = flow.submit('a');
    for (let elapsed = 0; elapsed < 5400; elapsed += 900) {
      flow.context.endpoints.remove('default/pod-0');
      await flow.timers.advance(400);
      flow.context.endpoint('pod-0');
      await flow.timers.advance(500);
    }
    flow.context.endpoints.remove('default/pod-0');
    await flow.timers.advance(300);
    flow.context.endpoint('pod-0');
    await flow.timers.advance(299);
    expect(waiting.outcome).toBe('waiting');
    await flow.timers.advance(1);
    expect(waiting.refusal).toBe(timedOut);
  });

  test('whose bound is over without endpoints is told so', async () => {
    const flow = new FlowFixture({ defaultRequestTtlMs: 1000, noEndpointRequestTtlMs: 1000 });
    flow.submit('running');
    const waiting = flow.submit('a');
    await flow.timers.advance(900);
    flow.context.endpoints.remove('default/pod-0');
    await flow.timers.advance(900);
    flow.context.endpoint('pod-0');
    await flow.timers.advance(900);
    flow.context.endpoints.remove('default/pod-0');
    await flow.timers.advance(300);
    expect(waiting.refusal).toBe(noEndpoints);
  });

  test('may wait any time where the time is 0', async () => {
    const flow = new FlowFixture({ defaultRequestTtlMs: 0, noEndpointRequestTtlMs: 1000 });
    flow.submit('running');
    const waiting = flow.submit('a');
    await flow.timers.advance(20_000);
    expect(waiting.outcome).toBe('waiting');
    flow.context.endpoints.remove('default/pod-0');
    await flow.timers.advance(1000);
    expect(waiting.refusal).toBe(`${noEndpoints}: no endpoints available`);
  });
});
