import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';
import type { LabelSelector } from './pod';

/** Fields of a `PodDisruptionBudget`; the API server wants exactly one of `minAvailable` and `maxUnavailable`. */
export interface PodDisruptionBudgetProps extends ManifestProps {
  readonly spec: {
    readonly selector: LabelSelector;
    /** @default - absent */
    readonly minAvailable?: number | string;
    /** @default - absent */
    readonly maxUnavailable?: number | string;
    /** @default - the API server's: IfHealthyBudget */
    readonly unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow';
  };
}

/** A `policy/v1` PodDisruptionBudget, written as given. */
export class PodDisruptionBudget extends Manifest {
  constructor(scope: Construct, id: string, props: PodDisruptionBudgetProps) {
    super(scope, id, { apiVersion: API.policy, kind: 'PodDisruptionBudget' }, props);
  }
}
