import { type DisaggregationPlan, disaggregationPlan } from 'llm-d-epp-config';
import type { PluginContext } from '../../plugin/context';
import type { Endpoint } from '../../plugin/endpoint';
import type { Decider, PreRequest, ProfileHandler, RunProfile } from '../../plugin/plugins';
import type { InferenceRequest, ProfileResult, SchedulingResult } from '../../plugin/request';
import { DecisionMetrics, decisionType } from './decision-metrics';
import { asDecider, decodeWorkers } from './profiles';
import { writeStageHeaders } from './stage-headers';

/**
 * Runs the stages of disaggregated serving, each by its profile. Prefill and encode are extras: where they are not wanted or find no
 * endpoint, the decode endpoint does their work. The client's own stage headers are replaced.
 */
export class DisaggProfileHandler implements ProfileHandler, PreRequest {
  private readonly plan: DisaggregationPlan;
  private readonly prefillDecider: Decider | undefined;
  private readonly encodeDecider: Decider | undefined;
  private readonly decisions: DecisionMetrics;

  constructor(context: PluginContext) {
    this.plan = disaggregationPlan(context.parameters);
    const { prefill, encode } = this.plan.deciders;
    this.prefillDecider = prefill === undefined ? undefined : asDecider(context.plugin(prefill), prefill);
    this.encodeDecider = encode === undefined ? undefined : asDecider(context.plugin(encode), encode);
    this.decisions = new DecisionMetrics(context, 'disagg_decision_total');
  }

  schedule(request: InferenceRequest, profiles: readonly string[], run: RunProfile): SchedulingResult {
    const { decode, prefill, encode } = this.plan.profiles;
    const stages =
      this.plan.stageOrder === 'prefill-first' ? this.prefillFirst(request, profiles, run) : this.decodeFirst(request, profiles, run);
    this.decisions.count(request.targetModel, decisionType(stages.encode !== undefined, stages.prefill !== undefined));
    const results = new Map([[decode, stages.decode]]);
    if (stages.prefill !== undefined) results.set(prefill, stages.prefill);
    if (stages.encode !== undefined) results.set(encode, stages.encode);
    return { profiles: results, primary: decode };
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    writeStageHeaders(request, result, this.plan.profiles);
  }

  private decodeFirst(request: InferenceRequest, profiles: readonly string[], run: RunProfile): Stages {
    const decode = decodeWorkers(run(this.plan.profiles.decode));
    const [worker] = decode.targets;
    const encode = this.encode(request, profiles, run, worker);
    const { prefill: profile } = this.plan.profiles;
    const prefills = profiles.includes(profile) && this.prefillDecider?.decide(request, worker) === true;
    return { decode, encode, prefill: prefills ? run(profile, worker) : undefined };
  }

  private prefillFirst(request: InferenceRequest, profiles: readonly string[], run: RunProfile): Stages {
    const { prefill: profile } = this.plan.profiles;
    const prefill = profiles.includes(profile) ? run(profile) : undefined;
    const encode = this.encode(request, profiles, run, undefined);
    return { decode: decodeWorkers(run(this.plan.profiles.decode, prefill?.targets[0])), encode, prefill };
  }

  private encode(
    request: InferenceRequest,
    profiles: readonly string[],
    run: RunProfile,
    worker: Endpoint | undefined,
  ): ProfileResult | undefined {
    const { encode: profile } = this.plan.profiles;
    return profiles.includes(profile) && this.encodeDecider?.decide(request, worker) === true ? run(profile) : undefined;
  }
}

interface Stages {
  readonly decode: ProfileResult;
  readonly prefill: ProfileResult | undefined;
  readonly encode: ProfileResult | undefined;
}
