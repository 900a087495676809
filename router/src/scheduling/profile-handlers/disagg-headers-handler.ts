import type { PluginContext } from '../../plugin/context';
import type { PreRequest } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { type StageProfiles, writeStageHeaders } from './stage-headers';

/** Writes the headers of disaggregation for a profile handler that does not. */
export class DisaggHeadersHandler implements PreRequest {
  private readonly stages: StageProfiles;

  constructor({ parameters }: PluginContext) {
    this.stages = { prefill: String(parameters.prefillProfile), encode: String(parameters.encodeProfile) };
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    writeStageHeaders(request, result, this.stages);
  }
}
