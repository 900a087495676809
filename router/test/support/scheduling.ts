import type { EffectivePlugin, EffectiveProfile } from 'llm-d-epp-config';
import type { Candidates, Cycle, Endpoint, Filter, InferenceRequest, Picker, Plugin, ProfileResult, Scorer } from '../../src/plugin';
import { pluginTable } from '../../src/plugin-table';
import { Scheduler } from '../../src/scheduling/scheduler';
import type { SchedulerOptions } from '../../src/scheduling/types';
import { request, type TestContext } from './context';

/** Makes a built-in plugin. */
export function builtIn<P extends Plugin>(context: TestContext, type: string, parameters = {}, name = type): P {
  return context.make<P>(pluginTable[type]!, type, parameters, name);
}

/** A filter that keeps the endpoints of these names. */
export function keepFilter(context: TestContext, ...names: string[]): Filter {
  return {
    filter: (_cycle, candidates) => {
      candidates.retain((slot) => names.includes(context.endpoints.at(slot)!.metadata.name));
    },
  };
}

/** A scorer that gives each endpoint the score of its name; without one it leaves the endpoint alone. */
export function tableScorer(context: TestContext, byName: Readonly<Record<string, number>>): Scorer {
  return {
    score: (_cycle, { slots, size }, scores) => {
      for (let i = 0; i < size; i++) {
        const score = byName[context.endpoints.at(slots[i]!)!.metadata.name];
        if (score !== undefined) scores[i] = score;
      }
    },
  };
}

/** A picker that takes the first highest sum and keeps the sums it saw. */
export class SpyPicker implements Picker {
  seen: number[] = [];
  cycles: Cycle[] = [];

  pick(cycle: Cycle, { size }: Candidates, scores: Float64Array): readonly number[] {
    this.seen = Array.from(scores.subarray(0, size));
    this.cycles.push(cycle);
    return [this.seen.indexOf(Math.max(...this.seen))];
  }
}

/** What a test says of a profile; the rest is empty, the picker is `picker`. */
export type ProfileOptions = Partial<EffectiveProfile>;

/** A scheduler over plugins that stand in the context; the handler is `handler`. */
export function schedulerOf(
  context: TestContext,
  profiles: readonly ProfileOptions[],
  options: Partial<SchedulerOptions> & { readonly types?: Readonly<Record<string, string>> } = {},
): Scheduler {
  const { types = {}, ...rest } = options;
  const plugins: EffectivePlugin[] = [...context.plugins.keys()].map((name) => ({
    name,
    type: types[name] ?? name,
    kinds: [],
    parameters: {},
    origin: 'declared',
  }));
  const schedulingProfiles = profiles.map((profile) => ({
    name: 'default',
    filters: [],
    scorers: [],
    picker: 'picker',
    others: [],
    ...profile,
  }));
  return new Scheduler({
    config: { plugins, schedulingProfiles, profileHandler: 'handler' },
    plugins: context.plugins,
    endpoints: context.endpoints,
    clock: context.clock,
    log: context.log,
    metrics: context.metrics,
    env: context.env,
    settings: context.settings,
    ...rest,
  });
}

/** Names of the candidates that a filter leaves. */
export function filtered(
  context: TestContext,
  filter: Filter,
  options: { readonly request?: InferenceRequest; readonly peer?: Endpoint; readonly among?: readonly Endpoint[] } = {},
): string[] {
  const candidates = context.candidates(options.among);
  filter.filter({ request: options.request ?? request(), profile: 'default', peer: options.peer }, candidates);
  return context.names(candidates);
}

/** Scores that a scorer gives, by name. */
export function scored(context: TestContext, scorer: Scorer, made: InferenceRequest = request()): Record<string, number> {
  const candidates = context.candidates();
  const scores = new Float64Array(candidates.size);
  scorer.score({ request: made, profile: 'default' }, candidates, scores);
  return Object.fromEntries(context.names(candidates).map((name, index) => [name, scores[index]!]));
}

/** A result with one target for each profile. */
export function resultOf(targets: Readonly<Record<string, Endpoint | undefined>>, primary = Object.keys(targets)[0]!) {
  const profiles = new Map<string, ProfileResult | undefined>();
  for (const [profile, target] of Object.entries(targets)) profiles.set(profile, target === undefined ? undefined : { targets: [target] });
  return { profiles, primary };
}

/** Stores a prompt of that many tokens, with media if asked. */
export function withTokens(made: InferenceRequest, tokens: number, media = false): InferenceRequest {
  const features = media ? [{ modality: 'image' as const, hash: 'h', offset: 0, length: 1 }] : [];
  made.put('TokenizedPrompt', 'token-producer', { prompts: [{ ids: new Uint32Array(tokens), features }], estimated: false });
  return made;
}

/** Chi-square statistic of counts against probabilities; keys with probability 0 must not occur. */
export function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, index) => {
    const expected = probabilities[index]! * total;
    if (expected === 0) return count === 0 ? sum : Number.POSITIVE_INFINITY;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}
