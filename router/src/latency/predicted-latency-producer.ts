import type { Candidates } from '../plugin/candidates';
import type { Clock } from '../plugin/clock';
import type { Log, PluginContext } from '../plugin/context';
import type { Endpoint } from '../plugin/endpoint';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { DataProducer, PreRequest, ResponseBodyProcessor } from '../plugin/plugins';
import type { InferenceRequest, InferenceResponse, SchedulingResult } from '../plugin/request';
import { FeatureReader } from './feature-reader';
import { BatchPool, FEATURES, type FeatureBatch, feature } from './features';
import { LatencyMetrics } from './latency-metrics';
import type { LatencyPredictor } from './predictor';
import { type RunningRequest, RunningRequests } from './running-requests';
import { type LatencySlo, latencySlo } from './slo-headers';

const PREFILL = 'prefill';

/** What was known of an endpoint when the request was decided. */
interface Dispatched {
  readonly row: Float64Array;
  readonly podType: string;
  readonly ttftMs: number;
  readonly tpotMs: number;
}

/** What a request carries from its decision to its end. */
interface Tracked {
  readonly slo: LatencySlo;
  /** Until the decision. */
  batch: FeatureBatch | undefined;
  /** Whether predictions may still be written into the batch. */
  pending: boolean;
  running: RunningRequest | undefined;
  /** Where the first token comes from: the prefill endpoint if there is one. */
  first: Dispatched | undefined;
  decode: Dispatched | undefined;
  dispatchedAt: number;
  ttft: number;
  chunks: number;
  ended: boolean;
}

/**
 * `predicted-latency-producer`: predicts for each candidate the time to the first token (TTFT) and per further token (TPOT), compares
 * them with the request's objectives, and learns from the latencies that come true.
 *
 * Without `streamingMode` the TTFT is the time of the whole answer, and there is no TPOT. A request is tracked until its stream ends;
 * `contextTTL` has no effect.
 */
export class PredictedLatencyProducer implements DataProducer, PreRequest, ResponseBodyProcessor {
  /** Only where chunks must be counted: in streaming mode. */
  readonly responseChunk?: (request: InferenceRequest) => void;
  private readonly name: string;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly endpoints: EndpointTable;
  private readonly features: FeatureReader;
  private readonly batches = new BatchPool();
  private readonly running: RunningRequests;
  private readonly metrics: LatencyMetrics;
  private readonly streamingMode: boolean;
  private readonly predictInProduce: boolean;
  private readonly sloBufferFactor: number;
  private readonly trackedKey: string;
  private failing = false;

  constructor(
    context: PluginContext,
    private readonly predictor: LatencyPredictor,
  ) {
    const { name, parameters } = context;
    this.name = name;
    this.clock = context.clock;
    this.log = context.log;
    this.endpoints = context.endpoints;
    this.features = new FeatureReader(context);
    this.running = new RunningRequests(context.endpoints, name);
    this.metrics = new LatencyMetrics(context);
    this.streamingMode = parameters.streamingMode === true;
    this.predictInProduce = parameters.predictInProduce !== false;
    this.sloBufferFactor = parameters.sloBufferFactor as number;
    this.trackedKey = `predicted-latency-producer/${name}`;
    if (this.streamingMode) {
      this.responseChunk = (request) => {
        const tracked = this.trackedOf(request);
        if (tracked !== undefined) tracked.chunks++;
      };
    }
  }

  start(): void {
    this.predictor.start?.();
  }

  async stop(): Promise<void> {
    await this.predictor.stop?.();
  }

  produce(request: InferenceRequest, candidates: Candidates): void | Promise<void> {
    const batch = this.batches.take(candidates.size);
    this.features.read(request, candidates, batch);
    const tracked: Tracked = {
      slo: latencySlo(request),
      batch,
      pending: false,
      running: undefined,
      first: undefined,
      decode: undefined,
      dispatchedAt: Number.NaN,
      ttft: Number.NaN,
      chunks: 0,
      ended: false,
    };
    request.putAny(this.trackedKey, tracked);
    if (!this.predictInProduce || batch.size === 0) return;
    const startedAt = this.clock.now();
    const waiting = this.predictor.predict(batch);
    if (waiting === undefined) {
      this.publish(request, tracked, startedAt);
      return;
    }
    tracked.pending = true;
    return waiting.then(
      () => {
        tracked.pending = false;
        this.noteSuccess();
        this.publish(request, tracked, startedAt);
      },
      // Scoring goes on without predictions; a rejection would take the data of later producers as well. The batch is not used
      // again: another part of its rows may still be under way.
      (error: Error) => this.noteFailure(error),
    );
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    const tracked = this.trackedOf(request);
    const target = result.profiles.get(result.primary)?.targets[0];
    // The client may have left while other plugins took their time.
    if (tracked === undefined || tracked.ended || target === undefined) return;
    const prefill = result.profiles.get(PREFILL)?.targets[0];
    tracked.decode = dispatchedTo(tracked, target);
    tracked.first = prefill === undefined ? tracked.decode : dispatchedTo(tracked, prefill);
    // A request may run for minutes, and the batch is large.
    if (tracked.batch !== undefined && !tracked.pending) this.batches.give(tracked.batch);
    tracked.batch = undefined;
    tracked.dispatchedAt = this.clock.now();
    tracked.running = this.running.add(target, tracked.slo.tpotMs);
  }

