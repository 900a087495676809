import { type Candidates, EndpointTable, InferenceError, type InferenceRequest } from '../../src/plugin';
import { addressOf, locate } from '../../src/request-control/candidate-location';
import { wantsCachedPrefix } from '../../src/request-control/conditional-decode';
import { ExtProcHarness, firstCandidate, type HarnessOptions, named, settled } from '../support/ext-proc';

/** A pipeline whose steps note their names. */
function traced(steps: string[], extra: HarnessOptions['pipeline'] = {}): HarnessOptions {
  const note = (name: string) => () => void steps.push(name);
  return {
    priorities: { high: 7 },
    schedule: (context) => (request, candidates) => {
      steps.push('schedule');
      return firstCandidate(context)(request, candidates);
    },
    pipeline: {
      headerProcessors: [named('h', { requestHeader: note('header') })],
      screeners: [named('s', { screen: note('screen') })],
      producers: [named('p', { produce: note('produce') })],
      admitters: [named('a', { admit: () => void steps.push('admit') })],
      preRequest: [named('r', { preRequest: note('preRequest') })],
      ...extra,
    },
  };
}

describe('the pipeline', () => {
  test('runs its steps in order, at once when nothing waits', () => {
    const steps: string[] = [];
    expect(new ExtProcHarness(traced(steps)).sent().destination).toBe('10.0.0.1:8000');
    expect(steps).toEqual(['header', 'screen', 'produce', 'admit', 'schedule', 'preRequest']);
  });

  test('notes the time of each plugin', () => {
    const harness = new ExtProcHarness(traced([]));
    harness.sent();
    for (const [point, plugin] of [
      ['RequestHeader', 'h'],
      ['Screener', 's'],
      ['DataProducer', 'p'],
      ['Admission', 'a'],
      ['PreRequest', 'r'],
      ['RequestParsing', 'json'],
    ]) {
      for (const prefix of ['llm_d_epp', 'inference_extension']) {
        const labels = `extension_point="${point}",plugin_type="${plugin}",plugin_name="${plugin}"`;
        expect(harness.metric(`${prefix}_plugin_duration_seconds_count{${labels}}`)).toBe(1);
      }
    }
  });

  test('notes the time of a parser that refuses', () => {
    const harness = new ExtProcHarness();
    harness.open().requestHeaders({ ':path': '/v1/completions', 'x-request-id': 'id' }).requestBody('{');
    const labels = 'extension_point="RequestParsing",plugin_type="json",plugin_name="json"';
    expect(harness.metric(`llm_d_epp_plugin_duration_seconds_count{${labels}}`)).toBe(1);
  });

  test('knows priority, objective and fairness id from headers', () => {
    const seen: InferenceRequest[] = [];
    const harness = new ExtProcHarness(traced([], { preRequest: [named('r', { preRequest: (request) => void seen.unshift(request) })] }));
    harness.sent(undefined, { 'x-llm-d-inference-objective': 'high', 'x-gateway-inference-fairness-id': 'tenant' });
    expect(seen[0]).toMatchObject({ objective: 'high', priority: 7, fairnessId: 'tenant', id: 'id' });
    harness.sent(undefined, { 'x-llm-d-inference-objective': '', 'x-gateway-inference-objective': 'high' });
    expect(seen[0]).toMatchObject({ objective: '', priority: 0, fairnessId: 'default-flow' });
  });

  test('takes the identity of an agent for the fairness id, unless a header says one', () => {
    const seen: InferenceRequest[] = [];
    const harness = new ExtProcHarness(
      traced([], {
        headerProcessors: [named('agent', { requestHeader: (request) => void request.attributes.set('agent-identity', 'agent') })],
        preRequest: [named('r', { preRequest: (request) => void seen.unshift(request) })],
      }),
    );
    harness.sent();
    expect(seen[0]?.fairnessId).toBe('agent');
    harness.sent(undefined, { 'x-llm-d-inference-fairness-id': '' });
    expect(seen[0]?.fairnessId).toBe('agent');
    harness.sent(undefined, { 'x-llm-d-inference-fairness-id': 'tenant' });
    expect(seen[0]?.fairnessId).toBe('tenant');
  });
});

describe('screeners', () => {
  test('each see all candidates, and what all of them keep stays in order', () => {
    const seen: number[] = [];
    const keep = (...wanted: number[]) =>
      named('s', {
        screen: (_: InferenceRequest, candidates: Candidates) => {
          seen.push(candidates.size);
          candidates.retain((slot) => wanted.includes(slot));
        },
      });
    const left: number[][] = [];
    const harness = new ExtProcHarness({
      pods: 200,
      pipeline: { screeners: [keep(9, 5, 150, 1), keep(150, 3, 9), keep(9, 150, 7)] },
      schedule: (context) => (request, candidates) => {
        left.push([...candidates.slots.subarray(0, candidates.size)]);
        return firstCandidate(context)(request, candidates);
      },
    });
    harness.sent();
    harness.sent();
    expect(seen).toEqual([200, 200, 200, 200, 200, 200]);
    expect(left).toEqual([
      [9, 150],
      [9, 150],
    ]);
  });
});

