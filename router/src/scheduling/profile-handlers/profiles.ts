import type { Decider, Plugin } from '../../plugin/plugins';
import type { ProfileResult } from '../../plugin/request';

/** The only profile of a handler that runs one. @throws Error when there are more or none */
export function onlyProfile(profiles: readonly string[], handler: string): string {
  const [profile, ...others] = profiles;
  if (profile === undefined || others.length > 0) throw new Error(`${handler} runs one profile, ${profiles.length} are configured`);
  return profile;
}

/** The result of a profile without which there is none. @throws Error when the profile failed */
export function needed(profile: string, result: ProfileResult | undefined): ProfileResult {
  if (result === undefined) throw new Error(`failed to run scheduler profile '${profile}'`);
  return result;
}

/** The decode stage's result. @throws Error when it failed */
export function decodeWorkers(result: ProfileResult | undefined): ProfileResult {
  if (result === undefined) throw new Error('failed to find available decode workers');
  return result;
}

/** A plugin as a decider. @throws Error when it is none */
export function asDecider(plugin: Plugin, name: string): Decider {
  if (typeof (plugin as Partial<Decider>).decide !== 'function') throw new Error(`plugin "${name}" is no decider`);
  return plugin as Decider;
}
