import type { InferenceRequest, ProfileResult } from '../../plugin/request';

/** Header that names the data-parallel rank to a proxy in front of the engine. Source: llm-d-router v0.10.0, `common/routing`. */
export const DATA_PARALLEL_HEADER = 'x-data-parallel-host-port';

/** Lets requests go to one port of each target and names the rank that was picked in a header. `port` 0 changes nothing. */
export function sendToPort(request: InferenceRequest, { targets }: ProfileResult, port: number): { readonly port?: number } {
  const [target] = targets;
  if (port === 0 || target === undefined) return {};
  request.headers.set(DATA_PARALLEL_HEADER, target.host);
  return { port };
}
