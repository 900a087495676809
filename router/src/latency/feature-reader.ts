import type { Candidates } from '../plugin/candidates';
import type { Column } from '../plugin/column';
import type { PluginContext } from '../plugin/context';
import { coreColumns, type EncoderCacheMatchInfo, inFlightRequests, inFlightTokens, textParameter } from '../plugin/data';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { InferenceRequest } from '../plugin/request';
import { tokenCount } from '../scheduling/prompt-tokens';
import { FEATURES, type FeatureBatch, feature } from './features';

/** Writes down what is known of the candidates when a request is decided. */
export class FeatureReader {
  private readonly endpoints: EndpointTable;
  private readonly waiting: Column;
  private readonly kvUsage: Column;
  private readonly requests: Column;
  private readonly tokens: Column;
  private readonly prefixProducer: string;
  private readonly encoderProducer: string | undefined;
  /** Label with the role of an endpoint; '' is none. */
  private readonly roleLabel: string;

  constructor({ endpoints, parameters }: PluginContext) {
    const load = textParameter(parameters, 'inFlightLoadProducerName', 'inflight-load-producer');
    this.endpoints = endpoints;
    this.waiting = endpoints.column(coreColumns.waiting, 0);
    this.kvUsage = endpoints.column(coreColumns.kvUsage, 0);
    this.requests = endpoints.column(inFlightRequests(load), 0);
    this.tokens = endpoints.column(inFlightTokens(load), 0);
    this.prefixProducer = textParameter(parameters, 'prefixMatchInfoProducerName', 'approx-prefix-cache-producer');
    this.encoderProducer =
      parameters.useEncoderCacheFeatures === true
        ? textParameter(parameters, 'encoderCacheMatchInfoProducerName', 'mm-embeddings-cache-producer')
        : undefined;
    this.roleLabel = textParameter(parameters, 'endpointRoleLabel', '');
  }

  /** Fills a batch of as many rows as there are candidates, in their order. */
  read(request: InferenceRequest, candidates: Candidates, batch: FeatureBatch): void {
    const { rows, slots, podTypes, size } = batch;
    const input = tokenCount(request);
    const prefix = request.get('PrefixCacheMatchInfo', this.prefixProducer);
    const blocks = prefix?.totalBlocks ?? 0;
    const [kvUsage, waiting, requests, tokens] = [this.kvUsage.values, this.waiting.values, this.requests.values, this.tokens.values];
    for (let i = 0; i < size; i++) {
      const slot = candidates.slots[i] as number;
      const at = i * FEATURES;
      const matched = blocks > 0 ? (prefix?.matchBlocks[slot] ?? 0) : 0;
      slots[i] = slot;
      rows[at + feature.kvUsage] = Math.min(1, Math.max(0, kvUsage[slot] as number));
      rows[at + feature.inputTokens] = input;
      rows[at + feature.waiting] = waiting[slot] as number;
      rows[at + feature.running] = requests[slot] as number;
      rows[at + feature.generatedTokens] = 1;
      rows[at + feature.prefixScore] = matched > 0 ? Math.min(1, matched / blocks) : 0;
      rows[at + feature.prefillTokens] = tokens[slot] as number;
      if (this.roleLabel !== '') podTypes[i] = this.roleOf(slot);
    }
    if (this.encoderProducer !== undefined) this.readEncoder(request.get('EncoderCacheMatchInfo', this.encoderProducer), batch);
  }

  private readEncoder(info: EncoderCacheMatchInfo | undefined, { rows, slots, size }: FeatureBatch): void {
    if (info === undefined) return;
    for (let i = 0; i < size; i++) {
      rows[i * FEATURES + feature.encoderInput] = info.requestSize;
      rows[i * FEATURES + feature.encoderMatched] = Math.min(info.matchedSize[slots[i] as number] ?? 0, info.requestSize);
    }
  }

  private roleOf(slot: number): string {
    return this.endpoints.at(slot)?.metadata.labels[this.roleLabel] ?? '';
  }
}
