import type { Candidates } from '../plugin/candidates';
import type { EndpointTable } from '../plugin/endpoint-table';

/** How the proxy's hint is read. */
export interface SubsetOptions {
  /** Whether the hint is not looked at. */
  readonly ignored: boolean;
  /** Whether `ip:port` names that port only; else, as in upstream, all ports of the address. */
  readonly honourPorts: boolean;
}

/** Address of `ip:port`: the text before the last colon, an IPv6 address without its brackets. */
export function addressOf(host: string): string {
  const colon = host.lastIndexOf(':');
  const address = colon < 0 ? host : host.slice(0, colon);
  return address.startsWith('[') && address.endsWith(']') ? address.slice(1, -1) : address;
}

/** Fills in the endpoints that a request may go to: all, or those of the proxy's hint. */
export function locate(
  candidates: Candidates,
  endpoints: EndpointTable,
  subset: readonly string[] | undefined,
  options: SubsetOptions,
): Candidates {
  candidates.fill(endpoints.all());
  if (subset === undefined || options.ignored) return candidates;
  const allowed = new Set(options.honourPorts ? subset : subset.map(addressOf));
  return candidates.retain((slot) => {
    const endpoint = endpoints.at(slot);
    if (endpoint === undefined) return false;
    // An entry without a port allows every port of its address.
    return allowed.has(endpoint.metadata.address) || (options.honourPorts && allowed.has(endpoint.host));
  });
}
