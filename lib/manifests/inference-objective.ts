import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** Fields of an `InferenceObjective`. */
export interface InferenceObjectiveProps extends ManifestProps {
  readonly spec: {
    /** Higher is served first; negative may be shed. @default - the router takes 0 */
    readonly priority?: number;
    readonly poolRef: {
      /** @default - the API server's: inference.networking.k8s.io */
      readonly group?: string;
      /** @default - the API server's: InferencePool */
      readonly kind?: string;
      readonly name: string;
    };
  };
}

/** An `llm-d.ai/v1alpha2` InferenceObjective, written as given. */
export class InferenceObjective extends Manifest {
  constructor(scope: Construct, id: string, props: InferenceObjectiveProps) {
    super(scope, id, { apiVersion: API.llmd, kind: 'InferenceObjective' }, props);
  }
}
