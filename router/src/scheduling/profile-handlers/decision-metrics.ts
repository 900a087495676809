import type { PluginContext } from '../../plugin/context';
import type { Counter, Family } from '../../telemetry/registry';

/** Which stages a request goes through. */
export type DecisionType = 'decode-only' | 'prefill-decode' | 'encode-decode' | 'encode-prefill-decode';

/** The word for a combination of stages. */
export function decisionType(encodes: boolean, prefills: boolean): DecisionType {
  if (encodes) return prefills ? 'encode-prefill-decode' : 'encode-decode';
  return prefills ? 'prefill-decode' : 'decode-only';
}

/** Source of names and labels: llm-d-router v0.10.0, `profilehandler/disagg`. */
const helps = {
  disagg_decision_total: 'Disaggregation routing decisions.',
  pd_decision_total: 'P/D disaggregation decisions.',
} as const;

/** Counts the decisions of a profile handler. */
export class DecisionMetrics {
  private readonly current: Family<Counter>;
  private readonly deprecated: Family<Counter>;

  constructor(
    private readonly context: Pick<PluginContext, 'name' | 'type' | 'metrics'>,
    metric: keyof typeof helps,
  ) {
    const { metrics } = context;
    const help = helps[metric];
    this.current = metrics.counter(`llm_d_epp_${metric}`, help, ['plugin_name', 'plugin_type', 'model_name', 'decision_type']);
    this.deprecated = metrics.counter(`llm_d_inference_scheduler_${metric}`, `[Deprecated: use llm_d_epp_${metric}] ${help}`, [
      'model_name',
      'decision_type',
    ]);
  }

  /** Counts a decision about a request for a model. */
  count(model: string, decision: DecisionType): void {
    const name = model || 'unknown';
    this.current.with(this.context.name, this.context.type, name, decision).inc();
    this.deprecated.with(name, decision).inc();
  }
}
