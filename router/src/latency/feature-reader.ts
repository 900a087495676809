import type { Candidates } from '../plugin/candidates';
import type { Column } from '../plugin/column';
import type { PluginContext } from '../plugin/context';
import { coreColumns, inFlightRequests, inFlightTokens, textParameter } from '../plugin/data';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { InferenceRequest } from '../plugin/request';
import { inputTokens } from '../request-control/producers/token-count';
import { FEATURES, FeatureBatch, feature } from './features';

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

  /** A row for each candidate, in their order. */
  read(request: InferenceRequest, candidates: Candidates): FeatureBatch {
    const batch = new FeatureBatch(candidates.size);
    const { rows, slots, podTypes } = batch;
    const input = inputTokens(request);
    const prefix = request.get('PrefixCacheMatchInfo', this.prefixProducer);
    const encoder = this.encoderProducer === undefined ? undefined : request.get('EncoderCacheMatchInfo', this.encoderProducer);
    for (let i = 0; i < candidates.size; i++) {
      const slot = candidates.slots[i] as number;
      const at = i * FEATURES;
      slots[i] = slot;
      rows[at + feature.kvUsage] = Math.min(1, Math.max(0, this.kvUsage.at(slot)));
      rows[at + feature.inputTokens] = input;
      rows[at + feature.waiting] = this.waiting.at(slot);
      rows[at + feature.running] = this.requests.at(slot);
      rows[at + feature.generatedTokens] = 1;
      if (prefix !== undefined && prefix.totalBlocks > 0) {
        rows[at + feature.prefixScore] = Math.min(1, Math.max(0, prefix.matchBlocks[slot] ?? 0) / prefix.totalBlocks);
      }
      if (encoder !== undefined) {
        rows[at + feature.encoderInput] = encoder.requestSize;
        rows[at + feature.encoderMatched] = Math.min(encoder.matchedSize[slot] ?? 0, encoder.requestSize);
      }
      rows[at + feature.prefillTokens] = this.tokens.at(slot);
      if (this.roleLabel !== '') podTypes[i] = this.roleOf(slot);
    }
    return batch;
  }

  private roleOf(slot: number): string {
    return this.endpoints.at(slot)?.metadata.labels[this.roleLabel] ?? '';
  }
}
