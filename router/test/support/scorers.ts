import type { Candidates, Endpoint, InferenceRequest, Scorer } from '../../src/plugin';
import { request, type TestContext } from './context';

/** How a scorer is asked. */
export interface ScoreOptions {
  /** @default - a short completion request */
  readonly request?: InferenceRequest;
  /** @default - none */
  readonly peer?: Endpoint;
  /** @default - all endpoints */
  readonly candidates?: Candidates;
}

/** The scores of one call, in the order of the candidates. */
export function scoresOf(context: TestContext, scorer: Scorer, options: ScoreOptions = {}): number[] {
  const { request: asked = request(), candidates = context.candidates(), peer } = options;
  // Longer than the list and with a mark behind it, as the scheduler's array may be.
  const scores = new Float64Array(candidates.size + 1);
  scores[candidates.size] = 42;
  scorer.score({ request: asked, profile: 'default', ...(peer === undefined ? {} : { peer }) }, candidates, scores);
  expect(scores[candidates.size]).toBe(42);
  return [...scores.subarray(0, candidates.size)];
}

/** An array by slot from pairs of endpoint and value. */
export function bySlot<A extends Float64Array | Int32Array>(array: A, values: Iterable<readonly [Endpoint, number]>): A {
  for (const [endpoint, value] of values) array[endpoint.slot] = value;
  return array;
}
