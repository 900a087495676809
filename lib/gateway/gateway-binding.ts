import { type ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { derivedPlaceholder, hasPlaceholder } from '../util/placeholder';
import { ensure, fail } from '../validation/error';
import { admitsOwnOnly, mayBeOne } from '../validation/joint-namespaces';
import type { ServersPlan } from '../values/plan';
import { type GatewayListener, listenerName, protocolOf, type RouteAdmission } from './gateway-listener';
import type { GatewayProvider } from './gateway-provider';
import type { RouteMatchPlan, RoutePlan } from './plan';
import { serviceHost } from './provider-traits';
import { basePath, planMatch } from './route-match';

/** A gateway as its routes see it. */
export interface GatewayBinding {
  readonly provider: GatewayProvider;
  /** `metadata.name` of the Gateway. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly clusterDomain: string;
  /** Empty when those of an existing Gateway are not known. */
  readonly listeners: readonly GatewayListener[];
  readonly admission: RouteAdmission;
  readonly existing: boolean;
  /** Host name or IP that the user has given. */
  readonly address: string | undefined;
  /** Undefined when it exists already or when there is none. */
  readonly gateway: ApiObject | undefined;
}

const PLAIN_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** Namespace of pool, router and route: that of the servers, else that of the chart. */
export function namespaceOf(scope: IConstruct, servers: ServersPlan): string | undefined {
  return servers.namespace ?? Chart.of(scope).namespace;
}

/** Throws LLMD606 when the Gateway would ignore a route of `namespace`; {@link gatewayNamespace} compares what is only known later. */
export function checkAdmission(binding: GatewayBinding, namespace: string | undefined): void {
  const admitted = !admitsOwnOnly(binding) || mayBeOne(namespace, binding.namespace);
  ensure(admitted, 'LLMD606', refusal(namespace, binding.name, binding.namespace));
}

function refusal(servers: string | undefined, gateway: string, namespace: string | undefined) {
  const words = (given = '(none given)') => (hasPlaceholder(given) ? '(known at deployment)' : given);
  return { servers: words(servers), gateway, namespace: words(namespace), admits: 'its own namespace only' };
}

/**
 * Namespace in which a route to pools of these namespaces, itself in that of the first, looks for the Gateway; undefined for its own.
 * Where the Gateway admits its own only and not all are known yet, the deployment fails with LLMD606 when they turn out to differ.
 */
export function gatewayNamespace(binding: GatewayBinding, pools: readonly (string | undefined)[]): string | undefined {
  const { name, namespace } = binding;
  const others = [...new Set(pools)].filter((pool) => pool !== namespace);
  if (admitsOwnOnly(binding) && others.length > 0) {
    return derivedPlaceholder('gateway-namespace', [name, namespace, ...others].join('/'), admittingNamespace);
  }
  return namespace === pools[0] ? undefined : namespace;
}

/** Of names, which hold no slash: the Gateway's, its namespace, those of pools. */
function admittingNamespace(names: string): string {
  const [gateway = '', namespace = '', ...pools] = names.split('/');
  for (const pool of pools) {
    ensure(pool === namespace, 'LLMD606', refusal(pool, gateway, namespace));
  }
  return namespace;
}

/** True when a route must name the namespace of a pool, and be granted access to it. */
export function isForeign(pool: string | undefined, route: { readonly binding: GatewayBinding; readonly namespace: string | undefined }) {
  return pool !== route.namespace && !admitsOwnOnly(route.binding);
}

/** Throws LLMD614 when a route names a listener that the Gateway does not have. */
export function checkListener(binding: GatewayBinding, route: string, listener: string | undefined): void {
  const known = binding.listeners.map(listenerName);
  ensure(listener === undefined || known.length === 0 || known.includes(listener), 'LLMD614', {
    route,
    listener: listener ?? '',
    gateway: binding.name,
    listeners: known.join(', '),
  });
}

/**
 * Base URL of what `match` selects. A host name that the route asks for is the host of the URL, since no other would be routed;
 * undefined when neither provider nor user knows the address.
 */
export function endpointOf(binding: GatewayBinding, match: RouteMatchPlan, listener: string | undefined): string | undefined {
  const service = binding.provider.traits?.service?.(binding.name, binding.namespace);
  const exact = match.hostname?.startsWith('*.') === false ? match.hostname : undefined;
  const host = exact ?? binding.address ?? (service === undefined ? undefined : serviceHost(service, binding.clusterDomain));
  return host === undefined ? undefined : urlAt(host, binding, match, listener);
}

/** The endpoint of a route, or its URL for clients that reach the Gateway at `address` where that is not known. */
export function endpointAt(address: string, binding: GatewayBinding, { endpoint, match, listener }: RoutePlan): string {
  return endpoint ?? urlAt(address, binding, match ?? planMatch(), listener);
}

/** Base URL of what `match` selects for clients that reach the Gateway at `host`, a host name or an IP. */
function urlAt(host: string, binding: GatewayBinding, match: RouteMatchPlan, listener: string | undefined): string {
  const [fallback] = binding.provider.traits?.listeners(binding.name) ?? [];
  const bound = binding.listeners.find((candidate) => listener === undefined || listenerName(candidate) === listener) ?? fallback;
  const scheme = bound === undefined ? 'http' : protocolOf(bound).toLowerCase();
  const port = bound === undefined || bound.port === PLAIN_PORTS[scheme] ? '' : `:${bound.port}`;
  // An IPv6 address has several colons, and may be in brackets already.
  const authority = host.split(':').length > 2 && !host.startsWith('[') ? `[${host}]` : host;
  return `${scheme}://${authority}${port}${basePath(match)}`;
}

/** The endpoint, or LLMD607. */
export function knownEndpoint(binding: GatewayBinding, endpoint: string | undefined): string {
  return endpoint ?? fail('LLMD607', { gateway: binding.name, provider: binding.provider.name });
}
