import { ApiObject, Yaml } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-28';
import { DestinationRule } from '../../manifests/destination-rule';
import type { ResourceRequirements } from '../../manifests/pod';
import { Telemetry } from '../../manifests/telemetry';
import { GATEWAY_GROUP } from '../api-groups';
import {
  type GatewayContext,
  type GatewayExposure,
  type PoolContext,
  PROXY_RESOURCES,
  type ProviderTraits,
  type ProxyParameters,
  plainListener,
  serviceHost,
  serviceType,
} from '../provider-traits';

/** Options of {@link GatewayProvider.istio}. */
export interface IstioGatewayOptions {
  /**
   * Class of the Gateway, for an Istio that registers another one.
   * @default 'istio'
   */
  readonly gatewayClassName?: string;
  /**
   * `internal` makes the proxy's Service a ClusterIP, `external` a LoadBalancer.
   * @default 'internal'
   */
  readonly exposure?: GatewayExposure;
  /**
   * Lowest level that the proxy logs: trace, debug, info, warning, error, critical, off.
   * @default 'warn'
   */
  readonly logLevel?: string;
  /**
   * CPU and memory of the proxy.
   * @default - 2 CPU and 4Gi, at most 8 CPU and 16Gi (guides' Istio recipe)
   */
  readonly resources?: ResourceRequirements;
  /**
   * Writes a line for each request to the proxy's log, by an Istio `Telemetry`.
   * @default false
   */
  readonly accessLogging?: boolean;
}

/** Traits of Istio's Gateway implementation. */
export function istioTraits(options: IstioGatewayOptions): ProviderTraits {
  const className = options.gatewayClassName ?? 'istio';
  return {
    name: 'istio',
    gatewayClassName: className,
    // Without this label istiod does not put the endpoint picker's ext_proc filter into the proxy.
    labels: { 'istio.io/enable-inference-extproc': 'true' },
    routeTimeouts: true,
    listeners: plainListener,
    parameters: (context) => proxyConfig(context, options),
    policies: (context) => (options.accessLogging === true ? [accessLog(context)] : []),
    poolObjects: trustRouter,
    service: (name, namespace) => ({ name: `${name}-${className}`, namespace }),
  };
}

function proxyConfig(context: GatewayContext, options: IstioGatewayOptions): ProxyParameters {
  const level = options.logLevel ?? 'warn';
  const args = ['proxy', 'router', '--domain', `$(POD_NAMESPACE).svc.${context.clusterDomain}`];
  args.push('--proxyLogLevel', level, '--proxyComponentLogLevel', `misc:${level}`, '--log_output_level', `default:${level}`);
  const container = { name: 'istio-proxy', args, resources: options.resources ?? PROXY_RESOURCES };
  return parametersConfigMap(context, {
    deployment: Yaml.stringify({ spec: { template: { spec: { containers: [container] } } } }),
    service: Yaml.stringify({ spec: { type: serviceType(options.exposure ?? 'internal') } }),
  });
}

/** The ConfigMap whose keys Istio merges into the objects that it makes for a Gateway. */
export function parametersConfigMap(context: GatewayContext, data: Readonly<Record<string, string>>): ProxyParameters {
  const map = new ConfigMap(context.scope, 'Parameters', {
    metadata: {
      name: `${context.name}-proxy`,
      ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
      labels: context.labels,
    },
    data: { ...data },
  });
  return { object: ApiObject.of(map), reference: { group: '', kind: 'ConfigMap', name: map.name } };
}

function accessLog(context: GatewayContext): Telemetry {
  return new Telemetry(context.scope, 'AccessLog', {
    metadata: { name: context.name, namespace: context.namespace, labels: context.labels },
    spec: {
      targetRefs: [{ group: GATEWAY_GROUP, kind: 'Gateway', name: context.name }],
      accessLogging: [{ providers: [{ name: 'envoy' }] }],
    },
  });
}

/**
 * The router serves ext_proc over TLS with a certificate of its own making; without this rule Istio's proxy speaks plain text to
 * it and every request fails (or, fail-open, is spread at random).
 */
export function trustRouter(context: PoolContext): readonly ApiObject[] {
  if (!context.routerTls) {
    return [];
  }
  const rule = new DestinationRule(context.scope, 'RouterTls', {
    metadata: { name: context.routerService, namespace: context.namespace, labels: context.labels },
    spec: {
      host: serviceHost({ name: context.routerService, namespace: context.namespace }, context.clusterDomain),
      trafficPolicy: { tls: { mode: 'SIMPLE', insecureSkipVerify: true } },
    },
  });
  return [rule];
}
