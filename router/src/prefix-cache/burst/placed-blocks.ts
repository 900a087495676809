import type { Endpoint } from '../../plugin/endpoint';

/** Characters of one block in a prefix. */
export const BLOCK_LENGTH = 8;

/** Blocks that the requests placed so far will leave at each endpoint. */
export class PlacedBlocks {
  private readonly holders = new Map<string, Set<Endpoint>>();

  add(prefix: string, endpoint: Endpoint): void {
    for (let at = 0; at < prefix.length; at += BLOCK_LENGTH) {
      const block = prefix.slice(at, at + BLOCK_LENGTH);
      const holders = this.holders.get(block);
      if (holders === undefined) this.holders.set(block, new Set([endpoint]));
      else holders.add(endpoint);
    }
  }

  /** Blocks of the prefix at each endpoint, up to the first that nobody holds. */
  match(prefix: string): Map<Endpoint, number> {
    const counts = new Map<Endpoint, number>();
    for (let at = 0; at < prefix.length; at += BLOCK_LENGTH) {
      const holders = this.holders.get(prefix.slice(at, at + BLOCK_LENGTH));
      if (holders === undefined) break;
      for (const endpoint of holders) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
    }
    return counts;
  }
}
