import type { Candidates } from '../../plugin/candidates';
import type { Endpoint } from '../../plugin/endpoint';
import type { InferenceRequest, InferenceResponse, SchedulingResult } from '../../plugin/request';

/** How a session finds its endpoint again. */
export interface SessionStrategy {
  /** Slot of the endpoint that the request is pinned to, if it is among the candidates; -1 otherwise. */
  choose(request: InferenceRequest, candidates: Candidates): number;
  /** Notes the decision. */
  decided(request: InferenceRequest, result: SchedulingResult): void;
  /** Tells the client what it must send next time. */
  answer(request: InferenceRequest, response: InferenceResponse, target: Endpoint | undefined): void;
}

/** Endpoint that the profile has picked, '' for the primary one. */
export function pickedBy(profile: string, result: SchedulingResult | undefined): Endpoint | undefined {
  return result?.profiles.get(profile === '' ? result.primary : profile)?.targets[0];
}
