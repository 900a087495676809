import fc from 'fast-check';
import { type FeatureBatch, feature } from '../../src/latency/features';
import { PredictedLatencyProducer } from '../../src/latency/predicted-latency-producer';
import type { LatencyPredictor, LatencySample } from '../../src/latency/predictor';
import {
  coreColumns,
  type Endpoint,
  type InferenceRequest,
  type InferenceResponse,
  inFlightRequests,
  inFlightTokens,
} from '../../src/plugin';
import { request, TestContext } from '../support/context';
import { response } from '../support/responses';

const TYPE = 'predicted-latency-producer';
const SLO = { 'x-llm-d-slo-ttft-ms': '100', 'x-llm-d-slo-tpot-ms': '30' };

/** Predicts the same for every row and keeps what it is given. */
class FakePredictor implements LatencyPredictor {
  ttft = 80;
  tpot = 20;
  error: Error | undefined;
  later: Promise<void> | undefined;
  batch: FeatureBatch | undefined;
  readonly samples: LatencySample[] = [];

  predict(batch: FeatureBatch): void | Promise<void> {
    this.batch = batch;
    batch.ttftMs.fill(this.ttft);
    batch.tpotMs.fill(this.tpot);
    if (this.error !== undefined) return Promise.reject(this.error);
    return this.later;
  }

  learn(sample: LatencySample): void {
    this.samples.push(sample);
  }
}

function setUp(parameters = {}) {
  const context = new TestContext();
  const predictor = new FakePredictor();
  const producer = context.make<PredictedLatencyProducer>((made) => new PredictedLatencyProducer(made, predictor), TYPE, parameters);
  const ask = (headers: Record<string, string> = SLO): InferenceRequest => {
    const asked = request({ headers });
    asked.put('TokenizedPrompt', 'token-producer', { prompts: [{ ids: new Uint32Array(500), features: [] }], estimated: true });
    return asked;
  };
  const produce = (asked: InferenceRequest): void | Promise<void> => producer.produce(asked, context.candidates());
  const dispatch = (asked: InferenceRequest, decode: Endpoint, prefill?: Endpoint): void => {
    const profiles = new Map([['decode', { targets: [decode] }]]);
    if (prefill !== undefined) profiles.set('prefill', { targets: [prefill] });
    producer.preRequest(asked, { profiles, primary: 'decode' });
  };
  const run = (asked: InferenceRequest, decode: Endpoint, prefill?: Endpoint): void => {
    void produce(asked);
    dispatch(asked, decode, prefill);
  };
  const info = (asked: InferenceRequest) => asked.get('LatencyPredictionInfo', TYPE);
  const metric = (start: string): string[] =>
    context.metrics
      .text()
      .split('\n')
      .filter((line) => line.startsWith(start));
  return { context, predictor, producer, ask, produce, dispatch, run, info, metric };
}

const streamed = (given: Partial<InferenceResponse> = {}): InferenceResponse => response({ streaming: true, ...given });
const complete = (given: Partial<InferenceResponse> = {}): InferenceResponse => response({ cause: 'complete', ...given });

describe('features', () => {
  test('are what is known of each candidate', () => {
    const { context, predictor, ask, produce } = setUp({ useEncoderCacheFeatures: true, endpointRoleLabel: 'role' });
    const [a, b] = context.pods(2, (i) => ({ role: i === 0 ? 'prefill' : 'decode' }));
    context.set(coreColumns.kvUsage, a!, 0.25);
    context.set(coreColumns.waiting, a!, 3);
    context.set(inFlightRequests('inflight-load-producer'), a!, 5);
    context.set(inFlightTokens('inflight-load-producer'), a!, 700);
    const asked = ask();
    const matchBlocks = Int32Array.of(2, -1);
    asked.put('PrefixCacheMatchInfo', 'approx-prefix-cache-producer', {
      matchBlocks,
      cachedBlocks: matchBlocks,
      totalBlocks: 8,
      blockSizeTokens: 64,
    });
    asked.put('EncoderCacheMatchInfo', 'mm-embeddings-cache-producer', { matchedSize: Float64Array.of(40, 400), requestSize: 100 });
    void produce(asked);
    const { rows, podTypes, slots } = predictor.batch!;
    expect([...slots]).toEqual([a!.slot, b!.slot]);
    expect(podTypes).toEqual(['prefill', 'decode']);
    expect([...rows]).toEqual([0.25, 500, 3, 5, 1, 0.25, 100, 40, 700, 0, 0, 500, 0, 0, 1, 0, 100, 100, 0, 0]);
  });

  test('leave media out unless they are asked for, and know no roles without a label', () => {
    const { context, predictor, ask, produce } = setUp();
    context.pods(1, () => ({ role: 'prefill' }));
    const asked = ask();
    asked.put('EncoderCacheMatchInfo', 'mm-embeddings-cache-producer', { matchedSize: Float64Array.of(40), requestSize: 100 });
    void produce(asked);
    expect(predictor.batch!.rows[feature.encoderInput]).toBe(0);
    expect(predictor.batch!.podTypes).toEqual(['']);
  });
});

