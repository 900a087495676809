import type { Finding } from '../findings';
import type { SynthModel } from '../model';

/** A cross-cutting rule: what is wrong between the objects and plans of one synth. Pure. */
export type Rule = (model: SynthModel) => readonly Finding[];

/** Every rule that runs at a synth. */
export const RULES: readonly Rule[] = [];

/** What all rules find. */
export function runRules(model: SynthModel): readonly Finding[] {
  return RULES.flatMap((rule) => rule(model));
}