  responseStart(request: InferenceRequest, response: InferenceResponse): void {
    const tracked = this.trackedOf(request);
    // The first bytes of an answer that is not streamed are all of it, and say nothing of the first token.
    if (tracked !== undefined && this.streamingMode && response.streaming) this.noteFirstToken(request, response, tracked);
  }

  responseEnd(request: InferenceRequest, response: InferenceResponse): void {
    const tracked = this.trackedOf(request);
    if (tracked === undefined || tracked.ended) return;
    tracked.ended = true;
    if (tracked.running !== undefined) this.running.remove(tracked.running);
    if (response.cause !== 'complete') return;
    if (!this.streamingMode) this.noteFirstToken(request, response, tracked);
    else if (response.streaming) this.notePerToken(request, response, tracked);
  }

  private trackedOf(request: InferenceRequest): Tracked | undefined {
    return request.getAny(this.trackedKey) as Tracked | undefined;
  }

  private noteFailure({ message }: Error): void {
    const fields = { plugin: this.name, error: message };
    if (this.failing) this.log.debug(fields, 'no latency predictions for a request');
    else this.log.warn(fields, 'latency predictions fail, requests are decided without them');
    this.failing = true;
  }

  private noteSuccess(): void {
    if (this.failing) this.log.info({ plugin: this.name }, 'latency predictions work again');
    this.failing = false;
  }

  private publish(request: InferenceRequest, tracked: Tracked, startedAt: number): void {
    this.metrics.of(request.incomingModel, request.targetModel).predicted(this.clock.now() - startedAt);
    const { batch } = tracked;
    // Predictions that come after the decision are of no use.
    if (batch === undefined || tracked.ended) return;
    const { ttftMs, tpotMs } = batch;
    const { capacity } = this.endpoints;
    const values = new Float64Array(4 * capacity).fill(Number.NaN);
    const info = {
      ttftMs: values.subarray(0, capacity),
      tpotMs: values.subarray(capacity, 2 * capacity),
      ttftHeadroomMs: values.subarray(2 * capacity, 3 * capacity),
      tpotHeadroomMs: values.subarray(3 * capacity),
      dispatched: this.running.count.values,
    };
    let predictions = 0;
    for (let i = 0; i < batch.size; i++) {
      const slot = batch.slots[i] as number;
      const ttft = ttftMs[i] as number;
      const tpot = tpotMs[i] as number;
      // A prefill endpoint generates no tokens, and without streaming mode TPOT is never learned: it is neutral there.
      const neutral = !this.streamingMode || batch.podTypes[i] === PREFILL;
      if (Number.isNaN(ttft) || (!neutral && Number.isNaN(tpot))) continue;
      predictions++;
      info.ttftMs[slot] = ttft;
      info.tpotMs[slot] = tpot;
      info.ttftHeadroomMs[slot] = tracked.slo.ttftMs - ttft;
      info.tpotHeadroomMs[slot] = neutral ? 0 : this.allowedTpotMs(slot, tracked.slo) - tpot;
    }
    if (predictions > 0) request.put('LatencyPredictionInfo', this.name, info);
  }

  /** A further request slows down those that run already, so the tightest objective among all of them counts. */
  private allowedTpotMs(slot: number, slo: LatencySlo): number {
    return Math.min(slo.tpotMs, this.running.tightestTpotMs.at(slot)) * this.sloBufferFactor;
  }

  private noteFirstToken(request: InferenceRequest, response: InferenceResponse, tracked: Tracked): void {
    const { first, slo } = tracked;
    const ttft = this.clock.now() - tracked.dispatchedAt;
    // Errors come fast, and would teach that the endpoint is.
    if (first === undefined || !Number.isNaN(tracked.ttft) || !(ttft > 0) || response.status >= 400) return;
    tracked.ttft = ttft;
    this.metrics.of(request.incomingModel, request.targetModel).measured('ttft', ttft, first.ttftMs, slo.ttftMs);
    const row = first.row.slice();
    row[feature.generatedTokens] = 0;
    this.predictor.learn({ row, podType: first.podType, ttftMs: ttft, tpotMs: 0 });
  }

  private notePerToken(request: InferenceRequest, response: InferenceResponse, tracked: Tracked): void {
    const { decode, slo, ttft } = tracked;
    const tokens = response.usage?.completionTokens ?? tracked.chunks;
    if (decode === undefined || Number.isNaN(ttft) || tokens < 2) return;
    const tpot = (this.clock.now() - tracked.dispatchedAt - ttft) / (tokens - 1);
    if (!(tpot > 0)) return;
    this.metrics.of(request.incomingModel, request.targetModel).measured('tpot', tpot, decode.tpotMs, slo.tpotMs);
    const row = decode.row.slice();
    for (const unused of [feature.generatedTokens, feature.prefixScore, feature.encoderInput, feature.encoderMatched]) row[unused] = 0;
    this.predictor.learn({ row, podType: decode.podType, ttftMs: 0, tpotMs: tpot });
  }
}

function dispatchedTo({ batch, pending }: Tracked, { slot }: Endpoint): Dispatched | undefined {
  const at = batch?.slots.subarray(0, batch.size).indexOf(slot) ?? -1;
  if (batch === undefined || at < 0) return undefined;
  return {
    row: batch.rows.slice(at * FEATURES, (at + 1) * FEATURES),
    podType: batch.podTypes[at] as string,
    ttftMs: pending ? Number.NaN : (batch.ttftMs[at] as number),
    tpotMs: pending ? Number.NaN : (batch.tpotMs[at] as number),
  };
}
