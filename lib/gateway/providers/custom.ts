import type { LocalParametersReference } from '../../manifests/gateway';
import { type ProviderTraits, plainListener } from '../provider-traits';
import { trustRouter } from './istio';

/** Options of {@link GatewayProvider.custom}. */
export interface CustomGatewayOptions {
  /** Name for messages, e.g. `nginx`. */
  readonly name: string;
  /** GatewayClass that the control plane has registered. */
  readonly gatewayClassName: string;
  /**
   * Labels that every Gateway of this kind needs.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations that every Gateway of this kind needs.
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * An object of the Gateway's namespace that holds settings of its proxy; it must exist.
   * @default - none
   */
  readonly parametersRef?: LocalParametersReference;
  /**
   * False leaves `timeouts` out of every HTTPRoute, for a controller that refuses them.
   * @default true
   */
  readonly routeTimeouts?: boolean;
  /**
   * True adds the DestinationRule that an Istio proxy needs to reach the router.
   * @default false
   */
  readonly istio?: boolean;
  /**
   * What the controller adds to the Gateway's name to name the proxy's Service; `''` when it adds nothing.
   * @default - unknown: the endpoint must come from `address`
   */
  readonly serviceSuffix?: string;
  /**
   * Namespace of the proxy's Service.
   * @default - the Gateway's
   */
  readonly serviceNamespace?: string;
}

/** Traits of an implementation that this library does not know. */
export function customTraits(options: CustomGatewayOptions): ProviderTraits {
  const suffix = options.serviceSuffix;
  return {
    name: options.name,
    gatewayClassName: options.gatewayClassName,
    labels: options.labels,
    annotations: options.annotations,
    reference: options.parametersRef,
    routeTimeouts: options.routeTimeouts ?? true,
    listeners: plainListener,
    poolObjects: options.istio === true ? trustRouter : undefined,
    service:
      suffix === undefined
        ? undefined
        : (name, namespace) => ({ name: `${name}${suffix}`, namespace: options.serviceNamespace ?? namespace }),
  };
}
