import type { PluginContext } from '../../plugin/context';
import type { Decider, ProfileHandler, RunProfile } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { sendToPort } from './data-parallel';
import { DecisionMetrics, decisionType } from './decision-metrics';
import { asDecider, decodeWorkers } from './profiles';

/** Runs decode, then prefill if its decider says so. A header handler next to it writes the prefill header. */
export class PdProfileHandler implements ProfileHandler {
  private readonly decodeProfile: string;
  private readonly prefillProfile: string;
  private readonly primaryPort: number;
  private readonly decider: Decider;
  private readonly decisions: DecisionMetrics;

  constructor(context: PluginContext) {
    const { parameters, log, type } = context;
    log.info({ type }, 'plugin type pd-profile-handler is deprecated, use disagg-profile-handler');
    this.decodeProfile = String(parameters.decodeProfile);
    this.prefillProfile = String(parameters.prefillProfile);
    this.primaryPort = Number(parameters.primaryPort);
    const name = String(parameters.deciderPluginName);
    this.decider = asDecider(context.plugin(name), name);
    this.decisions = new DecisionMetrics(context, 'pd_decision_total');
  }

  schedule(request: InferenceRequest, profiles: readonly string[], run: RunProfile): SchedulingResult {
    const { decodeProfile: primary, prefillProfile } = this;
    const decode = decodeWorkers(run(primary));
    const results = new Map([[primary, decode]]);
    if (profiles.length > 1) {
      const prefills = profiles.includes(prefillProfile) && this.decider.decide(request, decode.targets[0]);
      this.decisions.count(request.targetModel, decisionType(false, prefills));
      const prefill = prefills ? run(prefillProfile) : undefined;
      if (prefill !== undefined) results.set(prefillProfile, prefill);
    }
    return { profiles: results, primary, ...sendToPort(request, decode, this.primaryPort) };
  }
}
