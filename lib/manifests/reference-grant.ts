import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** Fields of a `ReferenceGrant`. */
export interface ReferenceGrantProps extends ManifestProps {
  readonly spec: {
    /** Who may refer. */
    readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
    /** What may be referred to, in the grant's own namespace; every object of the kind when `name` is absent. */
    readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[];
  };
}

/** A Gateway API `ReferenceGrant`, written as given. */
export class ReferenceGrant extends Manifest {
  constructor(scope: Construct, id: string, props: ReferenceGrantProps) {
    super(scope, id, { apiVersion: API.gatewayBeta, kind: 'ReferenceGrant' }, props);
  }
}
