import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** How Istio's proxies talk to a host. */
export interface TrafficPolicy {
  readonly tls?: { readonly mode: string; readonly insecureSkipVerify?: boolean; readonly [key: string]: unknown };
  readonly connectionPool?: {
    readonly http?: Readonly<Record<string, string | number | boolean>>;
    readonly tcp?: Readonly<Record<string, unknown>>;
  };
  readonly [key: string]: unknown;
}

/** Fields of a `DestinationRule`. */
export interface DestinationRuleProps extends ManifestProps {
  readonly spec: {
    readonly host: string;
    readonly trafficPolicy?: TrafficPolicy;
    /** @default - every namespace */
    readonly exportTo?: readonly string[];
  };
}

/** An Istio `DestinationRule`, written as given. */
export class DestinationRule extends Manifest {
  constructor(scope: Construct, id: string, props: DestinationRuleProps) {
    super(scope, id, { apiVersion: API.istioNetworking, kind: 'DestinationRule' }, props);
  }
}
