import type { Candidates } from '../plugin/candidates';
import type { Endpoint } from '../plugin/endpoint';
import type { InferenceRequest, SchedulingResult } from '../plugin/request';

/**
 * Notes why a decision came out as it did. The scheduler asks `begin` for each request; undefined means that this one is not recorded,
 * and then recording costs nothing.
 */
export interface DecisionRecorder {
  begin(request: InferenceRequest, candidates: Candidates): DecisionRecord | undefined;
}

/** The notes on one decision; arrays are only lent for the call. */
export interface DecisionRecord {
  profileStarted(profile: string, candidates: Candidates): void;
  filtered(profile: string, filter: string, left: Candidates): void;
  /** Scores of one scorer, clamped, before the weight. */
  scored(profile: string, scorer: string, weight: number, candidates: Candidates, scores: Float64Array): void;
  picked(profile: string, candidates: Candidates, totals: Float64Array, targets: readonly Endpoint[]): void;
  ended(result: SchedulingResult | undefined, error?: unknown): void;
}
