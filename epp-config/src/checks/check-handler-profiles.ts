import { disaggregationPlan } from '../disaggregation';
import type { Draft, DraftPlugin } from '../draft';
import { listNames, own, show } from '../json';
import type { SchedulingProfile } from '../types';

/** Checks that the profiles which a handler runs exist, and warns of those it never runs. */
export function checkHandlerProfiles(draft: Draft, handler: DraftPlugin, profiles: readonly (SchedulingProfile | undefined)[]): void {
  const names = profiles.map((profile) => profile?.name ?? '');
  const existing = new Set(names);
  const { issues } = draft;
  const { type } = handler.spec;
  if (type === 'single-profile-handler' || type === 'data-parallel-profile-handler') {
    if (profiles.length > 1)
      issues.add(
        'EPP047',
        'schedulingProfiles',
        `${type} runs one profile, ${profiles.length} are configured; remove the others or use another profile handler`,
      );
    return;
  }
  const runs = profilesOf(handler, existing);
  if (runs === undefined) return;
  for (const { profile, needed, reason } of runs) {
    if (needed && !existing.has(profile)) {
      issues.add(
        'EPP048',
        handler.path,
        `${type} needs a profile ${show(profile)} ${reason}, configured are ${listNames(names)}; add or rename one`,
      );
    }
    if (!needed && existing.has(profile)) {
      issues.add(
        'EPP049',
        `schedulingProfiles[${names.indexOf(profile)}]`,
        `profile ${show(profile)} never runs, ${type} has no decider for it; name one in deciders or remove the profile`,
      );
    }
  }
  const run = new Set(runs.map(({ profile }) => profile));
  names.forEach((name, index) => {
    if (name !== '' && !run.has(name)) {
      issues.add(
        'EPP049',
        `schedulingProfiles[${index}]`,
        `profile ${show(name)} never runs, ${type} runs ${listNames([...run])}; rename or remove it`,
      );
    }
  });
}

interface Run {
  readonly profile: string;
  readonly needed: boolean;
  readonly reason: string;
}

function profilesOf(handler: DraftPlugin, existing: ReadonlySet<string>): readonly Run[] | undefined {
  const { parameters } = handler;
  switch (handler.spec.type) {
    case 'disagg-profile-handler': {
      const { stageOrder, profiles, deciders } = disaggregationPlan(parameters);
      const prefillFirst = stageOrder === 'prefill-first';
      return [
        { profile: profiles.decode, needed: true, reason: 'to decode' },
        { profile: profiles.prefill, needed: prefillFirst || deciders.prefill !== undefined, reason: 'for its prefill stage' },
        { profile: profiles.encode, needed: deciders.encode !== undefined, reason: 'for its encode decider' },
      ];
    }
    case 'pd-profile-handler':
      return [
        { profile: String(own(parameters, 'decodeProfile') || 'decode'), needed: true, reason: 'to decode' },
        { profile: String(own(parameters, 'prefillProfile') || 'prefill'), needed: true, reason: 'to prefill' },
      ];
    case 'header-profile-handler': {
      // Any profile can be named by the header; with a single one the default is not consulted.
      const fallback = String(own(parameters, 'defaultProfile') || 'decode').trim();
      const others = [...existing].filter((profile) => profile !== fallback).map((profile) => ({ profile, needed: true, reason: '' }));
      return existing.size === 1 ? others : [{ profile: fallback, needed: true, reason: 'for requests without the header' }, ...others];
    }
    default:
      return undefined;
  }
}
