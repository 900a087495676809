/** How required roles weigh a revision: all their pods together, or those of the role that has most pods overall. */
export type ShareMode = 'sum' | 'max-role';

/** Ready pods by revision, then by role. */
export type RoleCounts = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * Share of the requests that each revision takes, together 1; a revision that lacks a required role takes 0.
 *
 * Source: llm-d-router v0.10.0, `screener/disaggregatedsetrollout`.
 */
export function revisionShares(counts: RoleCounts, roles: readonly string[], mode: ShareMode): ReadonlyMap<string, number> {
  const covered = [...counts].filter(([, perRole]) => roles.every((role) => (perRole.get(role) ?? 0) > 0));
  const weighing = mode === 'max-role' ? [dominantRole(covered, roles)] : roles;
  const weights = new Map(covered.map(([revision, perRole]) => [revision, sum(weighing.map((role) => perRole.get(role) ?? 0))]));
  const total = sum([...weights.values()]);
  return new Map([...counts.keys()].map((revision) => [revision, total > 0 ? (weights.get(revision) ?? 0) / total : 0]));
}

/** The role with most pods; of equal ones the first in the list. */
function dominantRole(covered: readonly (readonly [string, ReadonlyMap<string, number>])[], roles: readonly string[]): string {
  let dominant = '';
  let most = -1;
  for (const role of roles) {
    const pods = sum(covered.map(([, perRole]) => perRole.get(role) ?? 0));
    if (pods > most) [dominant, most] = [role, pods];
  }
  return dominant;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Draws one revision by its share; `draw` is uniform in [0, 1). Undefined when no revision has one. */
export function drawRevision(shares: ReadonlyMap<string, number>, draw: number): string | undefined {
  // In the order of their names, so that a draw means the same whatever the order of the endpoints.
  const revisions = [...shares].filter(([, share]) => share > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  let rest = draw * sum(revisions.map(([, share]) => share));
  for (const [revision, share] of revisions) {
    rest -= share;
    if (rest < 0) return revision;
  }
  return revisions.at(-1)?.[0];
}
