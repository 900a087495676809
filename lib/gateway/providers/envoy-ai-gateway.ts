import { ClientTrafficPolicy } from '../../manifests/client-traffic-policy';
import { EnvoyProxy } from '../../manifests/envoy-proxy';
import { GatewayClass } from '../../manifests/gateway-class';
import { isQuantity } from '../../util/quantity';
import { ensure } from '../../validation/error';
import { ENVOY_GATEWAY_GROUP, GATEWAY_GROUP } from '../api-groups';
import {
  type GatewayContext,
  type GatewayExposure,
  type ProviderTraits,
  type ProxyParameters,
  plainListener,
  serviceType,
} from '../provider-traits';

/** Options of {@link GatewayProvider.envoyAiGateway}. */
export interface EnvoyAiGatewayOptions {
  /**
   * Class of the Gateway.
   * @default 'envoy-ai-gateway'
   */
  readonly gatewayClassName?: string;
  /**
   * Also writes the GatewayClass, which is one for the whole cluster: let only one deployment do it.
   * @default false
   */
  readonly createClass?: boolean;
  /**
   * `internal` makes the proxy's Service a ClusterIP, `external` a LoadBalancer.
   * @default 'internal'
   */
  readonly exposure?: GatewayExposure;
  /**
   * Bytes of one request body that the proxy may hold while the router reads it. Envoy Gateway's own 32Ki refuses long prompts.
   * @default '50Mi'
   */
  readonly bufferLimit?: string;
  /**
   * Namespace in which Envoy Gateway runs; it makes the proxies there.
   * @default 'envoy-gateway-system'
   */
  readonly controllerNamespace?: string;
}

const CONTROLLER = 'gateway.envoyproxy.io/gatewayclass-controller';

/** Traits of Envoy Gateway with the AI Gateway extension. */
export function envoyAiGatewayTraits(options: EnvoyAiGatewayOptions): ProviderTraits {
  const className = options.gatewayClassName ?? 'envoy-ai-gateway';
  const bufferLimit = options.bufferLimit ?? '50Mi';
  ensure(isQuantity(bufferLimit), 'LLMD103', { given: bufferLimit });
  return {
    name: 'envoy-ai-gateway',
    gatewayClassName: className,
    routeTimeouts: true,
    listeners: plainListener,
    parameters: (context) => proxyConfig(context, options.exposure ?? 'internal'),
    policies: (context) => [
      ...(options.createClass === true ? [gatewayClass(context, className)] : []),
      bufferPolicy(context, bufferLimit),
    ],
    service: (name, namespace) => ({
      name: proxyService(name, namespace),
      namespace: options.controllerNamespace ?? 'envoy-gateway-system',
    }),
  };
}

/** The proxies of all namespaces' Gateways live in one namespace, so the name of the Service carries the Gateway's. */
function proxyService(gateway: string, namespace: string | undefined): string {
  return namespace === undefined ? gateway : `${namespace}-${gateway}`;
}

function proxyConfig(context: GatewayContext, exposure: GatewayExposure): ProxyParameters {
  const object = new EnvoyProxy(context.scope, 'Parameters', {
    metadata: { name: `${context.name}-proxy`, namespace: context.namespace, labels: context.labels },
    spec: {
      provider: {
        type: 'Kubernetes',
        // A name of our own instead of the controller's hashed one, so that the endpoint is known before deployment.
        kubernetes: { envoyService: { type: serviceType(exposure), name: proxyService(context.name, context.namespace) } },
      },
    },
  });
  return { object, reference: { group: ENVOY_GATEWAY_GROUP, kind: 'EnvoyProxy', name: object.name } };
}

function gatewayClass(context: GatewayContext, name: string): GatewayClass {
  return new GatewayClass(context.scope, 'Class', {
    metadata: { name, namespace: undefined, labels: context.labels },
    spec: { controllerName: CONTROLLER },
  });
}

function bufferPolicy(context: GatewayContext, bufferLimit: string): ClientTrafficPolicy {
  return new ClientTrafficPolicy(context.scope, 'Buffer', {
    metadata: { name: context.name, namespace: context.namespace, labels: context.labels },
    spec: {
      targetRefs: [{ group: GATEWAY_GROUP, kind: 'Gateway', name: context.name }],
      connection: { bufferLimit },
    },
  });
}
