import type { InferenceRequest, SchedulingResult } from '../../plugin/request';

/** Headers that tell the proxy next to the decode engine who prefills and who encodes. Source: llm-d-router v0.10.0, `common/routing`. */
export const stageHeaders = { prefill: 'x-prefiller-host-port', encode: 'x-encoder-hosts-ports' } as const;

/** Names of the profiles of the stages before decode. */
export interface StageProfiles {
  readonly prefill: string;
  readonly encode: string;
}

/** Writes the stage headers; what the client sent under their names never reaches the model server. */
export function writeStageHeaders(request: InferenceRequest, { profiles }: SchedulingResult, stages: StageProfiles): void {
  const { headers } = request;
  headers.delete(stageHeaders.prefill);
  headers.delete(stageHeaders.encode);
  const prefiller = profiles.get(stages.prefill)?.targets[0];
  if (prefiller !== undefined) headers.set(stageHeaders.prefill, prefiller.host);
  const encoders = profiles.get(stages.encode)?.targets ?? [];
  if (encoders.length > 0) headers.set(stageHeaders.encode, encoders.map(({ host }) => host).join(','));
}
