import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import { hostPort } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { Cycle, Filter } from '../../plugin/plugins';

/** Header that lists `ip` or `ip:port`, separated by commas. Source: the conformance tests of the Gateway API Inference Extension. */
export const TEST_SELECTION_HEADER = 'test-epp-endpoint-selection';

/** Keeps the endpoints that a header lists, in its order and one for each address; none without the header. For conformance tests. */
export class HeaderBasedTestingFilter implements Filter {
  private readonly endpoints: EndpointTable;

  constructor({ endpoints }: PluginContext) {
    this.endpoints = endpoints;
  }

  filter({ request }: Cycle, candidates: Candidates): void {
    const slotOf = new Map<string, number>();
    const addressOf = new Map<number, string>();
    for (const slot of candidates.slots.subarray(0, candidates.size)) {
      const metadata = this.endpoints.at(slot)?.metadata;
      if (metadata === undefined) continue;
      const address = bare(metadata.address);
      slotOf.set(address, slot).set(hostPort(address, metadata.port), slot);
      addressOf.set(slot, address);
    }
    const kept: number[] = [];
    const seen = new Set<string>();
    for (const item of (request.headers.get(TEST_SELECTION_HEADER) ?? '').split(',')) {
      const listed = item.trim();
      const slot = slotOf.get(listed) ?? slotOf.get(bare(listed));
      const address = slot === undefined ? undefined : addressOf.get(slot);
      if (slot === undefined || address === undefined || seen.has(address)) continue;
      seen.add(address);
      kept.push(slot);
    }
    candidates.slots.set(kept);
    candidates.size = kept.length;
  }
}

const bare = (address: string): string => address.replace(/^\[+|\]+$/g, '');
