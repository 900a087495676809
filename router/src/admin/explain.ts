import type { DecisionNote, ProfileNote } from './decision-log';

/** How an endpoint fared in a profile. */
export interface EndpointVerdict {
  readonly endpoint: string;
  readonly picked: boolean;
  /**
   * Weighted sum.
   * @default - it was not scored
   */
  readonly total?: number;
  /** Score by scorer, 0 to 1, before the weight. */
  readonly scores: Readonly<Record<string, number>>;
  /** One sentence. */
  readonly why: string;
}

/** A profile with a verdict on every endpoint of the request. */
export interface ProfileExplanation {
  readonly profile: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly endpoints: readonly EndpointVerdict[];
}

/** A decision as it is shown. */
export interface Explanation extends Omit<DecisionNote, 'profiles' | 'candidates'> {
  readonly candidates: number;
  readonly profiles: readonly ProfileExplanation[];
}

const round = (value: number): number => Math.round(value * 10000) / 10000;

/** Says of every endpoint why it was picked or not. */
export function explain(note: DecisionNote): Explanation {
  return {
    ...note,
    candidates: note.candidates.length,
    profiles: note.profiles.map((profile) => explainProfile(profile, note.candidates)),
  };
}

function explainProfile(profile: ProfileNote, candidates: readonly string[]): ProfileExplanation {
  const position = new Map(profile.scored.map((host, i) => [host, i]));
  const considered = new Set(profile.considered);
  const best = position.get(profile.picked[0] ?? '');
  const endpoints = candidates.map((endpoint): EndpointVerdict => {
    const at = position.get(endpoint);
    if (at === undefined || profile.totals.length === 0) {
      return { endpoint, picked: false, scores: {}, why: considered.has(endpoint) ? whyFiltered(profile, endpoint) : UNHEALTHY };
    }
    const scores = Object.fromEntries(profile.scorers.map((note) => [note.scorer, round(note.scores[at] ?? 0)]));
    const rank = profile.picked.indexOf(endpoint);
    const why = rank >= 0 ? whyPicked(rank) : whyLost(profile, at, best);
    return { endpoint, picked: rank >= 0, total: round(profile.totals[at] ?? 0), scores, why };
  });
  const weights = Object.fromEntries(profile.scorers.map((note) => [note.scorer, note.weight]));
  return { profile: profile.profile, weights, endpoints };
}

const UNHEALTHY = 'left out: its metrics were never read or are stale, and other endpoints are healthy';

const whyPicked = (rank: number): string => (rank === 0 ? 'picked' : `fallback ${rank} for the proxy`);

function whyFiltered(profile: ProfileNote, endpoint: string): string {
  const filter = profile.filters.find((entry) => entry.removed.includes(endpoint));
  return filter === undefined ? 'not scored: the profile ended before' : `removed by ${filter.filter}`;
}

/** Names the scorer that made the largest difference to the endpoint that was picked. */
function whyLost(profile: ProfileNote, at: number, best: number | undefined): string {
  if (best === undefined) return 'not picked';
  const gap = (profile.totals[best] ?? 0) - (profile.totals[at] ?? 0);
  if (gap === 0) return 'equal total, the picker chose another at random';
  if (gap < 0) return 'higher total, the picker does not take the highest';
  let worst = { scorer: '', difference: 0 };
  for (const { scorer, weight, scores } of profile.scorers) {
    const difference = weight * ((scores[best] ?? 0) - (scores[at] ?? 0));
    if (difference > worst.difference) worst = { scorer, difference };
  }
  return `total lower by ${round(gap)}, most of it ${worst.scorer} (${round(worst.difference)})`;
}
