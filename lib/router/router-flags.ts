import { nearestName } from 'llm-d-epp-config';
import { ensure, fail } from '../validation/error';
import { MANAGED_FLAGS, ROUTER_FLAGS } from './router-flag-catalog';
import { isAtLeast } from './router-version';

/** Flags of the router by name, without the leading dashes. */
export type RouterFlags = Readonly<Record<string, string | number | boolean>>;

// Go's time.ParseDuration, without a sign: no interval of the router may be negative.
const DURATION = /^(0|(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+)$/;

/**
 * Throws when the router would not start with `flags`: LLMD549 for one that this library sets, LLMD548 for one that `version` does not
 * know, LLMD550 for a value that it cannot parse.
 */
export function checkFlags(flags: RouterFlags, version: string): void {
  for (const [flag, value] of Object.entries(flags)) {
    const managed = MANAGED_FLAGS[flag];
    ensure(managed === undefined, 'LLMD549', { flag, change: managed ?? '' });
    const row = ROUTER_FLAGS[flag];
    if (row === undefined) {
      fail('LLMD548', { flag, version, hint: didYouMean(flag) });
    }
    const { since, removedIn } = row;
    ensure(since === undefined || isAtLeast(version, since), 'LLMD548', { flag, version, hint: `, it came with ${since}` });
    ensure(removedIn === undefined || !isAtLeast(version, removedIn), 'LLMD548', { flag, version, hint: `, it went with ${removedIn}` });
    checkValue(flag, row.kind, String(value));
  }
}

/** The flags as arguments, `--name=value`, ordered by name. */
export function renderFlags(flags: RouterFlags): string[] {
  return Object.entries(flags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([flag, value]) => `--${flag}=${value}`);
}

function checkValue(flag: string, kind: 'boolean' | 'duration' | 'text', given: string): void {
  if (kind === 'boolean') {
    ensure(given === 'true' || given === 'false', 'LLMD550', { flag, given, allowed: 'true or false' });
  }
  if (kind === 'duration') {
    ensure(DURATION.test(given), 'LLMD550', { flag, given, allowed: 'a duration as Go writes it, e.g. "500ms" or "1m30s"' });
  }
}

function didYouMean(flag: string): string {
  const known = [...Object.keys(ROUTER_FLAGS), ...Object.keys(MANAGED_FLAGS)];
  const near = nearestName(flag, known);
  return near === undefined ? '' : `, did you mean "${near}"?`;
}
