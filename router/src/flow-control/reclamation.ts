import type { Clock } from '../plugin/clock';
import type { Evict } from '../request-control/admission';
import type { MetricsRegistry } from '../telemetry/registry';
import type { Band } from './band';
import type { Running, Victims } from './victims';

/** Most evictions of one decision. Source: llm-d-router v0.10.0, `flowcontrol/controller/config.go`. */
const MAX_PER_DECISION = 2;

/** An evicted request whose end is not seen for so long counts as ended. Source: as above. */
const CONFIRM_WITHIN_MS = 10_000;

/** Buckets in seconds. Source: llm-d-router v0.10.0, `metrics/llm_d_router_metrics.go`. */
const confirmationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Ends running requests of low priority when requests of higher priority wait for room.
 *
 * A decision ends as many as the missing room needs by the mean share of a running request, two at most. The next decision comes when
 * all of these have ended and the freed room has had `graceMs` to show in the saturation.
 */
export class Reclamation {
  private readonly revoked = new Set<Running>();
  /** Ends of the grace of confirmed evictions, in order, with the room they freed. */
  private readonly cooling: { readonly until: number; readonly room: number }[] = [];
  private pending = 0;
  private room = 0;
  private readonly metrics: ReturnType<typeof reclamationMetrics>;

  constructor(
    private readonly victims: Victims,
    private readonly graceMs: number,
    private readonly clock: Clock,
    registry: MetricsRegistry,
    pool: string,
  ) {
    this.metrics = reclamationMetrics(registry, pool);
  }

  /** Requests wait, and all bands from `blocked` on are closed. Makes a decision if its time has come. */
  consider(saturation: number, bands: readonly Band[], ceilings: Float64Array, blocked: number): void {
    if (!this.isReady(this.clock.now())) return;
    const victim = this.victims.nextPriority;
    if (victim === undefined) return;
    for (let i = blocked; i < bands.length; i++) {
      const band = bands[i] as Band;
      const ceiling = ceilings[i] as number;
      if (band.priority <= victim) return;
      // A ceiling of 0 closes the band whatever the load: ending requests would not open it.
      if (ceiling <= 0 || saturation < ceiling || band.size === 0) continue;
      this.reclaim(saturation, ceiling, band);
      return;
    }
  }

  /** A request was sent to its endpoint. */
  sent(priority: number, now: number, evict: Evict): Running {
    return this.victims.track(priority, now, evict);
  }

  /** The request has ended, evicted or not. */
  ended(running: Running): void {
    this.victims.untrack(running);
    if (!this.revoked.delete(running)) return;
    const now = this.clock.now();
    this.metrics.confirmed.inc();
    this.metrics.confirmationSeconds.observe((now - (running.revokedAt as number)) / 1000);
    this.cool(now);
  }

  private reclaim(saturation: number, ceiling: number, band: Band): void {
    this.room = saturation / this.victims.running;
    if (!(this.room > 0 && Number.isFinite(this.room))) return;
    const target = saturation - ceiling;
    this.metrics.target.set(target);
    const count = Math.min(Math.max(1, Math.ceil(target / this.room)), MAX_PER_DECISION, this.victims.size);
    const now = this.clock.now();
    const issued = this.victims.evict(
      count,
      band.priority,
      (victim) => {
        victim.revokedAt = now;
        this.revoked.add(victim);
        this.addPending(this.room);
      },
      (victim) => {
        if (this.revoked.delete(victim)) this.addPending(-this.room);
      },
    );
    this.metrics.issued(band.label, issued);
  }

  private isReady(now: number): boolean {
    for (const running of this.revoked) {
      if (now - (running.revokedAt as number) < CONFIRM_WITHIN_MS) continue;
      this.revoked.delete(running);
      this.metrics.timedOut.inc();
      this.cool(now);
    }
    while (this.cooling[0] !== undefined && this.cooling[0].until <= now) this.addPending(-(this.cooling.shift()?.room ?? 0));
    return this.revoked.size === 0 && this.cooling.length === 0;
  }

  private cool(now: number): void {
    this.cooling.push({ until: now + this.graceMs, room: this.room });
  }

  private addPending(room: number): void {
    // Nothing pending is exactly 0, whatever the rounding of the sums.
    this.pending = this.revoked.size === 0 && this.cooling.length === 0 ? 0 : this.pending + room;
    this.metrics.pending.set(this.pending);
  }
}

function reclamationMetrics(registry: MetricsRegistry, pool: string) {
  const name = (rest: string) => `llm_d_epp_flow_control_${rest}`;
  const issued = registry.counter(name('revocations_issued_total'), 'Running requests evicted, by the priority that needed the room', [
    'priority',
    'inference_pool',
  ]);
  const ended = registry.counter(name('revocations_total'), 'Evicted requests by how their end was learned', ['outcome', 'inference_pool']);
  const help = 'in units of saturation';
  return {
    issued: (priority: string, count: number): void => issued.with(priority, pool).inc(count),
    confirmed: ended.with('confirmed', pool),
    timedOut: ended.with('timed_out', pool),
    target: registry
      .gauge(name('reclaim_target'), `Room that the last eviction decision found missing, ${help}`, ['inference_pool'])
      .with(pool),
    pending: registry
      .gauge(name('pending_reclaim'), `Room of evicted requests that may not show in the saturation yet, ${help}`, ['inference_pool'])
      .with(pool),
    confirmationSeconds: registry
      .histogram(name('revocation_confirmation_seconds'), 'Time from an eviction to the end of the request', confirmationBuckets, [
        'inference_pool',
      ])
      .with(pool),
  };
}
