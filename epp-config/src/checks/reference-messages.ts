import type { Draft } from '../draft';
import { show } from '../json';

/** Message about a reference to a plugin that nobody declared. */
export function undefinedPlugin({ issues, byName }: Draft, ref: string, what: string): string {
  return `${what} ${show(ref)} is not declared${issues.suggest(ref, byName.keys()) || ', add it to plugins or name a declared one'}`;
}
