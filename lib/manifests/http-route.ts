import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** A Gateway (or one of its listeners) to which a route attaches. */
export interface HttpRouteParent {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  /** @default - the route's own namespace */
  readonly namespace?: string;
  /** @default - every listener that admits the route */
  readonly sectionName?: string;
  readonly port?: number;
}

/** Which requests a rule takes; conditions of one match are ANDed. */
export interface HttpRouteMatch {
  readonly path?: { readonly type: string; readonly value: string };
  readonly headers?: readonly { readonly type?: string; readonly name: string; readonly value: string }[];
  readonly queryParams?: readonly { readonly type?: string; readonly name: string; readonly value: string }[];
  readonly method?: string;
}

/** Where a rule sends requests. */
export interface HttpRouteBackend {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  /** @default - the route's own namespace */
  readonly namespace?: string;
  /** @default - none: an InferencePool names its ports itself */
  readonly port?: number;
  /** @default - the API server's: 1 */
  readonly weight?: number;
}

/** One rule of a route. */
export interface HttpRouteRule {
  readonly name?: string;
  readonly matches?: readonly HttpRouteMatch[];
  readonly filters?: readonly { readonly type: string; readonly [key: string]: unknown }[];
  readonly backendRefs: readonly HttpRouteBackend[];
  /** Gateway API durations, e.g. `300s`; `0s` switches a timeout off. */
  readonly timeouts?: { readonly request?: string; readonly backendRequest?: string };
}

/** Fields of an `HTTPRoute`. */
export interface HttpRouteProps extends ManifestProps {
  readonly spec: {
    readonly parentRefs: readonly HttpRouteParent[];
    /** @default - every host name of the listener */
    readonly hostnames?: readonly string[];
    readonly rules: readonly HttpRouteRule[];
  };
}

/** A Gateway API `HTTPRoute`, written as given. */
export class HttpRoute extends Manifest {
  constructor(scope: Construct, id: string, props: HttpRouteProps) {
    super(scope, id, { apiVersion: API.gateway, kind: 'HTTPRoute' }, props);
  }
}
