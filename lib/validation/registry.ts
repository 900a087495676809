import type { IConstruct } from 'constructs';
import { type Contribution, setContribution } from './contribution';
import { SynthValidation } from './synth-validation';

export type { Contribution } from './contribution';

/**
 * Makes a construct part of the validation of its app: at each synth all rules run over all contributions and all objects at once.
 * A second contribution of one construct replaces its first.
 */
export function contribute(scope: IConstruct, contribution: Contribution): void {
  setContribution(scope, contribution);
  SynthValidation.of(scope.node.root).attach(scope);
}
