import fc from 'fast-check';
import { OnlinePredictor } from '../../src/latency/online-predictor';
import { seededRandom } from '../support/context';
import { batchOf, type FeatureValues, rowOf } from '../support/latency';

type Random = () => number;
type Law = (
  values: Required<Pick<FeatureValues, 'inputTokens' | 'prefixScore' | 'waiting' | 'running' | 'kvUsage' | 'prefillTokens'>>,
) => number;

/** Milliseconds: a fixed cost, prefill of what is not cached, and what stands before it in the queue. */
const law: Law = ({ inputTokens, prefixScore, waiting, running, prefillTokens }) =>
  25 + 0.12 * inputTokens * (1 - prefixScore) + 18 * waiting + 1.5 * running + 0.05 * prefillTokens;
const slower: Law = (values) => 3 * law(values);
const otherLaw: Law = ({ inputTokens, prefixScore, waiting }) => 200 + 0.02 * inputTokens * (1 - prefixScore) + 90 * waiting;
const tpotLaw: Law = ({ running, kvUsage }) => 8 + 0.4 * running + 6 * kvUsage;

function draw(random: Random) {
  const waiting = random() < 0.5 ? 0 : Math.floor(random() * 20);
  return {
    inputTokens: Math.floor(50 + random() ** 2 * 8000),
    prefixScore: random() < 0.4 ? 0 : random(),
    waiting,
    running: Math.floor(random() * 60),
    kvUsage: random(),
    // Rises and falls with the queue, as it does in life.
    prefillTokens: Math.floor(waiting * 900 * (0.8 + 0.4 * random())),
  };
}

/** Noise of 15 % as a standard deviation, and now and then a stall of ten times the latency. */
function noisy(value: number, random: Random): number {
  const bell = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(1, value * (1 + 0.15 * bell)) * (random() < 0.01 ? 10 : 1);
}

function train(predictor: OnlinePredictor, ttft: Law, samples: number, random: Random, podType = ''): void {
  for (let i = 0; i < samples; i++) {
    const values = draw(random);
    const [ttftMs, tpotMs] = [noisy(ttft(values), random), noisy(tpotLaw(values), random)];
    predictor.learn({ row: rowOf(values), podType, ttftMs, tpotMs: 0 });
    predictor.learn({ row: rowOf({ ...values, prefixScore: 0 }), podType, ttftMs: 0, tpotMs });
  }
}

/** Mean relative errors of TTFT and TPOT over fresh requests, against the law without noise. */
function errors(predictor: OnlinePredictor, ttft: Law, random: Random, podType = ''): { ttft: number; tpot: number } {
  const drawn = Array.from({ length: 500 }, () => draw(random));
  const batch = batchOf(drawn.map(rowOf), podType);
  predictor.predict(batch);
  const mean = (predicted: Float64Array, of: Law): number =>
    drawn.reduce((sum, values, i) => sum + Math.abs(predicted[i]! - of(values)) / of(values), 0) / drawn.length;
  return { ttft: mean(batch.ttftMs, ttft), tpot: mean(batch.tpotMs, tpotLaw) };
}

const predictOne = (predictor: OnlinePredictor, values: FeatureValues, podType = ''): [number, number] => {
  const batch = batchOf([rowOf(values)], podType);
  predictor.predict(batch);
  return [batch.ttftMs[0]!, batch.tpotMs[0]!];
};

test('predicts nothing before 32 samples, for each latency apart', () => {
  const predictor = new OnlinePredictor();
  const row = rowOf({ inputTokens: 100 });
  expect(predictOne(predictor, {})).toEqual([Number.NaN, Number.NaN]);
  for (let i = 0; i < 31; i++) predictor.learn({ row, podType: '', ttftMs: 50, tpotMs: 0 });
  expect(predictOne(predictor, { inputTokens: 100 })[0]).toBeNaN();
  predictor.learn({ row, podType: '', ttftMs: 50, tpotMs: 0 });
  const [ttft, tpot] = predictOne(predictor, { inputTokens: 100 });
  expect(ttft).toBeGreaterThan(48);
  expect(ttft).toBeLessThan(52);
  expect(tpot).toBeNaN();
});

