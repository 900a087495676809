import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';
import type { LabelSelector, PodTemplate } from './pod';

/** Fields of a `Deployment`. */
export interface DeploymentProps extends ManifestProps {
  readonly spec: {
    /**
     * Number of pods.
     * @default - absent: the API server sets 1, or an autoscaler owns the number
     */
    readonly replicas?: number;
    readonly selector: LabelSelector;
    /** @default - the API server's: rolling update, 25 % */
    readonly strategy?: {
      readonly type: string;
      readonly rollingUpdate?: { readonly maxSurge?: number | string; readonly maxUnavailable?: number | string };
    };
    /** @default - the API server's: 600 */
    readonly progressDeadlineSeconds?: number;
    readonly template: PodTemplate;
  };
}

/** An `apps/v1` Deployment, written as given. */
export class Deployment extends Manifest {
  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id, { apiVersion: API.apps, kind: 'Deployment' }, props);
  }
}
