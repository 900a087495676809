import type { IConstruct } from 'constructs';
import type { GatewayPlan } from '../gateway/plan';
import type { RouterPlan } from '../router/router-plan';
import type { ServersPlan } from '../values/plan';
import type { Finding } from './findings';

/** What a construct tells the rules about itself. */
export interface Contribution {
  /**
   * Plan of servers.
   *
   * @default - the construct serves nothing
   */
  readonly servers?: ServersPlan;
  /**
   * Plan of a router.
   *
   * @default - the construct is no router
   */
  readonly router?: RouterPlan;
  /**
   * Plan of a gateway, asked at synth since routes are added after its constructor.
   *
   * @default - the construct is no gateway
   */
  readonly gateway?: () => GatewayPlan;
  /**
   * Findings of the construct's own rules, asked at synth.
   *
   * @default - none
   */
  readonly findings?: () => readonly Finding[];
}

const CONTRIBUTION = Symbol.for('cdk8s-llm-d.contribution');

/** Keeps a contribution at its construct. */
export function setContribution(scope: IConstruct, contribution: Contribution): void {
  (scope as unknown as Record<symbol, Contribution>)[CONTRIBUTION] = contribution;
}

/** What a construct contributed. */
export function contributionOf(scope: IConstruct): Contribution | undefined {
  return (scope as unknown as Record<symbol, Contribution | undefined>)[CONTRIBUTION];
}
