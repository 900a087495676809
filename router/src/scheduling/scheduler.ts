import { Candidates } from '../plugin/candidates';
import type { Endpoint } from '../plugin/endpoint';
import { InferenceError } from '../plugin/errors';
import type { Plugin, ProfileHandler } from '../plugin/plugins';
import type { InferenceRequest, ProfileResult, SchedulingResult } from '../plugin/request';
import { EndpointHealth } from './health';
import { type DurationTwins, SchedulerMetrics } from './metrics';
import { Profile } from './profile';
import type { DecisionRecord } from './recorder';
import { type SchedulerOptions, Scratch } from './types';

/** Chooses endpoints: the profile handler says which profiles run, each profile filters, scores and picks. */
export class Scheduler {
  private readonly profiles = new Map<string, Profile>();
  private readonly profileNames: readonly string[];
  private readonly handler: ProfileHandler;
  private readonly metrics: SchedulerMetrics;
  /** The profile handler's time up to the end of the last profile. */
  private readonly pickDuration: DurationTwins;
  /** Its time after that. */
  private readonly processDuration: DurationTwins;
  private readonly health: EndpointHealth;
  private readonly candidates = new Candidates();
  private readonly healthy = new Candidates();

  /** @throws Error when a plugin is used as what it is not, or the environment holds an unknown word */
  constructor(private readonly options: SchedulerOptions) {
    const { config, metrics, modelLabel } = options;
    this.metrics = new SchedulerMetrics(metrics, modelLabel);
    this.health = new EndpointHealth(options);
    const scratch = new Scratch();
    for (const profile of config.schedulingProfiles) {
      this.profiles.set(profile.name, new Profile(profile, options, this.metrics, scratch));
    }
    this.profileNames = [...this.profiles.keys()];
    this.handler = handlerOf(options);
    const type = config.plugins.find(({ name }) => name === config.profileHandler)?.type ?? config.profileHandler;
    this.pickDuration = this.metrics.plugin('ProfilePicker', type, config.profileHandler);
    this.processDuration = this.metrics.plugin('ProcessProfilesResults', type, config.profileHandler);
  }

  /**
   * Schedules a request among the candidates, which stay as they are.
   * @throws InferenceError when nothing can serve it
   */
  schedule(request: InferenceRequest, candidates: Candidates): SchedulingResult {
    const { clock, recorder } = this.options;
    const started = clock.now();
    const record = recorder?.begin(request, candidates);
    try {
      const result = this.decide(request, candidates, record);
      const target = result.profiles.get(result.primary)?.targets[0];
      if (target === undefined) throw new Error(`the profile handler returned no endpoint for its primary profile "${result.primary}"`);
      this.metrics.succeeded(request.targetModel, target, result.port);
      record?.ended(result);
      return result;
    } catch (error) {
      const refusal = error instanceof InferenceError ? error : schedulingFailure(messageOf(error));
      this.metrics.failed(request.targetModel);
      record?.ended(undefined, refusal);
      throw refusal;
    } finally {
      this.metrics.endToEnd.observe(clock.now() - started);
    }
  }

  private decide(request: InferenceRequest, given: Candidates, record: DecisionRecord | undefined): SchedulingResult {
    const { clock, endpoints } = this.options;
    // An endpoint may have gone while the request waited.
    const candidates = this.candidates.copy(given).retain((slot) => endpoints.at(slot) !== undefined);
    const preferred = this.health.separate(candidates, this.healthy) ? this.healthy : undefined;
    let failures: Map<string, Error> | undefined;
    let inProfiles = 0;
    let lastRunEnded = Number.NaN;
    const run = (name: string, peer?: Endpoint): ProfileResult | undefined => {
      const before = clock.now();
      try {
        const result = this.profile(name).run({ request, profile: name, peer }, candidates, preferred, record);
        if (result === undefined) throw nothingLeft();
        failures?.delete(name);
        return result;
      } catch (error) {
        failures ??= new Map();
        failures.set(name, this.noteFailure(name, request, error));
        return undefined;
      } finally {
        lastRunEnded = clock.now();
        inProfiles += lastRunEnded - before;
      }
    };
    const before = clock.now();
    try {
      return this.handler.schedule(request, this.profileNames, run);
    } catch (error) {
      if (Number.isNaN(lastRunEnded) && !(error instanceof InferenceError))
        throw new Error(`failed to run any scheduler profile for request ${request.id}`);
      throw joined(error, failures);
    } finally {
      const after = clock.now();
      if (Number.isNaN(lastRunEnded)) this.pickDuration.observe(after - before);
      else {
        this.pickDuration.observe(lastRunEnded - before - inProfiles);
        this.processDuration.observe(after - lastRunEnded);
      }
    }
  }

  private profile(name: string): Profile {
    const profile = this.profiles.get(name);
    if (profile === undefined) throw new Error(`there is no such profile, configured are ${this.profileNames.join(', ')}`);
    return profile;
  }

  /** A refusal is an answer like any other; anything else is a fault of a plugin and must be seen. */
  private noteFailure(profile: string, request: InferenceRequest, error: unknown): Error {
    if (error instanceof InferenceError) return error;
    this.options.log.error({ profile, requestId: request.id, err: error }, 'a plugin failed in a scheduling profile');
    return new Error(messageOf(error));
  }
}

function handlerOf({ config, plugins }: SchedulerOptions): ProfileHandler {
  const handler: Plugin | undefined = plugins.get(config.profileHandler);
  if (handler === undefined || typeof (handler as Partial<ProfileHandler>).schedule !== 'function') {
    throw new Error(`plugin "${config.profileHandler}" is named as the profile handler, which it can not be`);
  }
  return handler as ProfileHandler;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// Filters that drain a pool mean that it is busy, so the answer is that of a full queue. Source: llm-d-router v0.10.0, `scheduler_profile.go`.
const nothingLeft = () => new InferenceError('ResourceExhausted', 'no endpoints available for the given request', 'rejected-saturated');
const schedulingFailure = (message: string) => new InferenceError('ResourceExhausted', `failed to find target endpoint: ${message}`);

/** The first refusal counts: that of the handler, then those of the profiles by name. Without any, all messages together. */
function joined(error: unknown, failures: ReadonlyMap<string, Error> | undefined): unknown {
  if (error instanceof InferenceError || failures === undefined) return error;
  const byName = [...failures].sort(([a], [b]) => (a < b ? -1 : 1));
  const refusal = byName.find(([, failure]) => failure instanceof InferenceError);
  if (refusal !== undefined) return refusal[1];
  return new Error([messageOf(error), ...byName.map(([name, failure]) => `profile "${name}": ${failure.message}`)].join('\n'));
}
