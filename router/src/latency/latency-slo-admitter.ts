import type { Candidates } from '../plugin/candidates';
import type { Column } from '../plugin/column';
import type { PluginContext } from '../plugin/context';
import { coreColumns, textParameter } from '../plugin/data';
import type { Admitter } from '../plugin/plugins';
import type { InferenceRequest } from '../plugin/request';
import { latencySlo } from './slo-headers';

/** KV cache usage below which an endpoint is cold and its predictions say little. Source: llm-d-router v0.10.0, `admitter/latencyslo`. */
const COLD = 0.02;
const REASON = 'no valid endpoint available to serve the request';

/**
 * `latency-slo-admitter`: refuses requests of negative priority that have an objective when no endpoint is predicted to meet it and
 * none is idle or cold.
 */
export class LatencySloAdmitter implements Admitter {
  private readonly running: Column;
  private readonly kvUsage: Column;
  private readonly producer: string;

  constructor({ endpoints, parameters }: PluginContext) {
    this.running = endpoints.column(coreColumns.running, 0);
    this.kvUsage = endpoints.column(coreColumns.kvUsage, 0);
    this.producer = textParameter(parameters, 'latencyPredictionInfoProducerName', 'predicted-latency-producer');
  }

  admit(request: InferenceRequest, candidates: Candidates): string | undefined {
    if (request.priority >= 0) return undefined;
    const slo = latencySlo(request);
    if (slo.ttftMs <= 0 && slo.tpotMs <= 0) return undefined;
    const info = request.get('LatencyPredictionInfo', this.producer);
    if (info === undefined) return undefined;
    let predictions = 0;
    for (let i = 0; i < candidates.size; i++) {
      const slot = candidates.slots[i] as number;
      if (this.kvUsage.at(slot) < COLD || this.running.at(slot) === 0) return undefined;
      const ttft = info.ttftHeadroomMs[slot] ?? Number.NaN;
      if (Number.isNaN(ttft)) continue;
      predictions++;
      if (ttft > 0 && (info.tpotHeadroomMs[slot] as number) >= 0) return undefined;
    }
    return predictions === 0 ? undefined : REASON;
  }
}
