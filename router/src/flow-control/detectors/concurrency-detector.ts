import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { inFlightRequests, inFlightTokens, textParameter } from '../../plugin/data';
import type { Cycle, Filter, SaturationDetector } from '../../plugin/plugins';

/**
 * Saturation by the requests or tokens that this router has in flight.
 *
 * Pool: `requests` and `tokens` compare the sum with the capacity of all endpoints, `hybrid` is the mean of each endpoint's fuller side;
 * an empty pool is 1. As a filter it keeps endpoints below their capacity times (1 + headroom), and may leave none.
 */
export class ConcurrencyDetector implements SaturationDetector, Filter {
  private readonly mode: string;
  private readonly maxRequests: number;
  private readonly maxTokens: number;
  /** Below these an endpoint passes the filter; infinite where the mode does not count. */
  private readonly requestLimit: number;
  private readonly tokenLimit: number;
  private readonly requests: Column;
  private readonly tokens: Column;

  constructor({ parameters, endpoints }: PluginContext) {
    const producer = textParameter(parameters, 'inFlightLoadProducerName', 'inflight-load-producer');
    const burst = 1 + (parameters.headroom as number);
    this.mode = parameters.concurrencyMode as string;
    this.maxRequests = parameters.maxConcurrency as number;
    this.maxTokens = parameters.maxTokenConcurrency as number;
    this.requestLimit = this.mode === 'tokens' ? Number.POSITIVE_INFINITY : Math.trunc(this.maxRequests * burst);
    this.tokenLimit = this.mode === 'requests' ? Number.POSITIVE_INFINITY : Math.trunc(this.maxTokens * burst);
    this.requests = endpoints.column(inFlightRequests(producer), 0);
    this.tokens = endpoints.column(inFlightTokens(producer), 0);
  }

  saturation({ slots, size }: Candidates): number {
    if (size === 0) return 1;
    const { maxRequests, maxTokens } = this;
    const [requests, tokens] = [this.requests.values, this.tokens.values];
    let requestSum = 0;
    let tokenSum = 0;
    let fullerSum = 0;
    for (let i = 0; i < size; i++) {
      const slot = slots[i] as number;
      const slotRequests = requests[slot] as number;
      const slotTokens = tokens[slot] as number;
      requestSum += slotRequests;
      tokenSum += slotTokens;
      const byRequests = slotRequests / maxRequests;
      const byTokens = slotTokens / maxTokens;
      fullerSum += Math.max(byRequests, byTokens);
    }
    if (this.mode === 'tokens') return tokenSum / (size * maxTokens);
    return this.mode === 'hybrid' ? fullerSum / size : requestSum / (size * maxRequests);
  }

  filter(_cycle: Cycle, candidates: Candidates): void {
    candidates.retain((slot) => this.requests.at(slot) < this.requestLimit && this.tokens.at(slot) < this.tokenLimit);
  }
}
