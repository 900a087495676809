import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** Fields of a `Secret` whose content the cluster writes; secret values never stand in a manifest of ours. */
export interface SecretProps extends ManifestProps {
  /** E.g. `kubernetes.io/service-account-token`. */
  readonly type: string;
}

/** A core `Secret`, written as given. */
export class Secret extends Manifest {
  constructor(scope: Construct, id: string, props: SecretProps) {
    super(scope, id, { apiVersion: API.core, kind: 'Secret' }, props);
  }
}