describe('headroom', () => {
  test('is the objective minus the prediction; TPOT is neutral without streaming mode', () => {
    const { context, ask, produce, info } = setUp();
    const [a] = context.pods(1);
    const asked = ask();
    void produce(asked);
    expect(info(asked)!.ttftHeadroomMs[a!.slot]).toBe(20);
    expect(info(asked)!.tpotHeadroomMs[a!.slot]).toBe(0);
    expect(info(asked)!.ttftMs[a!.slot]).toBe(80);
    expect(info(asked)!.ttftMs[63]).toBeNaN();
  });

  test('is negative without an objective', () => {
    const { context, ask, produce, info } = setUp({ streamingMode: true });
    const [a] = context.pods(1);
    const asked = ask({});
    void produce(asked);
    expect(info(asked)!.ttftHeadroomMs[a!.slot]).toBe(-80);
    expect(info(asked)!.tpotHeadroomMs[a!.slot]).toBe(-20);
  });

  test('of TPOT has a buffer, and the tightest objective on the endpoint counts', () => {
    const { context, producer, ask, produce, run, info } = setUp({ streamingMode: true, sloBufferFactor: 0.9 });
    const [a, b] = context.pods(2);
    const tight = ask({ 'x-slo-tpot-ms': '25' });
    run(tight, a!);
    run(ask({}), a!);
    const asked = ask();
    void produce(asked);
    expect(info(asked)!.tpotHeadroomMs[a!.slot]).toBeCloseTo(25 * 0.9 - 20);
    expect(info(asked)!.tpotHeadroomMs[b!.slot]).toBeCloseTo(30 * 0.9 - 20);
    expect(info(asked)!.dispatched[a!.slot]).toBe(2);
    producer.responseEnd(tight, streamed({ cause: 'error' }));
    const next = ask();
    void produce(next);
    expect(info(next)!.tpotHeadroomMs[a!.slot]).toBeCloseTo(30 * 0.9 - 20);
    expect(info(next)!.dispatched[a!.slot]).toBe(1);
  });

  test('of TPOT is neutral on prefill endpoints', () => {
    const { context, ask, produce, info, predictor } = setUp({ streamingMode: true, endpointRoleLabel: 'role' });
    const [a, b] = context.pods(2, (i) => ({ role: i === 0 ? 'prefill' : 'decode' }));
    predictor.tpot = Number.NaN;
    const asked = ask();
    void produce(asked);
    expect(info(asked)!.tpotHeadroomMs[a!.slot]).toBe(0);
    // Not known of the other one, so nothing is predicted there.
    expect(info(asked)!.ttftHeadroomMs[b!.slot]).toBeNaN();
  });
});

describe('predictions', () => {
  test('are not published when there are none', () => {
    const { context, ask, produce, info, predictor } = setUp();
    context.pods(2);
    predictor.ttft = Number.NaN;
    const asked = ask();
    void produce(asked);
    expect(info(asked)).toBeUndefined();
  });

  test('are not asked for when they are off', () => {
    const { context, ask, run, predictor, info } = setUp({ predictInProduce: false });
    const [a] = context.pods(1);
    const asked = ask();
    run(asked, a!);
    expect(predictor.batch).toBeUndefined();
    expect(info(asked)).toBeUndefined();
  });

  test('that fail cost nothing but themselves', async () => {
    const { context, ask, produce, info, predictor } = setUp();
    context.pods(1);
    predictor.error = new Error('refused');
    const asked = ask();
    await produce(asked);
    expect(info(asked)).toBeUndefined();
    await produce(ask());
    predictor.error = undefined;
    predictor.later = Promise.resolve();
    await produce(asked);
    expect(info(asked)).toBeDefined();
    expect(context.log.lines.map(({ level }) => level)).toEqual(['warn', 'debug', 'info']);
  });

  test('that come after the decision are dropped', async () => {
    const { context, ask, produce, dispatch, info, predictor } = setUp();
    const [a] = context.pods(1);
    let arrive = (): void => undefined;
    predictor.later = new Promise((resolve) => {
      arrive = resolve;
    });
    const asked = ask();
    const produced = produce(asked);
    dispatch(asked, a!);
    arrive();
    await produced;
    expect(info(asked)).toBeUndefined();
  });
});

