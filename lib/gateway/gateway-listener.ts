import type { GatewayListenerSpec, SecretReference } from '../manifests/gateway';
import { checkOneOf, checkPort } from '../util/check';
import { checkReference } from '../util/dns';
import { hasPlaceholder } from '../util/placeholder';
import { ensure } from '../validation/error';
import { checkHostname } from './route-match';

/** Protocols in which a model can be asked. */
export type ListenerProtocol = 'HTTP' | 'HTTPS';

/** One port on which a Gateway takes requests. */
export interface GatewayListener {
  /**
   * Name of the listener, unique within the Gateway.
   * @default - the protocol in lower case and the port, e.g. `https-443`
   */
  readonly name?: string;
  readonly port: number;
  /** @default 'HTTP' */
  readonly protocol?: ListenerProtocol;
  /**
   * Host name that requests must ask for; `*.example.com` takes every name below it.
   * @default - every host name
   */
  readonly hostname?: string;
  /**
   * Secrets of type `kubernetes.io/tls`; the proxy ends TLS with them. HTTPS needs one.
   * @default - none
   */
  readonly certificateRefs?: readonly SecretReference[];
}

/** Which namespaces' routes a Gateway admits. */
export interface RouteAdmission {
  readonly from: 'Same' | 'All' | 'Selector';
  /** Labels of the namespaces, for `Selector`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Name of a listener: the given one, or protocol and port. */
export function listenerName(listener: GatewayListener): string {
  return listener.name ?? `${protocolOf(listener).toLowerCase()}-${listener.port}`;
}

/** Protocol of a listener. */
export function protocolOf(listener: GatewayListener): ListenerProtocol {
  return listener.protocol ?? 'HTTP';
}

/** Throws unless the listeners can stand on one Gateway. */
export function checkListeners(listeners: readonly GatewayListener[]): void {
  ensure(listeners.length > 0, 'LLMD105', { prop: 'listeners', change: 'name at least one listener or leave the prop out' });
  const taken = new Set<string>();
  for (const listener of listeners) {
    const name = listenerName(listener);
    checkPort('listeners.port', listener.port);
    checkOneOf('listeners.protocol', listener.protocol, ['HTTP', 'HTTPS']);
    checkReference('listeners.name', listener.name);
    checkHostname('listeners.hostname', listener.hostname);
    const tls = (listener.certificateRefs ?? []).length > 0;
    ensure((protocolOf(listener) === 'HTTPS') === tls, 'LLMD611', {
      listener: name,
      protocol: protocolOf(listener),
      count: listener.certificateRefs?.length ?? 0,
    });
    for (const key of [`name ${name}`, `port ${listener.port} and hostname ${listener.hostname ?? '*'}`]) {
      ensure(!taken.has(key), 'LLMD612', { key });
      taken.add(key);
    }
  }
}

/** The listener as the Gateway API writes it. */
export function renderListener(listener: GatewayListener, admission: RouteAdmission): GatewayListenerSpec {
  return {
    name: listenerName(listener),
    port: listener.port,
    protocol: protocolOf(listener),
    ...(listener.hostname === undefined ? {} : { hostname: listener.hostname }),
    ...(listener.certificateRefs === undefined ? {} : { tls: { mode: 'Terminate', certificateRefs: listener.certificateRefs } }),
    allowedRoutes: {
      namespaces:
        admission.from === 'Selector' ? { from: 'Selector', selector: { matchLabels: admission.labels } } : { from: admission.from },
    },
  };
}

/** True when a route that asks for `hostname` (any when undefined) can attach to the listener. */
export function admitsHostname(listener: GatewayListener, hostname: string | undefined): boolean {
  if (listener.hostname === undefined || hostname === undefined || listener.hostname === hostname) {
    return true;
  }
  // What is only known at deployment cannot be compared.
  if (hasPlaceholder(listener.hostname) || hasPlaceholder(hostname)) {
    return true;
  }
  return covers(listener.hostname, hostname) || covers(hostname, listener.hostname);
}

function covers(pattern: string, hostname: string): boolean {
  return pattern.startsWith('*.') && hostname.endsWith(pattern.slice(1));
}
