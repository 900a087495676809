import fc from 'fast-check';
import { inFlightRequests, inFlightTokens, type Scorer } from '../../../src/plugin';
import { scorerPlugins } from '../../../src/scheduling/scorers/plugins';
import { request, TestContext } from '../../support/context';
import { bySlot, scoresOf } from '../../support/scorers';

const PRODUCER = 'inflight-load-producer';

function setUp(type: string, column: string, values: readonly number[], parameters = {}): { context: TestContext; scorer: Scorer } {
  const context = new TestContext();
  const scorer = context.make<Scorer>(scorerPlugins[type]!, type, parameters);
  context.pods(values.length).forEach((endpoint, i) => {
    context.set(column, endpoint, values[i]!);
  });
  return { context, scorer };
}

describe('active-request-scorer', () => {
  const score = (values: readonly number[], parameters = {}): number[] => {
    const { context, scorer } = setUp('active-request-scorer', inFlightRequests(PRODUCER), values, parameters);
    return scoresOf(context, scorer);
  };

  test('is 1 for idle endpoints and (max - count) / max for busy ones', () => {
    expect(score([0, 1, 4])).toEqual([1, 0.75, 0]);
    expect(score([0, 0])).toEqual([1, 1]);
    expect(score([3])).toEqual([0]);
    expect(score([])).toEqual([]);
  });

  test('knows a threshold of idleness and a cap for the busy', () => {
    expect(score([2, 3, 4], { idleThreshold: 2, maxBusyScore: 0.5 })).toEqual([1, 0.125, 0]);
  });

  test('takes its defaults for values out of range', () => {
    expect(score([0, 2, 4], { idleThreshold: -1, maxBusyScore: 1.5 })).toEqual([1, 0.5, 0]);
    expect(score([0, 2, 4], { maxBusyScore: -0.1 })).toEqual([1, 0.5, 0]);
  });

  test('reads the producer it is told', () => {
    const { context, scorer } = setUp('active-request-scorer', inFlightRequests('other'), [0, 2], { inFlightLoadProducerName: 'other' });
    expect(scoresOf(context, scorer)).toEqual([1, 0]);
  });

  test('is within 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }),
        fc.nat(5),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (v, idle, cap) =>
          expect(score(v, { idleThreshold: idle, maxBusyScore: cap }).every((value) => value >= 0 && value <= 1)).toBe(true),
      ),
    );
  });
});

describe('token-load-scorer', () => {
  test('adds the tokens in flight and those of this request', () => {
    const { context, scorer } = setUp('token-load-scorer', inFlightTokens(PRODUCER), [0, 0, 50, 90], { queueThresholdTokens: 100 });
    const asked = request();
    const [, second, third, fourth] = context.endpoints.all();
    asked.put(
      'UncachedRequestTokens',
      PRODUCER,
      bySlot(new Float64Array(64), [
        [second!, 25],
        [third!, 10],
        [fourth!, 20],
      ]),
    );
    expect(scoresOf(context, scorer, { request: asked })).toEqual([1, 0.75, 0.4, 0]);
  });

  test('does without the tokens of this request', () => {
    const { context, scorer } = setUp('token-load-scorer', inFlightTokens(PRODUCER), [0, 1_048_576]);
    expect(scoresOf(context, scorer)).toEqual([1, 0.75]);
  });

  test('takes endpoints that came after the request was counted', () => {
    const { context, scorer } = setUp('token-load-scorer', inFlightTokens(PRODUCER), Array(70).fill(0));
    const asked = request();
    asked.put('UncachedRequestTokens', PRODUCER, new Float64Array(1));
    expect(scoresOf(context, scorer, { request: asked })).toEqual(Array(70).fill(1));
  });

  test('takes its default threshold for 0', () => {
    const { context, scorer } = setUp('token-load-scorer', inFlightTokens(PRODUCER), [2_097_152], { queueThresholdTokens: 0 });
    expect(scoresOf(context, scorer)).toEqual([0.5]);
  });
});
