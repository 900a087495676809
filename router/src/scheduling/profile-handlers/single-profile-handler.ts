import type { ProfileHandler, RunProfile } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { needed, onlyProfile } from './profiles';

/** Runs the one profile there is. */
export class SingleProfileHandler implements ProfileHandler {
  schedule(_request: InferenceRequest, profiles: readonly string[], run: RunProfile): SchedulingResult {
    const primary = onlyProfile(profiles, 'single-profile-handler');
    return { profiles: new Map([[primary, needed(primary, run(primary))]]), primary };
  }
}
