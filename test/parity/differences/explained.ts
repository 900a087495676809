import type { Difference } from '../compare';

/** A difference that is meant, and the fact that it rests on. */
export interface Explained extends Difference {
  readonly reason: string;
}

/** One reason for several leaves, each as path, upstream's value and ours; undefined where a side has nothing. */
export function because(
  reason: string,
  ...rows: readonly (readonly [path: string, upstream: string | undefined, ours: string | undefined])[]
): Explained[] {
  return rows.map(([path, upstream, ours]) => ({ path, upstream, ours, reason }));
}
