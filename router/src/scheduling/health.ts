import { type EffectivePlugin, parseGoDuration } from 'llm-d-epp-config';
import { wordVariable } from '../config/variables';
import type { Candidates } from '../plugin/candidates';
import { coreColumns } from '../plugin/data';
import type { SchedulerOptions } from './types';

/** Scrapes that an endpoint may miss before its numbers count as stale. */
const MISSED_SCRAPES = 5;

/**
 * Tells endpoints that answer scrapes from those that do not.
 *
 * Numbers of an endpoint that was never read are 0, which the load scorers take for idle: a dead pod would win every request. So
 * endpoints without fresh metrics are used only where no other one is left. This needs proof that metrics are read at all: while no
 * endpoint has fresh ones, all are equal.
 */
export class EndpointHealth {
  private readonly enabled: boolean;
  private readonly staleAfterMs: number;

  constructor(private readonly options: Pick<SchedulerOptions, 'config' | 'endpoints' | 'clock' | 'env' | 'settings'>) {
    const { env, settings, config } = options;
    // As `idle`, endpoints without fresh metrics count as idle, as upstream has it.
    this.enabled = wordVariable(env, 'LLM_D_EPP_UNREACHED_ENDPOINTS') === 'avoid';
    const interval = Math.max(settings.refreshMetricsIntervalMs, longestInterval(config.plugins));
    this.staleAfterMs = Math.max(settings.metricsStalenessThresholdMs, MISSED_SCRAPES * interval);
  }

  /** Writes the healthy candidates into `healthy`. False when that separates nothing: all are healthy, or none is. */
  separate(candidates: Candidates, healthy: Candidates): boolean {
    if (!this.enabled) return false;
    const column = this.options.endpoints.existingColumn(coreColumns.updatedAt);
    if (column === undefined) return false;
    const { values } = column;
    const oldest = this.options.clock.now() - this.staleAfterMs;
    let fresh = 0;
    // NaN, the value before the first scrape, is not at least anything.
    for (let i = 0; i < candidates.size; i++) if ((values[candidates.slots[i] as number] as number) >= oldest) fresh++;
    if (fresh === candidates.size || fresh === 0) return false;
    healthy.copy(candidates).retain((slot) => (values[slot] as number) >= oldest);
    return true;
  }
}

/** The longest interval that a source of metrics asks for; 0 when none asks. */
function longestInterval(plugins: readonly EffectivePlugin[]): number {
  const intervals = plugins
    .filter(({ type }) => type === 'metrics-data-source')
    .map(({ parameters: { interval } }) => (typeof interval === 'string' ? (parseGoDuration(interval) ?? 0) : 0));
  return Math.max(0, ...intervals);
}
