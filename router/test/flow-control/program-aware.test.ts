import type { ProgramAware } from '../../src/flow-control/fairness/program-aware';
import { ProgramLedger } from '../../src/flow-control/fairness/program-ledger';
import { flowControlPlugins } from '../../src/flow-control/plugins';
import type { InferenceResponse, PluginFactory, Usage } from '../../src/plugin';
import { request, TestContext } from '../support/context';
import { band, FlowFixture } from '../support/flow';

const type = 'program-aware-fairness';

/** A fixture whose policy has booked the prompt tokens of each program. */
function fixture(booked: Readonly<Record<string, number>>): FlowFixture {
  const flow = new FlowFixture({ priorityBands: [band(0, { fairnessPolicy: type })] });
  const policy = flow.context.plugins.get(type) as ProgramAware;
  for (const [id, tokens] of Object.entries(booked)) end(policy, id, { promptTokens: tokens, completionTokens: 0 });
  return flow;
}

function end(policy: ProgramAware, fairnessId: string, usage?: Partial<Usage>): void {
  const ended = request();
  ended.fairnessId = fairnessId;
  policy.responseEnd(ended, { usage } as InferenceResponse);
}

describe('program-aware-fairness', () => {
  test('serves the program with the least service first', async () => {
    const flow = fixture({ heavy: 1000, light: 10, middle: 500 });
    flow.submit('running', { flow: 'other' });
    for (const id of ['heavy', 'middle', 'light']) flow.submit(id, { flow: id });
    expect(await flow.drain()).toEqual(['light', 'middle', 'heavy']);
  });

  test('lets a long wait make up for some service', async () => {
    // Scores: light 0.8, near 0.8 x 0.9 + 0.2, heavy 0. Once near is served, light is ahead of heavy.
    const flow = fixture({ heavy: 1000, near: 100, light: 0 });
    flow.submit('running', { flow: 'other' });
    flow.submit('near', { flow: 'near' });
    await flow.timers.advance(1000);
    flow.submit('heavy', { flow: 'heavy' });
    flow.submit('light', { flow: 'light' });
    expect(await flow.drain()).toEqual(['near', 'light', 'heavy']);
  });

  test('takes weights from its parameters', async () => {
    const flow = new FlowFixture({ priorityBands: [band(0, { fairnessPolicy: type })], plugins: {} });
    flow.make(type, { lasWeightService: 0, lasWeightHeadWait: 1 }, 'by-wait');
    const byWait = new FlowFixture({
      priorityBands: [band(0, { fairnessPolicy: 'by-wait' })],
      plugins: { 'by-wait': flow.context.plugins.get('by-wait') as ProgramAware },
    });
    end(flow.context.plugins.get('by-wait') as ProgramAware, 'heavy', { promptTokens: 1e6, completionTokens: 0 });
    byWait.submit('running', { flow: 'other' });
    byWait.submit('heavy', { flow: 'heavy' });
    await byWait.timers.advance(10);
    flow.context.clock.advance(10);
    byWait.submit('light', { flow: 'light' });
    expect(await byWait.drain()).toEqual(['heavy', 'light']);
  });

  test('tells of waits, services and fairness, and forgets idle programs', async () => {
    const context = new TestContext();
    const policy = context.make<ProgramAware>(flowControlPlugins[type] as PluginFactory, type);
    const sent = (id: string, waited?: number) => {
      const asked = request();
      asked.fairnessId = id;
      if (waited !== undefined)
        policy.turns().served(id, { request: asked, enqueuedAt: context.clock.now() - waited, ttlMs: 0, sequence: 0 });
      policy.preRequest(asked);
    };
    sent('a', 100);
    sent('a', 300);
    sent('b', 0);
    sent('c');
    end(policy, 'a', { promptTokens: 10, completionTokens: 5 });
    end(policy, 'a');
    end(policy, 'c', { promptTokens: 1, completionTokens: 1 });
    const page = context.metrics.text();
    expect(page).toContain('llm_d_epp_program_aware_avg_wait_time_milliseconds{program_id="a"} 200\n');
    expect(page).toContain('llm_d_epp_program_aware_attained_service_tokens{program_id="a"} 20\n');
    expect(page).toContain('llm_d_epp_program_aware_attained_service_tokens{program_id="c"} 3\n');
    // (200 + 0)^2 / (2 * (200^2 + 0)); c never waited in a queue.
    expect(page).toContain('llm_d_epp_program_aware_jains_fairness_index 0.5\n');
    context.clock.advance(3_600_001);
    sent('d');
    const later = context.metrics.text();
    expect(later).not.toContain('program_id="a"');
    expect(later).not.toContain('program_id="c"');
    // Still running.
    expect(later).toContain('program_id="b"');
    policy.stop();
  });
});

describe('the ledger', () => {
  test('halves service in each half-life', () => {
    const ledger = new ProgramLedger(60_000);
    expect(ledger.ended('a', 100, 50, 0)).toBe(200);
    expect(ledger.service('a', 60_000)).toBeCloseTo(100);
    expect(ledger.service('a', 180_000)).toBeCloseTo(25);
    expect(ledger.ended('a', 1, 0, 240_000)).toBeCloseTo(13.5);
    expect(ledger.service('nobody', 0)).toBe(0);
  });

  test('keeps service for ever without a half-life', () => {
    const ledger = new ProgramLedger(0);
    ledger.ended('a', 7, 0, 0);
    expect(ledger.service('a', 1e9)).toBe(7);
  });

  test('says 1 while fewer than two programs have waited', () => {
    const ledger = new ProgramLedger(0);
    expect(ledger.fairnessIndex()).toBe(1);
    ledger.dispatched('a', 100, 0);
    expect(ledger.fairnessIndex()).toBe(1);
    ledger.dispatched('b', 100, 0);
    expect(ledger.fairnessIndex()).toBeCloseTo(1);
  });

  test('makes room for new programs by forgetting the oldest idle ones', () => {
    const ledger = new ProgramLedger(0);
    ledger.dispatched('running', undefined, 0);
    for (let i = 0; i < 10; i++) ledger.ended(String(i), 1, 0, i);
    expect(ledger.forgetIdle(Number.POSITIVE_INFINITY, 8, 10)).toEqual(['0', '1', '2']);
    expect(ledger.size).toBe(8);
    expect(ledger.forgetIdle(3, 100, 10)).toEqual(['3', '4', '5', '6']);
  });
});
