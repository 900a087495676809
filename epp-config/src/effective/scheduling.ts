import { checkHandlerProfiles } from '../checks/check-handler-profiles';
import { undefinedPlugin } from '../checks/reference-messages';
import { type Draft, type DraftPlugin, isOfKind } from '../draft';
import { show } from '../json';
import type { SchedulingPlugin, SchedulingProfile } from '../types';
import { ensureDefault } from './add-default';
import type { EffectiveProfile, EffectiveScorer } from './effective-config';

/** Weight of a scorer that has none. Source: llm-d-router v0.10.0. */
const defaultWeight = 1;

/** Profiles and their handler, with defaults. */
export interface EffectiveScheduling {
  readonly profiles: readonly EffectiveProfile[];
  readonly profileHandler: string;
}

/** Checks profiles and the handler and fills what is left out. */
export function scheduling(draft: Draft): EffectiveScheduling {
  const given = draft.config.schedulingProfiles ?? [];
  const profiles = given.length === 0 ? [defaultProfile(draft)] : given;
  const handlers = draft.plugins.filter((instance) => isOfKind(instance, 'profile-handler'));
  if (handlers.length === 0 && profiles.length === 1) {
    const added = ensureDefault(draft, 'single-profile-handler');
    if (added !== undefined) handlers.push(added);
  }
  const picker = draft.plugins.find((instance) => isOfKind(instance, 'picker')) ?? ensureDefault(draft, 'max-score-picker')!;
  const effective = checkNames(draft, profiles).flatMap((entry) =>
    entry === undefined ? [] : [fillProfile(draft, entry.profile, entry.path, picker)],
  );
  checkHandlers(draft, handlers, profiles);
  return { profiles: effective, profileHandler: handlers[0]?.name ?? '' };
}

/** Without profiles, one holds every declared filter, scorer and picker; upstream leaves the order open, here it is as declared. */
function defaultProfile(draft: Draft): SchedulingProfile {
  const members = draft.plugins.filter((instance) => (['filter', 'scorer', 'picker'] as const).some((kind) => isOfKind(instance, kind)));
  return { name: 'default', plugins: members.map((instance) => ({ pluginRef: instance.name })) };
}

function checkNames(
  { issues }: Draft,
  profiles: readonly (SchedulingProfile | undefined)[],
): ({ profile: SchedulingProfile; path: string } | undefined)[] {
  const seen = new Map<string, string>();
  return profiles.map((profile, index) => {
    if (profile === undefined) return undefined;
    const path = `schedulingProfiles[${index}]`;
    if (!profile.name) issues.add('EPP040', `${path}.name`, 'the profile has no name, write one');
    else if (seen.has(profile.name))
      issues.add(
        'EPP041',
        `${path}.name`,
        `profile ${show(profile.name)} is already defined by ${seen.get(profile.name)}, rename or remove one`,
      );
    else seen.set(profile.name, path);
    return { profile, path };
  });
}

function fillProfile(draft: Draft, profile: SchedulingProfile, path: string, defaultPicker: DraftPlugin): EffectiveProfile {
  const { issues, byName } = draft;
  const filters: string[] = [];
  const scorers: EffectiveScorer[] = [];
  const others: EffectiveScorer[] = [];
  const pickers: string[] = [];
  (profile.plugins ?? []).forEach((entry: SchedulingPlugin | undefined, index) => {
    if (entry === undefined) return;
    const at = `${path}.plugins[${index}]`;
    if (!entry.pluginRef) {
      issues.add('EPP042', `${at}.pluginRef`, 'the entry has no pluginRef, write the name of a plugin');
      return;
    }
    const instance = byName.get(entry.pluginRef);
    if (instance === undefined) {
      issues.add('EPP043', `${at}.pluginRef`, undefinedPlugin(draft, entry.pluginRef, 'plugin'));
      return;
    }
    const weighted = { pluginRef: entry.pluginRef, weight: entry.weight ?? defaultWeight };
    if (instance.open) others.push(weighted);
    if (isOfKind(instance, 'filter')) filters.push(instance.name);
    if (isOfKind(instance, 'scorer')) scorers.push(weighted);
    if (isOfKind(instance, 'picker')) {
      if (pickers.length > 0)
        issues.add(
          'EPP044',
          `${at}.pluginRef`,
          `picker ${show(instance.name)} is the second after ${show(pickers[0])}, keep one picker in a profile`,
        );
      pickers.push(instance.name);
    }
    warnWithoutEffect(draft, instance, entry, at);
  });
  return { name: profile.name ?? '', filters, scorers, picker: pickers[0] ?? defaultPicker.name, others };
}

function warnWithoutEffect({ issues }: Draft, instance: DraftPlugin, entry: SchedulingPlugin, path: string): void {
  if (instance.open || isOfKind(instance, 'scorer')) return;
  if (entry.weight !== undefined) {
    issues.add(
      'EPP049',
      `${path}.weight`,
      `only scorers have a weight, ${show(instance.name)} of type ${show(instance.spec.type)} ignores it; remove it`,
    );
  }
  if (!isOfKind(instance, 'filter') && !isOfKind(instance, 'picker')) {
    issues.add(
      'EPP049',
      `${path}.pluginRef`,
      `${show(instance.name)} of type ${show(instance.spec.type)} is neither filter, scorer nor picker, the profile ignores it; remove it here`,
    );
  }
}

function checkHandlers(draft: Draft, handlers: readonly DraftPlugin[], profiles: readonly SchedulingProfile[]): void {
  const { issues } = draft;
  const [handler, ...more] = handlers;
  for (const extra of more) {
    issues.add('EPP046', extra.path, `${show(extra.name)} is a second profile handler beside ${show(handler!.name)}, keep one`);
  }
  if (handler === undefined) {
    // A custom plugin of unknown kind may be the handler.
    if (draft.plugins.some((instance) => instance.open)) return;
    issues.add('EPP045', 'plugins', `${profiles.length} profiles have no profile handler, declare one such as disagg-profile-handler`);
    return;
  }
  checkHandlerProfiles(draft, handler, profiles);
}
