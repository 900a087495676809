import type { Code } from './codes';

/**
 * What becomes of a rule: `checked` by code, `impossible` to break because the library derives what it compares, or `later`.
 */
export type RuleStatus = 'checked' | 'impossible' | 'later';

/** One rule that a deployment of llm-d must keep, and how this library sees to it. */
export interface RuleRow {
  /** Number of the rule, `V1`, `V2`, …; never reused. */
  readonly v: `V${number}`;
  readonly status: RuleStatus;
  /** Codes that tell of a breach; empty unless `checked`. */
  readonly codes: readonly Code[];
  /** The rule and the way in which it is kept, in one sentence for `docs/rules.md`. */
  readonly how: string;
}

/** Every rule, in the order of its number. `npm run docs` writes it into `docs/rules.md`. */
export const RULE_TABLE: readonly RuleRow[] = [];
