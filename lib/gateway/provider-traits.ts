import type { ApiObject, Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import type { LocalParametersReference } from '../manifests/gateway';
import type { GatewayListener } from './gateway-listener';

/** Who can reach the proxy: `internal` the cluster (or the private network), `external` the internet. */
export type GatewayExposure = 'internal' | 'external';

/** A Gateway, as its provider sees it. */
export interface GatewayContext {
  /** The `InferenceGateway`. */
  readonly scope: Construct;
  /** `metadata.name` of the Gateway. */
  readonly name: string;
  readonly namespace: string | undefined;
  /** Labels of every object that is written for it. */
  readonly labels: Record<string, string>;
  /** DNS suffix of the cluster's Services. */
  readonly clusterDomain: string;
}

/** One pool behind a Gateway, as its provider sees it. */
export interface PoolContext {
  /** The `ModelRoute`. */
  readonly scope: Construct;
  /** `metadata.name` of the InferencePool. */
  readonly name: string;
  readonly namespace: string | undefined;
  /** Labels of every object that is written for it. */
  readonly labels: Record<string, string>;
  readonly clusterDomain: string;
  /** `metadata.name` of the router's Service. */
  readonly routerService: string;
  /** True when the router serves ext_proc over TLS. */
  readonly routerTls: boolean;
  readonly targetPorts: readonly number[];
  /** Longest response; undefined for no limit. */
  readonly requestTimeout: Duration | undefined;
}

/** The object that holds the settings of a Gateway's proxy. */
export interface ProxyParameters {
  readonly object: ApiObject;
  readonly reference: LocalParametersReference;
}

/** A Service by its DNS name's parts. */
export interface ServiceAddress {
  readonly name: string;
  /** Undefined: the namespace of whoever asks. */
  readonly namespace: string | undefined;
}

/**
 * What sets one Gateway implementation apart. A trait that is absent means that the implementation needs no such object.
 */
export interface ProviderTraits {
  /** Name for messages. */
  readonly name: string;
  readonly gatewayClassName: string;
  /**
   * Labels that the Gateway needs.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Annotations that the Gateway needs.
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /**
   * Settings that exist already; excludes `parameters`.
   * @default - none
   */
  readonly reference?: LocalParametersReference | undefined;
  /** False when the implementation refuses `timeouts` in an HTTPRoute. */
  readonly routeTimeouts: boolean;
  /** Listeners when the user names none. */
  listeners(gateway: string): readonly GatewayListener[];
  /**
   * Writes the object to which the Gateway's `parametersRef` points.
   * @default - the controller's own settings
   */
  readonly parameters?: ((context: GatewayContext) => ProxyParameters) | undefined;
  /**
   * Writes the objects that point to the Gateway.
   * @default - none
   */
  readonly policies?: ((context: GatewayContext) => readonly ApiObject[]) | undefined;
  /**
   * Writes the objects that a pool needs besides its route.
   * @default - none
   */
  readonly poolObjects?: ((context: PoolContext) => readonly ApiObject[]) | undefined;
  /**
   * The Service that the controller makes for a Gateway.
   * @default - unknown: only the status of the Gateway has the address
   */
  readonly service?: ((gateway: string, namespace: string | undefined) => ServiceAddress) | undefined;
}

/** The plain listener of the guides: HTTP on port 80. */
export function plainListener(): readonly GatewayListener[] {
  return [{ name: 'default', port: 80, protocol: 'HTTP' }];
}

/** Proxy resources of the guides' Istio recipe, which carry thousands of concurrent streams. */
export const PROXY_RESOURCES = {
  requests: { cpu: '2', memory: '4Gi' },
  limits: { cpu: '8', memory: '16Gi' },
} as const;

/** Service type for an exposure. */
export function serviceType(exposure: GatewayExposure): string {
  return exposure === 'external' ? 'LoadBalancer' : 'ClusterIP';
}

/** `<name>.<namespace>.svc.<domain>`, or the short name when the namespace is unknown at synth. */
export function serviceHost(address: ServiceAddress, clusterDomain: string): string {
  return address.namespace === undefined ? address.name : `${address.name}.${address.namespace}.svc.${clusterDomain}`;
}
