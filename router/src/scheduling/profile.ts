import type { EffectiveProfile } from 'llm-d-epp-config';
import type { Candidates } from '../plugin/candidates';
import type { Endpoint } from '../plugin/endpoint';
import type { Cycle, Filter, Picker, Plugin, Scorer } from '../plugin/plugins';
import type { ProfileResult } from '../plugin/request';
import type { DurationTwins, SchedulerMetrics } from './metrics';
import type { DecisionRecord } from './recorder';
import type { SchedulerOptions, Scratch } from './types';

interface Step<P> {
  readonly name: string;
  readonly plugin: P;
  readonly duration: DurationTwins;
}

interface WeightedStep extends Step<Scorer> {
  readonly weight: number;
}

/** A scheduling profile: filters, then scorers, then a picker. */
export class Profile {
  readonly name: string;
  private readonly filters: readonly Step<Filter>[];
  private readonly scorers: readonly WeightedStep[];
  private readonly picker: Step<Picker>;

  /** @throws Error when a plugin can not do what the profile uses it for */
  constructor(
    profile: EffectiveProfile,
    private readonly options: Pick<SchedulerOptions, 'config' | 'plugins' | 'endpoints' | 'clock' | 'keepScores'>,
    metrics: SchedulerMetrics,
    private readonly scratch: Scratch,
  ) {
    this.name = profile.name;
    const types = new Map(options.config.plugins.map(({ name, type }) => [name, type]));
    const step = <P extends Plugin>(name: string, method: keyof P & string, point: string): Step<P> => {
      const plugin = options.plugins.get(name);
      if (plugin === undefined || !can(plugin, method)) {
        throw new Error(`profile "${profile.name}" uses plugin "${name}" as a ${method}, which it can not be`);
      }
      return { name, plugin: plugin as P, duration: metrics.plugin(point, types.get(name) ?? name, name) };
    };
    // A plugin of an unknown kind stands wherever it has the method for it.
    const others = (method: string) => profile.others.filter(({ pluginRef }) => can(options.plugins.get(pluginRef), method));
    // A module of the user's may be a filter, a scorer, or both; the configuration can not know which.
    const has = (name: string, method: string) => types.get(name) !== 'module' || can(options.plugins.get(name), method);
    const idle = profile.filters.find((name) => !has(name, 'filter') && !has(name, 'score'));
    if (idle !== undefined) throw new Error(`profile "${profile.name}" uses plugin "${idle}", which has neither filter() nor score()`);
    const filters = [...profile.filters.filter((name) => has(name, 'filter')), ...others('filter').map(({ pluginRef }) => pluginRef)];
    this.filters = filters.map((name) => step<Filter>(name, 'filter', 'Filter'));
    const scorers = profile.scorers.filter(({ pluginRef }) => has(pluginRef, 'score'));
    this.scorers = [...scorers, ...others('score')].map(({ pluginRef, weight }) => ({
      ...step<Scorer>(pluginRef, 'score', 'Scorer'),
      weight,
    }));
    this.picker = step<Picker>(others('pick')[0]?.pluginRef ?? profile.picker, 'pick', 'Picker');
  }

  /**
   * Picks endpoints for a request: among `preferred` if the filters leave any of them, else among all candidates. Undefined when the
   * filters leave nothing. `preferred` is undefined when no candidate is better than the others.
   */
  run(
    cycle: Cycle,
    candidates: Candidates,
    preferred: Candidates | undefined,
    record: DecisionRecord | undefined,
  ): ProfileResult | undefined {
    record?.profileStarted(this.name, candidates);
    const { left } = this.scratch;
    this.filter(cycle, left.copy(preferred ?? candidates), record);
    if (left.size === 0 && preferred !== undefined) this.filter(cycle, left.copy(candidates), record);
    if (left.size === 0) return undefined;
    this.score(cycle, left, record);
    return this.pick(cycle, left, record);
  }

  private filter(cycle: Cycle, left: Candidates, record: DecisionRecord | undefined): void {
    const { clock } = this.options;
    let before = clock.now();
    for (const { name, plugin, duration } of this.filters) {
      plugin.filter(cycle, left);
      const after = clock.now();
      duration.observe(after - before);
      before = after;
      record?.filtered(this.name, name, left);
      if (left.size === 0) return;
    }
  }

  /** Sums score times weight. What is not above 0, NaN included, counts as 0, what is above 1 as 1. */
  private score(cycle: Cycle, left: Candidates, record: DecisionRecord | undefined): void {
    const { scratch } = this;
    const { clock } = this.options;
    const { size } = left;
    scratch.reset(size);
    const { scores, totals } = scratch;
    for (const { name, plugin, duration, weight } of this.scorers) {
      scores.fill(0, 0, size);
      const before = clock.now();
      plugin.score(cycle, left, scores);
      duration.observe(clock.now() - before);
      for (let i = 0; i < size; i++) {
        const score = scores[i] as number;
        const clamped = score > 0 ? Math.min(score, 1) : 0;
        scores[i] = clamped;
        totals[i] = (totals[i] as number) + clamped * weight;
      }
      record?.scored(this.name, name, weight, left, scores);
    }
  }

  private pick(cycle: Cycle, left: Candidates, record: DecisionRecord | undefined): ProfileResult {
    const { clock, endpoints, keepScores } = this.options;
    const { plugin, name, duration } = this.picker;
    const { totals } = this.scratch;
    const before = clock.now();
    const positions = plugin.pick(cycle, left, totals);
    duration.observe(clock.now() - before);
    const targets: Endpoint[] = [];
    for (const position of positions) {
      const target = position < left.size ? endpoints.at(left.slots[position] as number) : undefined;
      if (target === undefined) throw new Error(`picker "${name}" returned position ${position} of ${left.size} candidates`);
      targets.push(target);
    }
    if (targets.length === 0) throw new Error(`picker "${name}" returned nothing for ${left.size} candidates`);
    record?.picked(this.name, left, totals, targets);
    return keepScores === true ? { targets, scores: this.scoresByHost(left) } : { targets };
  }

  private scoresByHost(left: Candidates): ReadonlyMap<string, number> {
    const scores = new Map<string, number>();
    for (let i = 0; i < left.size; i++) {
      const endpoint = this.options.endpoints.at(left.slots[i] as number);
      if (endpoint !== undefined) scores.set(endpoint.host, this.scratch.totals[i] as number);
    }
    return scores;
  }
}

function can(plugin: Plugin | undefined, method: string): boolean {
  return typeof (plugin as Readonly<Record<string, unknown>> | undefined)?.[method] === 'function';
}
