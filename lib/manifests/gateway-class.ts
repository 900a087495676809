import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** Fields of a `GatewayClass`. */
export interface GatewayClassProps extends ManifestProps {
  readonly spec: {
    readonly controllerName: string;
    /** @default - none */
    readonly description?: string;
    /** @default - none: the controller's own settings */
    readonly parametersRef?: { readonly group: string; readonly kind: string; readonly name: string; readonly namespace?: string };
  };
}

/** A Gateway API `GatewayClass`, cluster-wide, written as given. */
export class GatewayClass extends Manifest {
  constructor(scope: Construct, id: string, props: GatewayClassProps) {
    super(scope, id, { apiVersion: API.gateway, kind: 'GatewayClass' }, props);
  }
}
