import type { Candidates } from '../plugin/candidates';
import type { EndpointTable } from '../plugin/endpoint-table';

/** Fills `candidates` with the endpoints of a subset hint: those whose address it names, whatever the port. Undefined is all of them. */
export function fillSubset(candidates: Candidates, endpoints: EndpointTable, subset: readonly string[] | undefined): Candidates {
  candidates.fill(endpoints.all());
  if (subset === undefined) return candidates;
  const addresses = new Set(subset.flatMap((item) => [item, item.slice(0, Math.max(0, item.lastIndexOf(':')))]));
  return candidates.retain((slot) => addresses.has(endpoints.at(slot)?.metadata.address ?? ''));
}
