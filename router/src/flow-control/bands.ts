import type { EffectiveFlowControl, EffectivePriorityBand } from 'llm-d-epp-config';
import type { FairnessPolicy, OrderingPolicy } from '../plugin/flow-policies';
import type { Pool } from '../request-control/pool';
import { Band } from './band';
import type { FlowMetrics } from './flow-metrics';

/** The objectives are looked at anew this often. Until then a new priority gets its band with its first request. */
const SYNC_EVERY_MS = 1000;

/** Most bands; requests of further priorities queue with priority 0, as upstream's do that have no band. */
const MAX_BANDS = 1000;

/** Finds the policies that the configuration names. */
export interface PolicyLookup {
  ordering(name: string): OrderingPolicy;
  fairness(name: string): FairnessPolicy;
}

/** The bands, highest priority first: those of the configuration, one for each priority that objectives have, and those in use. */
export class Bands {
  list: readonly Band[] = [];
  /** Priorities of `list`. */
  priorities: readonly number[] = [];
  private readonly byPriority = new Map<number, Band>();
  private readonly configured: ReadonlySet<number>;
  private syncedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly settings: EffectiveFlowControl,
    private readonly pool: Pick<Pool, 'priorities'>,
    private readonly policies: PolicyLookup,
    private readonly metrics: FlowMetrics,
  ) {
    this.configured = new Set(settings.priorityBands.map(({ priority }) => priority));
    for (const band of settings.priorityBands) this.make(band.priority, band);
    this.reorder();
  }

  /** The band for a priority. */
  of(priority: number): Band {
    const known = this.byPriority.get(priority);
    if (known !== undefined) return known;
    if (this.byPriority.size >= MAX_BANDS) return this.byPriority.get(0) as Band;
    const made = this.provide(priority);
    this.reorder();
    return made;
  }

  /** Makes bands for new objectives, and drops those that nobody needs; at most once a second. */
  sync(now: number): void {
    if (now - this.syncedAt < SYNC_EVERY_MS) return;
    this.syncedAt = now;
    const wanted = new Set(this.pool.priorities());
    const before = this.byPriority.size;
    let changed = false;
    for (const priority of wanted) if (!this.byPriority.has(priority) && this.byPriority.size < MAX_BANDS) this.provide(priority);
    changed = this.byPriority.size !== before;
    for (const band of this.list) {
      if (this.configured.has(band.priority) || wanted.has(band.priority) || !band.unused) continue;
      this.byPriority.delete(band.priority);
      changed = true;
    }
    if (changed) this.reorder();
  }

  private provide(priority: number): Band {
    return this.make(priority, priority < 0 ? this.settings.defaultNegativePriorityBand : this.settings.defaultPriorityBand);
  }

  private make(priority: number, settings: EffectivePriorityBand): Band {
    const { ordering, fairness } = this.policies;
    const band = new Band(priority, settings, ordering(settings.orderingPolicy), fairness(settings.fairnessPolicy), this.metrics);
    this.byPriority.set(priority, band);
    return band;
  }

  private reorder(): void {
    this.list = [...this.byPriority.values()].sort((a, b) => b.priority - a.priority);
    this.priorities = this.list.map(({ priority }) => priority);
    for (const [index, band] of this.list.entries()) band.index = index;
  }
}