test.each([1, 2, 3])('learns a law of queue, prefix and length from noisy samples (seed %d)', (seed) => {
  const random = seededRandom(seed);
  const predictor = new OnlinePredictor();
  train(predictor, law, 100, random);
  const early = errors(predictor, law, random);
  expect(early.ttft).toBeLessThan(0.25);
  train(predictor, law, 1500, random);
  const late = errors(predictor, law, random);
  expect(late.ttft).toBeLessThan(0.1);
  expect(late.tpot).toBeLessThan(0.1);
});

test.each([
  ['all becomes three times as slow', slower],
  ['queue and length trade places', otherLaw],
])('recovers after the law changed: %s', (_, changed) => {
  const random = seededRandom(4);
  const predictor = new OnlinePredictor();
  train(predictor, law, 1500, random);
  expect(errors(predictor, changed, random).ttft).toBeGreaterThan(0.4);
  train(predictor, changed, 300, random);
  expect(errors(predictor, changed, random).ttft).toBeLessThan(0.25);
  train(predictor, changed, 1500, random);
  expect(errors(predictor, changed, random).ttft).toBeLessThan(0.1);
});

test('keeps pod types apart', () => {
  const random = seededRandom(5);
  const predictor = new OnlinePredictor();
  train(predictor, law, 600, random, 'prefill');
  train(predictor, otherLaw, 600, random, 'decode');
  expect(errors(predictor, law, random, 'prefill').ttft).toBeLessThan(0.15);
  expect(errors(predictor, otherLaw, random, 'decode').ttft).toBeLessThan(0.15);
  expect(predictOne(predictor, { inputTokens: 100 }, 'encode')).toEqual([Number.NaN, Number.NaN]);
});

test('has at most 17 models, however many pod types there are', () => {
  const predictor = new OnlinePredictor();
  for (let type = 0; type < 100; type++)
    for (let i = 0; i < 40; i++) predictor.learn({ row: rowOf({}), podType: `type-${type}`, ttftMs: type < 16 ? 10 : 90, tpotMs: 0 });
  expect(predictOne(predictor, {}, 'type-0')[0]).toBeCloseTo(10, 0);
  expect(predictOne(predictor, {}, 'type-99')[0]).toBeCloseTo(90, 0);
  expect(predictOne(predictor, {}, 'never seen')[0]).toBeCloseTo(90, 0);
});

test('more load never predicts less latency', () => {
  const random = seededRandom(6);
  const predictor = new OnlinePredictor();
  train(predictor, law, 400, random);
  const more = fc.record({ waiting: fc.nat(500), running: fc.nat(500), inputTokens: fc.nat(100_000), prefillTokens: fc.nat(500_000) });
  fc.assert(
    fc.property(more, more, fc.double({ min: 0, max: 1, noNaN: true }), (base, added, prefixScore) => {
      const [light] = predictOne(predictor, { ...base, prefixScore });
      const [heavy] = predictOne(predictor, {
        waiting: base.waiting + added.waiting,
        running: base.running + added.running,
        inputTokens: base.inputTokens + added.inputTokens,
        prefillTokens: base.prefillTokens + added.prefillTokens,
        prefixScore,
      });
      expect(light).toBeGreaterThan(0);
      expect(heavy).toBeGreaterThanOrEqual(light);
      expect(heavy).toBeLessThan(Number.POSITIVE_INFINITY);
    }),
  );
});

test('bears any sample', () => {
  const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1e9));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(number, number, fc.double({ min: 0, max: 1e9, noNaN: true })), { minLength: 40, maxLength: 60 }),
      (samples) => {
        const predictor = new OnlinePredictor();
        for (const [ttftMs, inputTokens, waiting] of samples) {
          predictor.learn({ row: rowOf({ inputTokens, waiting }), podType: '', ttftMs, tpotMs: ttftMs });
        }
        const [ttft] = predictOne(predictor, { inputTokens: 10 });
        expect(ttft > 0 || Number.isNaN(ttft)).toBe(true);
      },
    ),
  );
});
