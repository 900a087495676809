import type { PluginContext } from '../../plugin/context';
import type { FairnessPolicy, FlowQueue, FlowTurns, QueuedRequest } from '../../plugin/flow-policies';
import type { PreRequest, ResponseBodyProcessor } from '../../plugin/plugins';
import type { InferenceRequest, InferenceResponse } from '../../plugin/request';
import type { Family, Gauge } from '../../telemetry/registry';
import { ProgramLedger } from './program-ledger';

/** Request data under which the time in the queue begins. */
const ENQUEUED_AT = 'enqueue-time/program-aware-fairness';

/** Ids come from clients, so their number is bounded: at this many, the oldest tenth of those without anything running is forgotten. */
const MAX_PROGRAMS = 10_000;

/** `v` within the range of all, 0 to 1; 0.5 when all are equal. */
const normalized = (v: number, min: number, max: number): number => (max === min ? 0.5 : (v - min) / (max - min));

const cameFirst = (a: FlowQueue, b: FlowQueue): boolean => (a.peek() as QueuedRequest).sequence < (b.peek() as QueuedRequest).sequence;

/**
 * Serves the program (the fairness id) that got the least service lately, with some weight on how long its first request waits:
 * `lasWeightService * (1 - service) + lasWeightHeadWait * wait`, both normalised over the programs that wait. Service is prompt tokens
 * plus twice the completion tokens, and counts half after `lasHalfLifeSeconds`. Equal scores go to the request that came first.
 */
export class ProgramAware implements FairnessPolicy, PreRequest, ResponseBodyProcessor {
  private readonly ledger: ProgramLedger;
  private readonly serviceWeight: number;
  private readonly waitWeight: number;
  private readonly ttlMs: number;
  private readonly sweepMs: number;
  private readonly waits: Family<Gauge>;
  private readonly services: Family<Gauge>;
  private sweptAt: number;
  /** Room for the numbers of one decision. */
  private service = new Float64Array(64);
  private wait = new Float64Array(64);
  readonly stop: () => void;

  constructor(private readonly context: PluginContext) {
    const { parameters, metrics, clock } = context;
    this.ledger = new ProgramLedger((parameters.lasHalfLifeSeconds as number) * 1000);
    this.serviceWeight = parameters.lasWeightService as number;
    this.waitWeight = parameters.lasWeightHeadWait as number;
    this.ttlMs = (parameters.evictionTtlSeconds as number) * 1000;
    this.sweepMs = (parameters.evictionSweepSeconds as number) * 1000;
    this.sweptAt = clock.now();
    this.waits = metrics.gauge('llm_d_epp_program_aware_avg_wait_time_milliseconds', 'Mean time in the queue by program', ['program_id']);
    this.services = metrics.gauge('llm_d_epp_program_aware_attained_service_tokens', 'Weighted tokens by program, with decay', [
      'program_id',
    ]);
    const index = metrics.gauge('llm_d_epp_program_aware_jains_fairness_index', 'Fairness of the mean waits: 1 when they are equal').with();
    this.stop = metrics.collect(() => index.set(this.ledger.fairnessIndex()));
  }

  turns(): FlowTurns {
    return new ProgramTurns((queues) => this.best(queues));
  }

  preRequest(request: InferenceRequest): void {
    const now = this.context.clock.now();
    this.sweep(now);
    const enqueuedAt = request.getAny(ENQUEUED_AT) as number | undefined;
    const waited = enqueuedAt === undefined ? undefined : now - enqueuedAt;
    this.waits.with(request.fairnessId).set(this.ledger.dispatched(request.fairnessId, waited, now));
  }

  responseEnd(request: InferenceRequest, { usage }: InferenceResponse): void {
    const service = this.ledger.ended(request.fairnessId, usage?.promptTokens ?? 0, usage?.completionTokens ?? 0, this.context.clock.now());
    this.services.with(request.fairnessId).set(service);
  }

  private best(queues: ReadonlySet<FlowQueue>): FlowQueue | undefined {
    const now = this.context.clock.now();
    if (this.service.length < queues.size) {
      this.service = new Float64Array(2 * queues.size);
      this.wait = new Float64Array(2 * queues.size);
    }
    const { service, wait, serviceWeight, waitWeight } = this;
    let [minService, maxService, minWait, maxWait] = [Infinity, -Infinity, Infinity, -Infinity];
    let at = 0;
    for (const queue of queues) {
      const served = this.ledger.service(queue.id, now);
      const waited = Math.trunc(now - (queue.peek() as QueuedRequest).enqueuedAt);
      if (served < minService) minService = served;
      if (served > maxService) maxService = served;
      if (waited < minWait) minWait = waited;
      if (waited > maxWait) maxWait = waited;
      service[at] = served;
      wait[at++] = waited;
    }
    let best: FlowQueue | undefined;
    let bestScore = -Infinity;
    at = 0;
    for (const queue of queues) {
      const little = 1 - normalized(service[at] as number, minService, maxService);
      const score = serviceWeight * little + waitWeight * normalized(wait[at++] as number, minWait, maxWait);
      if (score < bestScore || (score === bestScore && best !== undefined && !cameFirst(queue, best))) continue;
      best = queue;
      bestScore = score;
    }
    return best;
  }

  private sweep(now: number): void {
    const full = this.ledger.size >= MAX_PROGRAMS;
    if (!full && now - this.sweptAt < this.sweepMs) return;
    this.sweptAt = now;
    const ttlMs = this.ttlMs > 0 ? this.ttlMs : Number.POSITIVE_INFINITY;
    for (const id of this.ledger.forgetIdle(ttlMs, full ? MAX_PROGRAMS * 0.9 : MAX_PROGRAMS, now)) {
      this.waits.remove(id);
      this.services.remove(id);
    }
  }
}

class ProgramTurns implements FlowTurns {
  private readonly queues = new Set<FlowQueue>();

  constructor(private readonly best: (queues: ReadonlySet<FlowQueue>) => FlowQueue | undefined) {}

  filled(queue: FlowQueue): void {
    this.queues.add(queue);
  }

  headChanged(): void {}

  emptied(queue: FlowQueue): void {
    this.queues.delete(queue);
  }

  next(): FlowQueue | undefined {
    return this.best(this.queues);
  }

  served(_id: string, { request, enqueuedAt }: QueuedRequest): void {
    request.putAny(ENQUEUED_AT, enqueuedAt);
  }
}
