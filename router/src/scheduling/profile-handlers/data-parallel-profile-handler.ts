import type { PluginContext } from '../../plugin/context';
import type { ProfileHandler, RunProfile } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { sendToPort } from './data-parallel';
import { needed, onlyProfile } from './profiles';

/** Runs the one profile there is and sends to the port of the pod's proxy, which finds the rank in a header. */
export class DataParallelProfileHandler implements ProfileHandler {
  private readonly port: number;

  constructor({ parameters, log, type }: PluginContext) {
    log.info({ type }, 'plugin type data-parallel-profile-handler is deprecated, use single-profile-handler with Istio 1.28.1 or newer');
    this.port = Number(parameters.primaryPort);
  }

  schedule(request: InferenceRequest, profiles: readonly string[], run: RunProfile): SchedulingResult {
    const primary = onlyProfile(profiles, 'data-parallel-profile-handler');
    const result = needed(primary, run(primary));
    return { profiles: new Map([[primary, result]]), primary, ...sendToPort(request, result, this.port) };
  }
}
