import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';
import type { LabelSelector } from './pod';

/** Reference to a Secret, in a listener's `tls`. */
export interface SecretReference {
  readonly name: string;
  /** @default - the Gateway's own namespace */
  readonly namespace?: string;
}

/** One port on which a Gateway listens. */
export interface GatewayListenerSpec {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  /** @default - every host name */
  readonly hostname?: string;
  /** @default - none: plain text */
  readonly tls?: { readonly mode?: string; readonly certificateRefs?: readonly SecretReference[] };
  /** @default - the API server's: routes of the Gateway's own namespace */
  readonly allowedRoutes?: { readonly namespaces?: { readonly from: string; readonly selector?: LabelSelector } };
}

/** Reference to an object of the Gateway's namespace that holds settings of its proxy. */
export interface LocalParametersReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** Fields of a `Gateway`. */
export interface GatewayProps extends ManifestProps {
  readonly spec: {
    readonly gatewayClassName: string;
    readonly listeners: readonly GatewayListenerSpec[];
    /** @default - none: the controller's own settings */
    readonly infrastructure?: {
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
      readonly parametersRef?: LocalParametersReference;
    };
    /** @default - the controller chooses the addresses */
    readonly addresses?: readonly { readonly type?: string; readonly value: string }[];
  };
}

/** A Gateway API `Gateway`, written as given. */
export class Gateway extends Manifest {
  constructor(scope: Construct, id: string, props: GatewayProps) {
    super(scope, id, { apiVersion: API.gateway, kind: 'Gateway' }, props);
  }
}
