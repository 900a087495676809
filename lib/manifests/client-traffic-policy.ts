import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** Fields of an Envoy Gateway `ClientTrafficPolicy`. */
export interface ClientTrafficPolicyProps extends ManifestProps {
  readonly spec: {
    readonly targetRefs: readonly { readonly group: string; readonly kind: string; readonly name: string; readonly sectionName?: string }[];
    readonly connection?: {
      /** Bytes of one request that the proxy may hold, e.g. `50Mi`. */
      readonly bufferLimit?: string;
      readonly [key: string]: unknown;
    };
    readonly timeout?: { readonly [key: string]: unknown };
    readonly [key: string]: unknown;
  };
}

/** An Envoy Gateway `ClientTrafficPolicy`, written as given. */
export class ClientTrafficPolicy extends Manifest {
  constructor(scope: Construct, id: string, props: ClientTrafficPolicyProps) {
    super(scope, id, { apiVersion: API.envoyGateway, kind: 'ClientTrafficPolicy' }, props);
  }
}
