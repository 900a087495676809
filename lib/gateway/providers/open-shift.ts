import { Yaml } from 'cdk8s';
import type { ProviderTraits } from '../provider-traits';
import { parametersConfigMap, trustRouter } from './istio';

/** Options of {@link GatewayProvider.openShift}. */
export interface OpenShiftGatewayOptions {
  /**
   * Class of the Gateway, for a platform that registers another one on its Service Mesh.
   * @default 'data-science-gateway-class'
   */
  readonly gatewayClassName?: string;
  /**
   * Lets OpenShift AI ask every client for a token of the cluster; the guides switch it off.
   * @default false
   */
  readonly authentication?: boolean;
}

/** Traits of the Gateway of OpenShift AI, which OpenShift Service Mesh (an Istio) implements. */
export function openShiftTraits(options: OpenShiftGatewayOptions): ProviderTraits {
  const className = options.gatewayClassName ?? 'data-science-gateway-class';
  return {
    name: 'openshift',
    gatewayClassName: className,
    labels: { 'istio.io/rev': 'openshift-gateway', 'platform.opendatahub.io/part-of': 'gatewayconfig' },
    annotations: { 'security.opendatahub.io/enable-auth': String(options.authentication ?? false) },
    routeTimeouts: true,
    listeners: (gateway) => [{ name: 'https', port: 443, protocol: 'HTTPS', certificateRefs: [{ name: certificateSecret(gateway) }] }],
    parameters: (context) =>
      parametersConfigMap(context, {
        // OpenShift's service CA writes the certificate of the Service into the Secret that the listener reads.
        service: Yaml.stringify({
          metadata: { annotations: { 'service.beta.openshift.io/serving-cert-secret-name': certificateSecret(context.name) } },
          spec: { type: 'ClusterIP' },
        }),
      }),
    poolObjects: trustRouter,
    service: (name, namespace) => ({ name: `${name}-${className}`, namespace }),
  };
}

function certificateSecret(gateway: string): string {
  return `${gateway}-tls`;
}
