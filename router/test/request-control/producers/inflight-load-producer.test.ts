import fc from 'fast-check';
import { type Endpoint, type InferenceRequest, inFlightRequests, inFlightTokens } from '../../../src/plugin';
import { requestControlPlugins } from '../../../src/request-control/plugins';
import type { InflightLoadProducer } from '../../../src/request-control/producers/inflight-load-producer';
import { type RequestOptions, request, TestContext } from '../../support/context';

const TYPE = 'inflight-load-producer';

function tokenized(tokens: number, options: RequestOptions = {}): InferenceRequest {
  const asked = request(options);
  asked.put('TokenizedPrompt', 'token-producer', { prompts: [{ ids: new Uint32Array(tokens), features: [] }], estimated: true });
  return asked;
}

function matched(asked: InferenceRequest, blocks: readonly number[], totalBlocks: number, blockSizeTokens: number): InferenceRequest {
  const matchBlocks = Int32Array.from(blocks);
  asked.put('PrefixCacheMatchInfo', 'approx-prefix-cache-producer', {
    matchBlocks,
    cachedBlocks: matchBlocks,
    totalBlocks,
    blockSizeTokens,
  });
  return asked;
}

function setUp(parameters = {}, name = TYPE) {
  const context = new TestContext();
  const producer = context.make<InflightLoadProducer>(requestControlPlugins[TYPE]!, TYPE, parameters, name);
  const load = (endpoint: Endpoint): [number, number] => [
    context.endpoints.column(inFlightRequests(name), 0).at(endpoint.slot),
    context.endpoints.column(inFlightTokens(name), 0).at(endpoint.slot),
  ];
  const send = (asked: InferenceRequest, decode: Endpoint, prefill?: Endpoint): void => {
    const profiles = new Map([['decode', { targets: [decode] }]]);
    if (prefill !== undefined) profiles.set('prefill', { targets: [prefill] });
    producer.preRequest(asked, { profiles, primary: 'decode' });
  };
  const uncached = (asked: InferenceRequest): number[] => {
    producer.produce(asked, context.candidates());
    return context.endpoints.all().map(({ slot }) => asked.get('UncachedRequestTokens', name)![slot]!);
  };
  const series = (): string[] =>
    context.metrics
      .text()
      .split('\n')
      .filter((line) => line.startsWith('llm_d_epp_inflight_'));
  return { context, producer, load, send, uncached, series };
}

describe('the tokens of a request', () => {
  test('are those of the prompt without cache information', () => {
    const { context, uncached } = setUp();
    context.pods(2);
    expect(uncached(tokenized(100))).toEqual([100, 100]);
    expect(uncached(request())).toEqual([0, 0]);
  });

  test('leave out cached blocks and keep the tail beyond the blocks', () => {
    const { context, uncached } = setUp();
    context.pods(4);
    // 6 blocks of 16 = 96 tokens are indexed, 4 are the tail.
    expect(uncached(matched(tokenized(100), [0, 2, 6, -1], 6, 16))).toEqual([100, 68, 4, 100]);
    // Blocks are rounded up past the prompt: no tail, and more blocks matched than there are is nothing left.
    expect(uncached(matched(tokenized(90), [0, 9], 6, 16)).slice(0, 2)).toEqual([96, 0]);
    expect(uncached(matched(tokenized(90), [3], 6, 0))[0]).toBe(90);
  });

  test.each([
    [{ addEstimatedOutputTokens: true }, undefined, 250],
    [{ addEstimatedOutputTokens: true, outputRatio: 0.333 }, undefined, 133],
    [{ addEstimatedOutputTokens: true }, 20, 120],
    [{ addEstimatedOutputTokens: true }, 0, 100],
    [{ addEstimatedOutputTokens: true }, -1, 250],
    [{ addEstimatedOutputTokens: true, maxEstimatedOutputTokens: 7 }, 20, 107],
    [{ addEstimatedOutputTokens: true, maxEstimatedOutputTokens: 0 }, undefined, 100],
    [{ maxEstimatedOutputTokens: 7 }, 20, 100],
  ])('with %j and a client cap of %p are %d for 100', (parameters, maxOutputTokens, expected) => {
    const { context, uncached } = setUp(parameters);
    context.pods(1);
    expect(uncached(tokenized(100, maxOutputTokens === undefined ? {} : { maxOutputTokens }))).toEqual([expected]);
  });
});

