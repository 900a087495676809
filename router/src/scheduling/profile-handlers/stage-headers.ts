import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { ENCODERS, PREFILLER } from '../../request-control/header-names';

/** Names of the profiles of the stages before decode. */
export interface StageProfiles {
  readonly prefill: string;
  readonly encode: string;
}

/** Writes the stage headers; what the client sent under their names never reaches the model server. */
export function writeStageHeaders(request: InferenceRequest, { profiles }: SchedulingResult, stages: StageProfiles): void {
  const { headers } = request;
  headers.delete(PREFILLER);
  headers.delete(ENCODERS);
  const prefiller = profiles.get(stages.prefill)?.targets[0];
  if (prefiller !== undefined) headers.set(PREFILLER, prefiller.host);
  const encoders = profiles.get(stages.encode)?.targets ?? [];
  if (encoders.length > 0) headers.set(ENCODERS, encoders.map(({ host }) => host).join(','));
}
