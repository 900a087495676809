import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** Fields of an Envoy Gateway `EnvoyProxy`. */
export interface EnvoyProxyProps extends ManifestProps {
  readonly spec: {
    readonly provider?: {
      readonly type: string;
      readonly kubernetes?: {
        readonly envoyDeployment?: { readonly [key: string]: unknown };
        readonly envoyService?: { readonly type?: string; readonly name?: string; readonly [key: string]: unknown };
      };
    };
    readonly logging?: { readonly level?: Readonly<Record<string, string>> };
    readonly [key: string]: unknown;
  };
}

/** An Envoy Gateway `EnvoyProxy` (settings of one Gateway's proxy), written as given. */
export class EnvoyProxy extends Manifest {
  constructor(scope: Construct, id: string, props: EnvoyProxyProps) {
    super(scope, id, { apiVersion: API.envoyGateway, kind: 'EnvoyProxy' }, props);
  }
}