describe('a request', () => {
  test('counts from the decision to its end, its tokens until the answer starts', () => {
    const { context, producer, load, send } = setUp();
    const [a, b] = context.pods(2);
    const asked = tokenized(100);
    send(asked, a!);
    expect([load(a!), load(b!)]).toEqual([
      [1, 100],
      [0, 0],
    ]);
    producer.responseStart(asked);
    expect(load(a!)).toEqual([1, 0]);
    producer.responseEnd(asked);
    producer.responseEnd(asked);
    expect(load(a!)).toEqual([0, 0]);
  });

  test('counts on the first target of each profile; prefill is done when the answer starts', () => {
    const { context, producer, load, send } = setUp();
    const [decode, prefill] = context.pods(2);
    const asked = tokenized(100);
    send(asked, decode!, prefill!);
    expect([load(decode!), load(prefill!)]).toEqual([
      [1, 100],
      [1, 100],
    ]);
    producer.responseStart(asked);
    expect([load(decode!), load(prefill!)]).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  test('keeps its tokens to the end when they hold estimated output', () => {
    const { context, producer, load, send } = setUp({ addEstimatedOutputTokens: true });
    const [decode, prefill] = context.pods(2);
    const asked = tokenized(100);
    send(asked, decode!, prefill!);
    producer.responseStart(asked);
    expect([load(decode!), load(prefill!)]).toEqual([
      [1, 250],
      [0, 0],
    ]);
    producer.responseEnd(asked);
    expect(load(decode!)).toEqual([0, 0]);
  });

  test('that never got an answer, or never a decision, ends cleanly', () => {
    const { context, producer, load, send } = setUp();
    const [a] = context.pods(1);
    const asked = tokenized(5);
    send(asked, a!);
    producer.responseEnd(asked);
    producer.responseStart(asked);
    producer.responseEnd(tokenized(5));
    producer.preRequest(tokenized(5), { profiles: new Map([['decode', undefined]]), primary: 'decode' });
    expect(load(a!)).toEqual([0, 0]);
  });

  test('takes nothing from a newcomer in the slot of its endpoint', () => {
    const { context, producer, load, send } = setUp();
    const [old] = context.pods(1);
    const first = tokenized(100);
    send(first, old!);
    context.endpoints.remove(old!.id);
    const newcomer = context.endpoint('pod-0');
    expect(newcomer.slot).toBe(old!.slot);
    expect(load(newcomer)).toEqual([0, 0]);
    const second = tokenized(10);
    send(second, newcomer);
    producer.responseStart(first);
    producer.responseEnd(first);
    expect(load(newcomer)).toEqual([1, 10]);
  });

  test('that ended before its decision was handed on is not counted', () => {
    const { context, producer, load, send } = setUp();
    const [a] = context.pods(1);
    const [asked, other] = [tokenized(3), tokenized(5)];
    producer.responseEnd(asked);
    send(asked, a!);
    expect(load(a!)).toEqual([0, 0]);
    send(other, a!);
    expect(load(a!)).toEqual([1, 5]);
  });

  test('is not counted on an endpoint that was deleted after the decision', () => {
    const { context, load, send } = setUp();
    const [old] = context.pods(1);
    context.endpoints.remove(old!.id);
    const newcomer = context.endpoint('new');
    send(tokenized(3), old!);
    expect(load(newcomer)).toEqual([0, 0]);
  });
});

test('counters equal the running requests under any order of events', () => {
  const event = fc.oneof(
    fc.record({
      kind: fc.constant('send' as const),
      pod: fc.nat(2),
      prefill: fc.option(fc.nat(2), { nil: undefined }),
      tokens: fc.nat(50),
    }),
    fc.record({ kind: fc.constantFrom('start' as const, 'end' as const), request: fc.nat(30) }),
    fc.record({ kind: fc.constant('replace' as const), pod: fc.nat(2) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.boolean(), (events, withOutput) => {
      const { context, producer, load, send } = setUp({ addEstimatedOutputTokens: withOutput, outputRatio: 1 });
      const pods = context.pods(3);
      const sent: {
        asked: InferenceRequest;
        decode: Endpoint;
        prefill: Endpoint | undefined;
        tokens: number;
        started: boolean;
        ended: boolean;
      }[] = [];
      for (const step of events) {
        if (step.kind === 'send') {
          const prefill = step.prefill === undefined ? undefined : pods[step.prefill]!;
          const asked = tokenized(step.tokens);
          send(asked, pods[step.pod]!, prefill);
          sent.push({ asked, decode: pods[step.pod]!, prefill, tokens: step.tokens * (withOutput ? 2 : 1), started: false, ended: false });
        } else if (step.kind === 'replace') {
          context.endpoints.remove(pods[step.pod]!.id);
          pods[step.pod] = context.endpoint(`pod-${step.pod}`);
        } else {
          const one = sent[step.request % Math.max(1, sent.length)];
          if (one === undefined) continue;
          if (step.kind === 'start') producer.responseStart(one.asked);
          else producer.responseEnd(one.asked);
          one.started ||= step.kind === 'start';
          one.ended ||= step.kind === 'end';
        }
      }
      for (const pod of pods) {
        const decoding = sent.filter((one) => one.decode === pod && !one.ended);
        const prefilling = sent.filter((one) => one.prefill === pod && !one.ended && !one.started);
        const tokens = [...decoding.filter((one) => withOutput || !one.started), ...prefilling].reduce((sum, one) => sum + one.tokens, 0);
        expect(load(pod)).toEqual([decoding.length + prefilling.length, tokens]);
      }
      for (const one of sent) producer.responseEnd(one.asked);
      for (const pod of pods) expect(load(pod)).toEqual([0, 0]);
    }),
  );
});

describe('the gauges', () => {
  const flow = (fairnessId: string, priority = 0): InferenceRequest => {
    const asked = tokenized(4);
    asked.fairnessId = fairnessId;
    asked.priority = priority;
    return asked;
  };

  test('follow a request and stay at 0 after it', () => {
    const { context, producer, send, series } = setUp();
    const pod = context.endpoint('pod', { id: 'default/pod-rank-1' });
    const asked = flow('tenant "ü"', -2);
    send(asked, pod);
    const labels =
      'endpoint_name="pod-rank-1",namespace="default",producer_name="inflight-load-producer",fairness_id="tenant \\"ü\\"",priority="-2"';
    expect(series()).toEqual([`llm_d_epp_inflight_requests{${labels}} 1`, `llm_d_epp_inflight_tokens{${labels}} 4`]);
    producer.responseStart(asked);
    expect(series()).toEqual([`llm_d_epp_inflight_requests{${labels}} 1`, `llm_d_epp_inflight_tokens{${labels}} 0`]);
    producer.responseEnd(asked);
    expect(series()).toEqual([`llm_d_epp_inflight_requests{${labels}} 0`, `llm_d_epp_inflight_tokens{${labels}} 0`]);
  });

  test('go with the endpoint, and a late end brings none back', () => {
    const { context, producer, send, series } = setUp();
    const [a] = context.pods(2);
    const asked = flow('f');
    send(asked, a!);
    context.endpoints.remove(a!.id);
    producer.responseEnd(asked);
    expect(series()).toEqual([]);
  });

  test('name at most 1,000 flows', () => {
    const { context, producer, send, series } = setUp();
    const [a] = context.pods(1);
    const requests = Array.from({ length: 1500 }, (_, i) => flow(`flow-${i}`));
    for (const asked of requests) send(asked, a!);
    const others = series().filter((line) => line.includes('fairness_id="other"'));
    expect(series()).toHaveLength(2 * 1001);
    expect(others.map((line) => line.split(' ').at(-1))).toEqual(['500', '2000']);
    for (const asked of requests) producer.responseEnd(asked);
    expect(series().every((line) => line.endsWith(' 0'))).toBe(true);
  });

  test('have at most some 10,000 series of one producer', () => {
    const { context, send, series } = setUp();
    const pods = context.pods(30);
    for (const pod of pods) for (let i = 0; i < 500; i++) send(flow(`flow-${i}`), pod);
    expect(series().length / 2).toBeLessThanOrEqual(10_000 + pods.length);
  });

  test('keep producers apart', () => {
    const context = new TestContext();
    const [a] = context.pods(1);
    for (const name of ['one', 'two']) {
      const producer = context.make<InflightLoadProducer>(requestControlPlugins[TYPE]!, TYPE, {}, name);
      producer.preRequest(flow('f'), { profiles: new Map([['decode', { targets: [a!] }]]), primary: 'decode' });
    }
    const lines = context.metrics.text().split('\n');
    expect(lines.filter((line) => line.startsWith('llm_d_epp_inflight_requests{') && line.endsWith(' 1'))).toHaveLength(2);
  });
});
