import type { PluginContext } from '../../plugin/context';
import type { ProfileHandler, RunProfile } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { needed } from './profiles';

/** Defaults. Source: llm-d-router v0.10.0, `profilehandler/headerprofile`. */
const defaults = { headerName: 'EPP-Profile', defaultProfile: 'decode' };

/** Runs the profile that a header names: a blank header stands for the default one, a single profile needs none. */
export class HeaderProfileHandler implements ProfileHandler {
  private readonly headerName: string;
  private readonly defaultProfile: string;

  constructor({ parameters }: PluginContext) {
    this.headerName = (String(parameters.headerName).trim() || defaults.headerName).toLowerCase();
    this.defaultProfile = String(parameters.defaultProfile).trim() || defaults.defaultProfile;
  }

  schedule(request: InferenceRequest, profiles: readonly string[], run: RunProfile): SchedulingResult {
    const named = request.headers.get(this.headerName)?.trim() || this.defaultProfile;
    const [primary = named] = profiles.length === 1 ? profiles : [];
    if (!profiles.includes(primary))
      throw new Error(`no scheduling profile "${primary}" is configured, header "${this.headerName}" names it`);
    return { profiles: new Map([[primary, needed(primary, run(primary))]]), primary };
  }
}