describe('data producers', () => {
  const producer = (
    name: string,
    produce: (request: InferenceRequest, candidates: Candidates) => void | Promise<void>,
    timeoutMs?: number,
  ) => named(name, { produce, timeoutMs });

  test('run one after the other, also when some of them wait', async () => {
    const steps: string[] = [];
    const late = (name: string) => async () => {
      steps.push(`${name} starts`);
      await settled();
      steps.push(`${name} ends`);
    };
    const producers = [producer('a', () => void steps.push('a')), producer('b', late('b')), producer('c', late('c'))];
    const envoy = new ExtProcHarness({ pipeline: { producers: [...producers, producer('d', () => void steps.push('d'))] } }).sent();
    expect(envoy.answers).toEqual([]);
    for (let i = 0; i < 4; i++) await settled();
    expect(steps).toEqual(['a', 'b starts', 'b ends', 'c starts', 'c ends', 'd']);
    expect(envoy.destination).toBe('10.0.0.1:8000');
  });

  test.each<[string, () => void | Promise<void>]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['takes too long', () => new Promise(() => {})],
  ])('one that %s stops those after it, not the request', async (_, fails) => {
    const after = jest.fn();
    const harness = new ExtProcHarness({ pipeline: { producers: [producer('bad', fails, 10), producer('after', after)] } });
    const envoy = harness.sent();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(envoy.destination).toBe('10.0.0.1:8000');
    expect(after).not.toHaveBeenCalled();
    expect(harness.context.log.lines.filter(({ level }) => level === 'info')).toMatchObject([
      { fields: { requestId: 'id', producer: 'bad' } },
    ]);
  });

  test('that wait do not bring back endpoints that are gone, even if their slot is taken again', async () => {
    const left: string[][] = [];
    const harness = new ExtProcHarness({
      pipeline: { producers: [producer('slow', settled)] },
      schedule: (context) => (request, candidates) => {
        left.push(context.names(candidates));
        return firstCandidate(context)(request, candidates);
      },
    });
    const envoy = harness.sent();
    const other = harness.sent();
    harness.context.endpoints.remove('default/pod-0');
    harness.context.endpoint('new', { address: '10.9.9.9' });
    await settled();
    await settled();
    expect(left).toEqual([
      ['pod-1', 'pod-2'],
      ['pod-1', 'pod-2'],
    ]);
    expect([envoy.destination, other.destination]).toEqual(['10.0.0.2:8000', '10.0.0.2:8000']);
  });

  test('that wait until no endpoint is left end in 503', async () => {
    const harness = new ExtProcHarness({ pods: 1, pipeline: { producers: [producer('slow', settled)] } });
    const envoy = harness.sent();
    harness.context.endpoints.remove('default/pod-0');
    await settled();
    await settled();
    expect(envoy.answers[0]).toMatchObject({ status: 503 });
  });
});

describe('conditional decode', () => {
  test.each([
    ['if-available', true],
    ['IF-Available', true],
    ['respond-async, if-available;wait=1', true],
    [' if-available ; a=b', true],
    ['if-availables', false],
    ['wait=if-available', false],
    ['', false],
    [undefined, false],
  ])('Prefer: %s wants a cached prefix: %s', (header, wanted) => {
    expect(wantsCachedPrefix(header)).toBe(wanted);
  });

  const withMatch = (blocks: number | undefined) => {
    const produce = (request: InferenceRequest, candidates: Candidates) => {
      if (blocks === undefined) return;
      const matchBlocks = new Int32Array(64).fill(-1);
      matchBlocks[candidates.slots[0] as number] = blocks;
      request.put('PrefixCacheMatchInfo', 'prefix', { matchBlocks, cachedBlocks: matchBlocks, totalBlocks: 4, blockSizeTokens: 64 });
    };
    return new ExtProcHarness({ pipeline: { producers: [named('prefix', { produce })] } });
  };

  test.each([[undefined], [0], [-1]])('is refused with 412 when %s blocks are cached', (blocks) => {
    const harness = withMatch(blocks);
    expect(harness.sent(undefined, { prefer: 'if-available' }).answers).toMatchObject([
      { status: 412, text: 'inference error: PreconditionFailed - no decode worker has the requested KV cache' },
    ]);
    expect(harness.sent().destination).toBe('10.0.0.1:8000');
  });

  test('goes on when a block is cached', () => {
    expect(withMatch(1).sent(undefined, { prefer: 'if-available' }).destination).toBe('10.0.0.1:8000');
  });
});

describe('candidate location', () => {
  test.each([
    ['10.0.0.1:8000', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['[fd00::1]:8000', 'fd00::1'],
    [':8000', ''],
    ['', ''],
  ])('the address of "%s" is "%s"', (host, address) => {
    expect(addressOf(host)).toBe(address);
  });

  test('copes with 1,000 endpoints and finds IPv6 ones', () => {
    const harness = new ExtProcHarness({ pods: 1000 });
    harness.context.endpoint('six', { address: 'fd00::1' });
    const { endpoints } = harness.context;
    const options = { ignored: false, honourPorts: false };
    const candidates = harness.context.candidates([]);
    expect(locate(candidates, endpoints, undefined, options).size).toBe(1001);
    expect(harness.context.names(locate(candidates, endpoints, ['[fd00::1]:8000'], options))).toEqual(['six']);
    expect(harness.context.names(locate(candidates, endpoints, ['[fd00::1]:8000'], { ...options, honourPorts: true }))).toEqual(['six']);
    expect(locate(candidates, new EndpointTable(), undefined, options).size).toBe(0);
  });
});

test('a refusal by a header processor is the answer', () => {
  const refuse = named('no', {
    requestHeader: () => {
      throw new InferenceError('Unauthorized', 'who are you');
    },
  });
  const harness = new ExtProcHarness({ pipeline: { headerProcessors: [refuse] } });
  expect(harness.sent().answers).toMatchObject([{ status: 401, text: 'inference error: Unauthorized - who are you' }]);
  expect(harness.admission.admitted).toBe(0);
});
