import type { Column } from '../plugin/column';
import type { Log } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import { pollTimeoutMs } from './polling/poll-target';

/** After this long the router serves even if no endpoint has answered yet, as upstream does from the start; milliseconds. */
const LONGEST_WAIT_MS = 10_000;

/**
 * Says when enough is known of the endpoints to decide between them.
 *
 * Endpoints without metrics are avoided while others have some, so a router that served from the first page on would send all first
 * requests to the one server that happened to answer first.
 */
export class FirstMetrics {
  private startedAt = Number.NaN;
  private foundAt = Number.NaN;
  private enough = false;

  constructor(
    private readonly endpoints: EndpointTable,
    private readonly updatedAt: Column,
    private readonly log: Log,
  ) {}

  started(now: number): void {
    this.startedAt = now;
  }

  /** To be told of every endpoint that is found. */
  found(now: number): void {
    if (Number.isNaN(this.foundAt)) this.foundAt = now;
  }

  /**
   * Why requests should not come yet. Undefined, and from then on always, once the metrics of all endpoints were known at the same time;
   * once those of one are and the others had the time of a fetch; 10 s after the start in any case. Undefined also while there are no
   * endpoints.
   */
  notReady(now: number): string | undefined {
    if (this.enough) return undefined;
    const all = this.endpoints.all();
    if (all.length === 0) return undefined;
    const known = all.filter(({ slot }) => !Number.isNaN(this.updatedAt.at(slot))).length;
    const hadTime = now - this.foundAt >= pollTimeoutMs;
    const tooLong = now - this.startedAt >= LONGEST_WAIT_MS;
    if (known === all.length || (known > 0 && hadTime) || tooLong) {
      this.enough = true;
      if (known === 0) this.log.warn({ endpoints: all.length }, 'no endpoint has shown metrics yet, serving without');
      return undefined;
    }
    return `${known} of ${all.length} endpoints have shown metrics yet`;
  }
}
