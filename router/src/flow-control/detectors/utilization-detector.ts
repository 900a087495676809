import { parseGoDuration } from 'llm-d-epp-config';
import { wordVariable } from '../../config/variables';
import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { coreColumns } from '../../plugin/data';
import type { Cycle, Filter, SaturationDetector } from '../../plugin/plugins';
import type { Gauge } from '../../telemetry/registry';

/** A warning of stale metrics is repeated at most this often. Source: llm-d-router v0.10.0, `saturationdetector/utilization`. */
const WARN_EVERY_MS = 30_000;

/**
 * Saturation by the waiting requests and the KV cache usage that the endpoints report.
 *
 * An endpoint counts as its fuller side, `max(waiting / queueDepthThreshold, usage / kvCacheUtilThreshold)`, or as 1 when its metrics are
 * missing or older than `metricsStalenessThreshold`. The pool is the mean, and 1 when it is empty. As a filter it keeps endpoints with
 * fresh metrics that are below both thresholds times (1 + headroom), or all when there are none.
 */
export class UtilizationDetector implements SaturationDetector, Filter {
  /** Stale endpoints at the last evaluation. */
  staleEndpoints = 0;
  private readonly maxWaiting: number;
  private readonly maxUsage: number;
  private readonly burst: number;
  private readonly staleAfterMs: number;
  private readonly failOpen: boolean;
  private readonly waiting: Column;
  private readonly usage: Column;
  private readonly updatedAt: Column;
  private readonly staleGauge: Gauge;
  private warnedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly context: PluginContext) {
    const { parameters, endpoints, metrics, env, name } = context;
    this.maxWaiting = parameters.queueDepthThreshold as number;
    this.maxUsage = parameters.kvCacheUtilThreshold as number;
    this.burst = 1 + (parameters.headroom as number);
    this.staleAfterMs = parseGoDuration(parameters.metricsStalenessThreshold as string) as number;
    // A pool of which all metrics are stale counts as idle then, so that requests still flow.
    this.failOpen = wordVariable(env, 'LLM_D_EPP_FAIL_OPEN_WHEN_ALL_STALE') === 'true';
    this.waiting = endpoints.column(coreColumns.waiting, 0);
    this.usage = endpoints.column(coreColumns.kvUsage, 0);
    this.updatedAt = endpoints.column(coreColumns.updatedAt, Number.NaN);
    this.staleGauge = metrics
      .gauge('llm_d_epp_flow_control_stale_endpoints', 'Endpoints without fresh metrics at the last evaluation; they count as full', [
        'detector',
      ])
      .with(name);
  }

  saturation({ slots, size }: Candidates): number {
    const now = this.context.clock.now();
    const { maxWaiting, maxUsage } = this;
    const [waiting, usage, updatedAt] = [this.waiting.values, this.usage.values, this.updatedAt.values];
    const freshFrom = now - this.staleAfterMs;
    let sum = 0;
    let stale = 0;
    for (let i = 0; i < size; i++) {
      const slot = slots[i] as number;
      if ((updatedAt[slot] as number) >= freshFrom) {
        const byWaiting = (waiting[slot] as number) / maxWaiting;
        const byUsage = (usage[slot] as number) / maxUsage;
        sum += Math.max(byWaiting, byUsage);
      } else {
        stale++;
      }
    }
    this.staleEndpoints = stale;
    this.staleGauge.set(stale);
    if (stale > 0) this.warn(stale, size, now);
    if (size === 0) return 1;
    return stale === size && this.failOpen ? 0 : (sum + stale) / size;
  }

  filter(_cycle: Cycle, candidates: Candidates): void {
    const now = this.context.clock.now();
    const [maxWaiting, maxUsage] = [this.maxWaiting * this.burst, this.maxUsage * this.burst];
    const before = candidates.size;
    // `retain` moves what it keeps to the front, so nothing is lost as long as nothing is kept.
    candidates.retain((slot) => this.isFresh(slot, now) && this.waiting.at(slot) < maxWaiting && this.usage.at(slot) < maxUsage);
    if (candidates.size === 0) candidates.size = before;
  }

  private isFresh(slot: number, now: number): boolean {
    return this.updatedAt.at(slot) >= now - this.staleAfterMs;
  }

  private warn(stale: number, endpoints: number, now: number): void {
    if (now - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = now;
    this.context.log.warn(
      { detector: this.context.name, stale, endpoints, staleAfterMs: this.staleAfterMs },
      this.failOpen
        ? 'endpoints have no fresh metrics; while that is so for all, the pool counts as idle. Check the metrics path, port, TLS and access'
        : 'endpoints have no fresh metrics and count as full, which can stop all requests. Check the metrics path, port, TLS and access',
    );
  }
}
