import type { EffectiveConfig } from 'llm-d-epp-config';
import { Candidates } from '../plugin/candidates';
import type { Clock } from '../plugin/clock';
import type { Log, RouterSettings } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { Plugin } from '../plugin/plugins';
import type { MetricsRegistry } from '../telemetry/registry';
import type { DecisionRecorder } from './recorder';

/** What a scheduler is made from. */
export interface SchedulerOptions {
  readonly config: Pick<EffectiveConfig, 'plugins' | 'schedulingProfiles' | 'profileHandler'>;
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly endpoints: EndpointTable;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricsRegistry;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: Pick<RouterSettings, 'metricsStalenessThresholdMs' | 'refreshMetricsIntervalMs'>;
  /**
   * Notes how decisions came out.
   * @default - nothing is noted
   */
  readonly recorder?: DecisionRecorder;
  /**
   * Whether results hold the scores of all candidates.
   * @default false
   */
  readonly keepScores?: boolean;
  /**
   * Bounds the values of the label `target_model_name`, which clients choose.
   * @default - every model has its own series
   */
  readonly modelLabel?: (model: string) => string;
}

/** Memory that all profiles share: only one runs at a time, and none runs inside another. */
export class Scratch {
  readonly left = new Candidates();
  scores = new Float64Array(64);
  totals = new Float64Array(64);

  /** Makes room for that many candidates and sets their sums to 0. */
  reset(size: number): void {
    if (this.totals.length < size) {
      this.scores = new Float64Array(2 * size);
      this.totals = new Float64Array(2 * size);
    }
    this.totals.fill(0, 0, size);
  }
}
