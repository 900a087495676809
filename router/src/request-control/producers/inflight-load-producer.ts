import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { inFlightRequests, inFlightTokens, type PrefixCacheMatchInfo, textParameter } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { DataProducer, PreRequest, ResponseBodyProcessor } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { tokenCount } from '../../scheduling/prompt-tokens';
import { InflightGauges, type InflightSeries } from './inflight-gauges';

/** Profile whose endpoint is done when the answer starts. */
const PREFILL = 'prefill';

/** What a request has added to one endpoint and not yet taken back. */
interface Share {
  readonly profile: string;
  readonly endpoint: Endpoint;
  readonly series: InflightSeries;
  requests: number;
  tokens: number;
}

/** The shares of a request that is over. */
const ENDED: Share[] = [];

/**
 * `inflight-load-producer`: counts the requests and tokens that this router has running on each endpoint.
 *
 * A request counts from the decision until its stream ends, whatever ends it and however long it takes; no timer takes anything back.
 * What it added is kept with the request, so each share is taken back exactly once, and never from an endpoint that came later into
 * the same slot.
 */
export class InflightLoadProducer implements DataProducer, PreRequest, ResponseBodyProcessor {
  private readonly name: string;
  private readonly endpoints: EndpointTable;
  private readonly requests: Column;
  private readonly tokens: Column;
  private readonly gauges: InflightGauges;
  private readonly prefixProducer: string;
  private readonly withOutput: boolean;
  private readonly outputRatio: number;
  private readonly outputCap: number;
  /** Key under which a request carries its shares. */
  private readonly sharesKey: string;

  constructor(context: PluginContext) {
    const { name, endpoints, parameters } = context;
    this.name = name;
    this.endpoints = endpoints;
    this.requests = endpoints.column(inFlightRequests(name), 0);
    this.tokens = endpoints.column(inFlightTokens(name), 0);
    this.gauges = new InflightGauges(context);
    this.prefixProducer = textParameter(parameters, 'prefixMatchInfoProducerName', 'approx-prefix-cache-producer');
    this.withOutput = parameters.addEstimatedOutputTokens === true;
    this.outputRatio = parameters.outputRatio as number;
    this.outputCap =
      typeof parameters.maxEstimatedOutputTokens === 'number' ? parameters.maxEstimatedOutputTokens : Number.POSITIVE_INFINITY;
    this.sharesKey = `inflight-load-producer/${name}`;
  }

  produce(request: InferenceRequest, candidates: Candidates): void {
    const input = tokenCount(request);
    const output = this.estimatedOutput(request, input);
    const info = this.prefixInfo(request);
    const uncached = new Float64Array(this.endpoints.capacity);
    for (let i = 0; i < candidates.size; i++) {
      const slot = candidates.slots[i] as number;
      uncached[slot] = uncachedInput(info, slot, input) + output;
    }
    request.put('UncachedRequestTokens', this.name, uncached);
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    const input = tokenCount(request);
    const output = this.estimatedOutput(request, input);
    const info = this.prefixInfo(request);
    const shares = this.sharesOf(request) ?? [];
    // The client may have left while other plugins took their time.
    if (shares === ENDED) return;
    for (const [profile, outcome] of result.profiles) {
      const endpoint = outcome?.targets[0];
      if (endpoint === undefined || endpoint.removed) continue;
      const tokens = uncachedInput(info, endpoint.slot, input) + output;
      const series = this.gauges.of(endpoint, request.fairnessId, request.priority);
      this.requests.add(endpoint.slot, 1);
      this.tokens.add(endpoint.slot, tokens);
      series.requests.inc();
      series.tokens.inc(tokens);
      shares.push({ profile, endpoint, series, requests: 1, tokens });
    }
    request.putAny(this.sharesKey, shares);
  }

  responseStart(request: InferenceRequest): void {
    for (const share of this.sharesOf(request) ?? []) {
      if (share.profile === PREFILL) this.release(share);
      // Without output the tokens are those of the prompt, and the prompt has been computed now.
      else if (!this.withOutput) this.releaseTokens(share);
    }
  }

  responseEnd(request: InferenceRequest): void {
    for (const share of this.sharesOf(request) ?? []) this.release(share);
    request.putAny(this.sharesKey, ENDED);
  }

  private sharesOf(request: InferenceRequest): Share[] | undefined {
    return request.getAny(this.sharesKey) as Share[] | undefined;
  }

  private prefixInfo(request: InferenceRequest): PrefixCacheMatchInfo | undefined {
    const info = request.get('PrefixCacheMatchInfo', this.prefixProducer);
    return info !== undefined && info.blockSizeTokens > 0 ? info : undefined;
  }

  private estimatedOutput(request: InferenceRequest, input: number): number {
    if (!this.withOutput || input === 0) return 0;
    const client = request.body.maxOutputTokens;
    const bound = client !== undefined && client >= 0 ? client : Number.POSITIVE_INFINITY;
    return Math.min(Math.round(input * this.outputRatio), bound, this.outputCap);
  }

  private release(share: Share): void {
    this.releaseTokens(share);
    const { requests, endpoint, series } = share;
    if (requests === 0) return;
    share.requests = 0;
    if (endpoint.removed) return;
    this.requests.add(endpoint.slot, -requests);
    series.requests.dec(requests);
  }

  private releaseTokens(share: Share): void {
    const { tokens, endpoint, series } = share;
    if (tokens === 0) return;
    share.tokens = 0;
    if (endpoint.removed) return;
    this.tokens.add(endpoint.slot, -tokens);
    series.tokens.dec(tokens);
  }
}

/** Prompt tokens that an endpoint must compute: those of blocks it lacks, and those beyond the blocks that were looked up. */
function uncachedInput(info: PrefixCacheMatchInfo | undefined, slot: number, input: number): number {
  const matched = info?.matchBlocks[slot] ?? -1;
  if (info === undefined || matched < 0) return input;
  const { totalBlocks, blockSizeTokens } = info;
  return Math.max(0, totalBlocks - matched) * blockSizeTokens + Math.max(0, input - totalBlocks * blockSizeTokens);
}
