import type { Column } from '../plugin/column';
import { dataName } from '../plugin/data';
import type { Endpoint } from '../plugin/endpoint';
import type { EndpointTable } from '../plugin/endpoint-table';

/** A request that runs on an endpoint. */
export interface RunningRequest {
  readonly endpoint: Endpoint;
  /** 0 is none. */
  readonly tpotSloMs: number;
}

/** Requests of this router by the endpoint that decodes them, and the tightest TPOT objective among them. */
export class RunningRequests {
  /** Number of requests by slot. */
  readonly count: Column;
  /** Tightest objective by slot in milliseconds; infinite without one. */
  readonly tightestTpotMs: Column;
  private readonly running = new Map<Endpoint, Set<RunningRequest>>();

  constructor(endpoints: EndpointTable, producer: string) {
    this.count = endpoints.column(dataName('PredictedLatency.dispatched', producer), 0);
    this.tightestTpotMs = endpoints.column(dataName('PredictedLatency.tightestTpotMs', producer), Number.POSITIVE_INFINITY);
    endpoints.listen({ removed: (endpoint) => this.running.delete(endpoint) });
  }

  /** Adds a request; give what it returns to `remove`, once. Undefined when the endpoint is gone. */
  add(endpoint: Endpoint, tpotSloMs: number): RunningRequest | undefined {
    if (endpoint.removed) return undefined;
    const request = { endpoint, tpotSloMs };
    const others = this.running.get(endpoint);
    if (others === undefined) this.running.set(endpoint, new Set([request]));
    else others.add(request);
    this.count.add(endpoint.slot, 1);
    if (tpotSloMs > 0) this.tightestTpotMs.set(endpoint.slot, Math.min(this.tightestTpotMs.at(endpoint.slot), tpotSloMs));
    return request;
  }

  /** Takes a request out again. Nothing happens when its endpoint is gone, even if another one has the slot now. */
  remove(request: RunningRequest): void {
    const { endpoint, tpotSloMs } = request;
    const others = this.running.get(endpoint);
    if (others?.delete(request) !== true) return;
    if (others.size === 0) this.running.delete(endpoint);
    this.count.add(endpoint.slot, -1);
    if (tpotSloMs === this.tightestTpotMs.at(endpoint.slot)) this.tightestTpotMs.set(endpoint.slot, tightest(others));
  }
}

function tightest(requests: Iterable<RunningRequest>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { tpotSloMs } of requests) if (tpotSloMs > 0 && tpotSloMs < least) least = tpotSloMs;
  return least;
}
