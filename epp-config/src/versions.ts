import { alternatives, show } from './json';

/**
 * Router versions whose configuration this package knows, oldest first.
 *
 * `main` is the upstream state of 2026-08-22, a few commits after the tag v0.10.0; it is what our own router follows.
 */
export const routerVersions = ['v0.9.0', 'v0.10.0', 'main'] as const;

/** One of {@link routerVersions}. */
export type RouterVersion = (typeof routerVersions)[number];

/** The version assumed when a caller names none. */
export const newestRouterVersion: RouterVersion = 'main';

/** What is wrong with a version that a program without types may pass; undefined for a known one. */
export function unknownVersion(version: unknown): string | undefined {
  return (routerVersions as readonly unknown[]).includes(version)
    ? undefined
    : `option version is ${show(version)}, write ${alternatives(routerVersions)}`;
}

/** When a plugin, field, flag or gate exists. */
export interface Availability {
  /**
   * First version that knows it.
   * @default - every version that this package knows
   */
  readonly since?: RouterVersion;
  /**
   * First version that no longer knows it.
   * @default - still known
   */
  readonly removedIn?: RouterVersion;
}

/** Whether something of the given availability exists in `version`. */
export function isKnownIn(availability: Availability, version: RouterVersion): boolean {
  const at = routerVersions.indexOf(version);
  const from = availability.since === undefined ? 0 : routerVersions.indexOf(availability.since);
  const until = availability.removedIn === undefined ? routerVersions.length : routerVersions.indexOf(availability.removedIn);
  return at >= from && at < until;
}

/** Words for an error about something which `version` does not know, such as `needs v0.10.0 or newer`. */
export function describeAvailability(availability: Availability): string {
  return [
    ...(availability.since === undefined
      ? []
      : [availability.since === 'main' ? 'came after v0.10.0' : `needs ${availability.since} or newer`]),
    ...(availability.removedIn === undefined ? [] : [`was removed in ${availability.removedIn}`]),
  ].join(' and ');
}
