import type { PluginContext } from '../../plugin/context';
import type { Family, Gauge } from '../../telemetry/registry';

/** Shows the share of each revision. */
export class RevisionGauge {
  private readonly family: Family<Gauge>;
  private readonly labels: readonly [string, string, string];
  private shown: readonly string[] = [];

  constructor({ metrics, name, type }: Pick<PluginContext, 'metrics' | 'name' | 'type'>, mode: string) {
    this.family = metrics.gauge(
      'llm_d_epp_disaggregatedset_revision_gating_share',
      'Share of the requests that a revision gets, 0 to 1; incomplete revisions have 0.',
      ['plugin_type', 'plugin_name', 'mode', 'revision'],
    );
    this.labels = [type, name, mode];
  }

  /** Replaces what is shown. */
  set(shares: ReadonlyMap<string, number>): void {
    for (const revision of this.shown) if (!shares.has(revision)) this.family.remove(...this.labels, revision);
    for (const [revision, share] of shares) this.family.with(...this.labels, revision).set(share);
    this.shown = [...shares.keys()];
  }
}
