import type { Headers } from '../plugin/request';

/**
 * Names of the headers and metadata keys of the protocol between proxy, router and model server. Each list starts with the current name;
 * what follows are deprecated names.
 * Source: llm-d-router v0.10.0, `pkg/epp/metadata`, `pkg/common/routing`.
 */
export const controlHeaders = {
  fairnessId: ['x-llm-d-inference-fairness-id', 'x-gateway-inference-fairness-id'],
  objective: ['x-llm-d-inference-objective', 'x-gateway-inference-objective'],
  modelRewrite: ['x-llm-d-model-name-rewrite', 'x-gateway-model-name-rewrite'],
  ttftSlo: ['x-llm-d-slo-ttft-ms', 'x-slo-ttft-ms'],
  tpotSlo: ['x-llm-d-slo-tpot-ms', 'x-slo-tpot-ms'],
  videoFps: ['x-llm-d-video-fps'],
  videoDuration: ['x-llm-d-video-duration-seconds'],
  videoResolution: ['x-llm-d-video-resolution'],
} as const;

/** The picked endpoints: header and metadata key. */
export const DESTINATION = 'x-gateway-destination-endpoint';
/** Scores of the endpoints: metadata key. */
export const DESTINATION_SCORES = 'x-gateway-destination-endpoint-scores';
/** The endpoint that served the request, by the proxy's word: metadata key. */
export const DESTINATION_SERVED = 'x-gateway-destination-endpoint-served';
/** The endpoints that the proxy allows: metadata key. */
export const DESTINATION_SUBSET = 'x-gateway-destination-endpoint-subset';
/** Metadata namespace of the picked endpoints. */
export const DESTINATION_NAMESPACE = 'envoy.lb';
/** Metadata namespace of the allowed endpoints. */
export const SUBSET_NAMESPACE = 'envoy.lb.subset_hint';
/** Why a request was dropped. */
export const DROPPED_REASON = 'x-llm-d-request-dropped-reason';
/** Identity of a request. */
export const REQUEST_ID = 'x-request-id';

/** Who prefills, for the proxy next to the decode engine. */
export const PREFILLER = 'x-prefiller-host-port';
/** Who encodes media, separated by commas, for the same proxy. */
export const ENCODERS = 'x-encoder-hosts-ports';
/** The data-parallel rank that was picked, for a proxy in front of the engine. */
export const DATA_PARALLEL_RANK = 'x-data-parallel-host-port';

/** Headers that only the router may set: they name other machines, so a client's own never reach the model server. */
export const routingHeaders: readonly string[] = [PREFILLER, ENCODERS, DATA_PARALLEL_RANK, 'x-kv-cache-source-host-port'];

/** Headers that the router never echoes. */
export const systemOwned: ReadonlySet<string> = new Set([
  ...Object.values(controlHeaders).flat(),
  DESTINATION,
  DESTINATION_SERVED,
  DESTINATION_SUBSET,
  DROPPED_REASON,
  'content-length',
]);

/** Value of a header under its current name if it is there, even if empty, else under a deprecated one. */
export function firstOf(headers: Headers, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = headers.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
