import { latencyPlugins } from '../../src/latency/plugins';
import { type Admitter, coreColumns, type Filter } from '../../src/plugin';
import { request, seededRandom, TestContext } from '../support/context';
import { type PredictionValues, predictions } from '../support/latency';

const PRODUCER = 'predicted-latency-producer';
const meets: PredictionValues = { ttftHeadroom: 10, tpotHeadroom: 0 };
const misses: PredictionValues = { ttftHeadroom: -10, tpotHeadroom: 5 };

describe('slo-headroom-tier-filter', () => {
  const TYPE = 'slo-headroom-tier-filter';

  function kept(
    values: readonly PredictionValues[] | undefined,
    random: () => number,
    pods = values?.length ?? 3,
    parameters = {},
  ): string[] {
    const context = new TestContext({ random });
    const filter = context.make<Filter>(latencyPlugins[TYPE]!, TYPE, parameters);
    context.pods(pods);
    const asked = request();
    if (values !== undefined) asked.put('LatencyPredictionInfo', PRODUCER, predictions(values));
    const candidates = context.candidates();
    filter.filter({ request: asked, profile: 'default' }, candidates);
    return context.names(candidates);
  }

  test('keeps those that meet, with a small chance the others', () => {
    const values = [misses, meets, {}, { ttftHeadroom: 0, tpotHeadroom: 0 }, { ttftHeadroom: 1, tpotHeadroom: -1 }];
    expect(kept(values, () => 0.01)).toEqual(['pod-1', 'pod-3']);
    expect(kept(values, () => 0.0099)).toEqual(['pod-0', 'pod-2', 'pod-4']);
    expect(kept(values, () => 0, undefined, { epsilonExploreNeg: 0 })).toEqual(['pod-1', 'pod-3']);
  });

  test.each([
    ['all meet', [meets, meets, meets]],
    ['all miss', [misses, {}, misses]],
    ['nothing is predicted', [{}, {}, {}]],
    ['there is no info', undefined],
  ])('keeps all when %s', (_, values) => {
    expect(kept(values, () => 0)).toEqual(['pod-0', 'pod-1', 'pod-2']);
  });

  test('keeps the only one', () => {
    expect(kept([misses], () => 0.5)).toEqual(['pod-0']);
    expect(kept([], () => 0.5, 0)).toEqual([]);
  });

  test('explores as often as it is told', () => {
    const random = seededRandom(3);
    let explored = 0;
    for (let i = 0; i < 5000; i++) if (kept([meets, misses], random, 2, { epsilonExploreNeg: 0.1 })[0] === 'pod-1') explored++;
    expect(explored / 5000).toBeGreaterThan(0.085);
    expect(explored / 5000).toBeLessThan(0.115);
  });
});

describe('latency-slo-admitter', () => {
  const TYPE = 'latency-slo-admitter';
  const SLO = { 'x-llm-d-slo-ttft-ms': '100', 'x-llm-d-slo-tpot-ms': '30' };
  interface Pod extends PredictionValues {
    readonly kv?: number;
    readonly running?: number;
  }

  function admit(
    pods: readonly Pod[],
    options: { headers?: Record<string, string>; priority?: number; info?: boolean } = {},
  ): string | undefined {
    const context = new TestContext();
    const admitter = context.make<Admitter>(latencyPlugins[TYPE]!, TYPE);
    for (const [i, { kv = 0.5, running = 3 }] of pods.entries()) {
      const endpoint = context.endpoint(`pod-${i}`);
      context.set(coreColumns.kvUsage, endpoint, kv);
      context.set(coreColumns.running, endpoint, running);
    }
    const asked = request({ headers: options.headers ?? SLO });
    asked.priority = options.priority ?? -1;
    if (options.info !== false) asked.put('LatencyPredictionInfo', PRODUCER, predictions(pods));
    return admitter.admit(asked, context.candidates());
  }

  const REASON = 'no valid endpoint available to serve the request';

  test('refuses when none meets the objectives, none is idle and none is cold', () => {
    expect(admit([misses, { ttftHeadroom: 5, tpotHeadroom: -1 }, {}])).toBe(REASON);
    expect(admit([misses], { headers: { 'x-slo-ttft-ms': '100' } })).toBe(REASON);
    expect(admit([{ ttftHeadroom: 0, tpotHeadroom: 0 }])).toBe(REASON);
  });

  test.each<[string, readonly Pod[], Parameters<typeof admit>[1]]>([
    ['one meets them', [misses, meets], {}],
    ['one is idle', [misses, { ...misses, running: 0 }], {}],
    ['one is cold', [misses, { ...misses, kv: 0.019 }], {}],
    ['priority is 0', [misses], { priority: 0 }],
    ['there is no objective', [misses], { headers: {} }],
    ['the objective is no number', [misses], { headers: { 'x-llm-d-slo-ttft-ms': 'fast' } }],
    ['the current header wins with 0', [misses], { headers: { 'x-llm-d-slo-ttft-ms': '0', 'x-slo-ttft-ms': '100' } }],
    ['nothing is predicted', [{}, {}], {}],
    ['there is no info', [misses], { info: false }],
    ['there are no candidates', [], {}],
  ])('lets in when %s', (_, pods, options) => {
    expect(admit(pods, options)).toBeUndefined();
  });
});
