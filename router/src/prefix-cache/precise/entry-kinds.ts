/** Tier under which blocks count that were routed but not yet reported. Source: llm-d-router v0.10.0, `attribute/prefix`. */
export const SPECULATIVE_TIER = 'speculative';

/** Weight of a tier that has none. */
const DEFAULT_WEIGHT = 1;

/** Gives what an entry of the index says besides its pod (tier, cache group, whether it is a guess) a small number. */
export class EntryKinds {
  /** Names of the tiers by number. */
  readonly tiers: string[] = [];
  /** Tier by kind. */
  readonly tierOf: number[] = [];
  /** Weight by kind. */
  readonly weightOf: number[] = [];
  /** Kind of a guess: no tier, the default weight. */
  readonly speculative: number;
  private readonly numbers = new Map<string, number>();

  constructor(private readonly weights: ReadonlyMap<string, number>) {
    this.speculative = this.add(SPECULATIVE_TIER, SPECULATIVE_TIER, DEFAULT_WEIGHT);
  }

  /** Kind of reported blocks on a tier, of a cache group or (-1) of none. */
  reported(tier: string, group: number): number {
    const key = `${tier}\u0000${group}`;
    return this.numbers.get(key) ?? this.add(key, tier, this.weights.get(tier) ?? DEFAULT_WEIGHT);
  }

  private add(key: string, tier: string, weight: number): number {
    const kind = this.tierOf.length;
    let number = this.tiers.indexOf(tier);
    if (number < 0) number = this.tiers.push(tier) - 1;
    this.tierOf.push(number);
    this.weightOf.push(weight);
    this.numbers.set(key, kind);
    return kind;
  }
}
