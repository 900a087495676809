import type { Availability } from '../versions';

/** A row of the feature gates. */
export interface FeatureGateSpec extends Availability {
  readonly name: string;
  /** Whether it is on when the configuration does not name it. */
  readonly default: boolean;
  readonly summary: string;
}

/** Every feature gate. Source: llm-d-router v0.9.0 and v0.10.0, the runner's registrations. */
export const featureGates: readonly FeatureGateSpec[] = [
  { name: 'flowControl', default: false, summary: 'requests queue by priority and fairness before they are scheduled' },
  {
    name: 'haPopulateNonLeaderDatastore',
    default: true,
    since: 'v0.10.0',
    summary: 'replicas that do not lead keep their endpoints up to date',
  },
  { name: 'dataLayer', default: false, removedIn: 'v0.10.0', summary: 'without effect, the data layer is always on' },
];