test('a batch that is used again keeps nothing of the request before', () => {
  const { context, predictor, ask, run, produce } = setUp({ useEncoderCacheFeatures: true, endpointRoleLabel: 'role' });
  const [a] = context.pods(3, () => ({ role: 'decode' }));
  const first = ask();
  first.put('EncoderCacheMatchInfo', 'mm-embeddings-cache-producer', { matchedSize: Float64Array.of(40), requestSize: 100 });
  run(first, a!);
  const used = predictor.batch!;
  context.endpoints.remove('default/pod-2');
  context.endpoints.upsert({ ...a!.metadata, labels: {} });
  void produce(request());
  expect(predictor.batch).toBe(used);
  expect(used.size).toBe(2);
  expect(used.podTypes.slice(0, 2)).toEqual(['', 'decode']);
  expect([...used.rows.subarray(0, 20)]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  void produce(request());
  expect(predictor.batch).not.toBe(used);
});

test('a request that ended before its decision was handed on does not run', () => {
  const { context, producer, ask, produce, dispatch, info } = setUp();
  const [a] = context.pods(1);
  const asked = ask();
  void produce(asked);
  producer.responseEnd(asked, response({ cause: 'client disconnect' }));
  dispatch(asked, a!);
  const next = ask();
  void produce(next);
  expect(info(next)!.dispatched[a!.slot]).toBe(0);
});

describe('learning', () => {
  test('without streaming mode is from the time of the whole answer', () => {
    const { context, producer, predictor, ask, run, metric } = setUp();
    const [a] = context.pods(1);
    const asked = ask();
    run(asked, a!);
    context.clock.advance(250);
    producer.responseStart(asked, response());
    context.clock.advance(250);
    producer.responseEnd(asked, complete());
    producer.responseEnd(asked, complete());
    expect(predictor.samples).toHaveLength(1);
    expect(predictor.samples[0]).toMatchObject({ ttftMs: 500, tpotMs: 0, podType: '' });
    expect(predictor.samples[0]!.row[feature.inputTokens]).toBe(500);
    expect(metric('llm_d_epp_request_predicted_ttft_seconds_sum')).toEqual([expect.stringMatching(/ 0\.08$/)]);
    expect(metric('inference_objective_request_ttft_seconds_sum')).toEqual([expect.stringMatching(/ 0\.5$/)]);
    expect(metric('llm_d_epp_request_slo_violation_total')).toEqual([
      'llm_d_epp_request_slo_violation_total{plugin_name="predicted-latency-producer",plugin_type="predicted-latency-producer",model_name="model",target_model_name="model",type="ttft"} 1',
    ]);
    expect(metric('inference_objective_inference_request_metric')).toContain(
      'inference_objective_inference_request_metric{model_name="model",target_model_name="model",type="ttft_slo_violation"} 1',
    );
  });

  test('in streaming mode is from the first chunk, and from the pace of the rest', () => {
    const { context, producer, predictor, ask, run } = setUp({ streamingMode: true });
    const [a] = context.pods(1);
    const asked = ask();
    run(asked, a!);
    context.clock.advance(90);
    producer.responseStart(asked, streamed());
    context.clock.advance(300);
    producer.responseEnd(
      asked,
      streamed({ cause: 'complete', usage: { promptTokens: 1, completionTokens: 11, totalTokens: 12, cachedTokens: 0 } }),
    );
    expect(predictor.samples).toMatchObject([
      { ttftMs: 90, tpotMs: 0 },
      { ttftMs: 0, tpotMs: 30 },
    ]);
  });

  test('counts chunks where no usage is reported, and only in streaming mode', () => {
    const { context, producer, predictor, ask, run } = setUp({ streamingMode: true });
    const [a] = context.pods(1);
    const asked = ask();
    run(asked, a!);
    context.clock.advance(90);
    producer.responseStart(asked, streamed());
    for (let i = 0; i < 4; i++) producer.responseChunk!(asked);
    context.clock.advance(60);
    producer.responseEnd(asked, streamed({ cause: 'complete' }));
    expect(predictor.samples[1]!.tpotMs).toBe(20);
    expect(setUp().producer.responseChunk).toBeUndefined();
  });

  test('is of the prefill endpoint for the first token and of the decode endpoint for the rest', () => {
    const { context, producer, predictor, ask, run } = setUp({ streamingMode: true, endpointRoleLabel: 'role' });
    const [p, d] = context.pods(2, (i) => ({ role: i === 0 ? 'prefill' : 'decode' }));
    context.set(coreColumns.waiting, p!, 7);
    context.set(coreColumns.waiting, d!, 9);
    const asked = ask();
    run(asked, d!, p!);
    context.clock.advance(90);
    producer.responseStart(asked, streamed());
    context.clock.advance(10);
    producer.responseEnd(
      asked,
      streamed({ cause: 'complete', usage: { promptTokens: 1, completionTokens: 2, totalTokens: 3, cachedTokens: 0 } }),
    );
    expect(predictor.samples.map(({ podType, row }) => [podType, row[feature.waiting]])).toEqual([
      ['prefill', 7],
      ['decode', 9],
    ]);
  });

  test.each<[string, Partial<InferenceResponse>]>([
    ['broke off', { cause: 'client disconnect' }],
    ['was evicted', { cause: 'evicted' }],
    ['is an error', { cause: 'complete', status: 503 }],
  ])('is not from an answer that %s', (_, given) => {
    const { context, producer, predictor, ask, run } = setUp();
    const [a] = context.pods(1);
    const asked = ask();
    run(asked, a!);
    context.clock.advance(5);
    producer.responseEnd(asked, response(given));
    expect(predictor.samples).toEqual([]);
  });

  test('is not of a first token from an answer in one piece', () => {
    const { context, producer, predictor, ask, run } = setUp({ streamingMode: true });
    const [a] = context.pods(1);
    const asked = ask();
    run(asked, a!);
    context.clock.advance(500);
    producer.responseStart(asked, response());
    producer.responseEnd(asked, complete());
    expect(predictor.samples).toEqual([]);
  });

  test('bears requests that were never decided', () => {
    const { context, producer, ask, produce, predictor } = setUp();
    context.pods(1);
    producer.responseEnd(ask(), complete());
    const asked = ask();
    void produce(asked);
    producer.preRequest(asked, { profiles: new Map(), primary: 'decode' });
    producer.responseEnd(asked, complete());
    expect(predictor.samples).toEqual([]);
  });
});

test('running requests are counted exactly under any order of events', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('send' as const), pod: fc.nat(1), slo: fc.nat(3) }),
    fc.record({ kind: fc.constant('end' as const), request: fc.nat(20) }),
    fc.record({ kind: fc.constant('replace' as const), pod: fc.nat(1) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const { context, producer, ask, produce, run, info } = setUp({ streamingMode: true });
      const pods = context.pods(2);
      const sent: { asked: InferenceRequest; pod: Endpoint; slo: number; ended: boolean }[] = [];
      for (const step of events) {
        if (step.kind === 'send') {
          const asked = ask({ 'x-llm-d-slo-tpot-ms': String(step.slo * 10) });
          run(asked, pods[step.pod]!);
          sent.push({ asked, pod: pods[step.pod]!, slo: step.slo * 10, ended: false });
        } else if (step.kind === 'replace') {
          context.endpoints.remove(pods[step.pod]!.id);
          pods[step.pod] = context.endpoint(`pod-${step.pod}`);
        } else {
          const one = sent[step.request % Math.max(1, sent.length)];
          if (one === undefined) continue;
          producer.responseEnd(one.asked, complete());
          one.ended = true;
        }
      }
      const probe = ask({ 'x-llm-d-slo-tpot-ms': '1000' });
      void produce(probe);
      for (const pod of pods) {
        const running = sent.filter((one) => one.pod === pod && !one.ended);
        const tightest = Math.min(1000, ...running.filter((one) => one.slo > 0).map((one) => one.slo));
        expect(info(probe)!.dispatched[pod.slot]).toBe(running.length);
        expect(info(probe)!.tpotHeadroomMs[pod.slot]).toBe(tightest - 20);
      }
    }),
  );
});
