import type { InferenceRequest, ProfileResult } from '../../plugin/request';
import { DATA_PARALLEL_RANK } from '../../request-control/header-names';

/** Lets requests go to one port of each target and names the rank that was picked in a header. `port` 0 changes nothing. */
export function sendToPort(request: InferenceRequest, { targets }: ProfileResult, port: number): { readonly port?: number } {
  const [target] = targets;
  if (port === 0 || target === undefined) return {};
  request.headers.set(DATA_PARALLEL_RANK, target.host);
  return { port };
}
