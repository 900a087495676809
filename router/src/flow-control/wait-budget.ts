import type { EffectiveFlowControl } from 'llm-d-epp-config';
import type { Outcome } from './outcomes';

/** Upstream adds two intervals of its sweep, of 1 s each, to the bound of the whole wait. Source: llm-d-router v0.10.0, `controller.go`. */
const BOUND_MARGIN_MS = 2000;

/**
 * How long requests may wait: one time while there are endpoints, another while there are none. Each change between the two starts the
 * time anew, and the longer of the two, plus a margin, bounds the whole wait. All requests have the same times, so what came first is
 * due first.
 */
export class WaitBudget {
  private since = Number.NEGATIVE_INFINITY;
  private readonly boundMs: number;
  private readonly ttlMs: number;
  private readonly emptyTtlMs: number;

  constructor(
    { defaultRequestTtlMs, noEndpointRequestTtlMs }: EffectiveFlowControl,
    /** Whether there are no endpoints. */
    public poolEmpty: boolean,
  ) {
    this.ttlMs = defaultRequestTtlMs;
    this.emptyTtlMs = noEndpointRequestTtlMs;
    const limited = this.ttlMs > 0 && this.emptyTtlMs > 0;
    this.boundMs = limited ? Math.max(this.ttlMs, this.emptyTtlMs) + BOUND_MARGIN_MS : Number.POSITIVE_INFINITY;
  }

  /** Takes note of whether there are endpoints. */
  observe(poolEmpty: boolean, now: number): void {
    if (poolEmpty === this.poolEmpty) return;
    this.poolEmpty = poolEmpty;
    this.since = now;
  }

  /** What becomes of a request that waits since `enqueuedAt`; undefined while it may go on waiting. */
  expired(enqueuedAt: number, now: number): 'EvictedTTL' | 'EvictedNoEndpoints' | undefined {
    const budgetMs = this.poolEmpty ? this.emptyTtlMs : this.ttlMs;
    const outcome: Outcome = this.poolEmpty ? 'EvictedNoEndpoints' : 'EvictedTTL';
    if (budgetMs > 0 && now >= Math.max(enqueuedAt, this.since) + budgetMs) return outcome;
    return now >= enqueuedAt + this.boundMs ? 'EvictedTTL' : undefined;
  }
}
