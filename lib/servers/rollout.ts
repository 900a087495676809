import { checkInteger } from '../util/check';
import { ensure } from '../validation/error';
import type { RoleOptions } from './serving-options';

/** Limits of a rolling update, as both workload kinds write them. */
export interface RolloutLimits {
  /** @default - the API server's */
  readonly maxSurge?: number;
  /** @default - the API server's */
  readonly maxUnavailable?: number;
}

/**
 * Limits of a role's rolling update; undefined leaves them to the API server.
 *
 * Errors: LLMD104 for a number that is negative or no whole number; LLMD106 when both are 0, with which nothing could ever roll out.
 */
export function rolloutLimits({ maxSurge, maxUnavailable }: RoleOptions): RolloutLimits | undefined {
  for (const [prop, value] of Object.entries({ maxSurge, maxUnavailable })) {
    if (value !== undefined) {
      checkInteger(prop, value, 0);
    }
  }
  ensure(!(maxSurge === 0 && maxUnavailable === 0), 'LLMD106', {
    first: 'maxSurge: 0',
    second: 'maxUnavailable: 0',
    change: 'a rollout must be allowed to add a replica or to take one away',
  });
  if (maxSurge === undefined && maxUnavailable === undefined) {
    return undefined;
  }
  const unavailable = maxUnavailable ?? (maxSurge === 0 ? 1 : undefined);
  return {
    ...(maxSurge === undefined ? {} : { maxSurge }),
    ...(unavailable === undefined ? {} : { maxUnavailable: unavailable }),
  };
}
