import { AgentgatewayParameters } from '../../manifests/agentgateway-parameters';
import type { ResourceRequirements } from '../../manifests/pod';
import { AGENTGATEWAY_GROUP } from '../api-groups';
import {
  type GatewayContext,
  type GatewayExposure,
  PROXY_RESOURCES,
  type ProviderTraits,
  type ProxyParameters,
  plainListener,
  serviceType,
} from '../provider-traits';

/** Options of {@link GatewayProvider.agentgateway}. */
export interface AgentgatewayOptions {
  /**
   * Class of the Gateway, for a control plane that registers another one.
   * @default 'agentgateway'
   */
  readonly gatewayClassName?: string;
  /**
   * `internal` makes the proxy's Service a ClusterIP, `external` a LoadBalancer.
   * @default 'internal'
   */
  readonly exposure?: GatewayExposure;
  /**
   * Lowest level that the proxy logs, in the syntax of `RUST_LOG`.
   * @default 'warn'
   */
  readonly logLevel?: string;
  /**
   * CPU and memory of the proxy.
   * @default - 2 CPU and 4Gi, at most 8 CPU and 16Gi (guides' Istio recipe)
   */
  readonly resources?: ResourceRequirements;
  /**
   * Drops the fixed user id of the proxy's pod, which OpenShift's restricted security context refuses.
   * @default false
   */
  readonly arbitraryUserId?: boolean;
}

/** Traits of agentgateway; `name` differs for those who come from kgateway. */
export function agentgatewayTraits(name: string, options: AgentgatewayOptions): ProviderTraits {
  return {
    name,
    gatewayClassName: options.gatewayClassName ?? 'agentgateway',
    routeTimeouts: true,
    listeners: plainListener,
    parameters: (context) => proxyConfig(context, options),
    service: (gateway, namespace) => ({ name: gateway, namespace }),
  };
}

function proxyConfig(context: GatewayContext, options: AgentgatewayOptions): ProxyParameters {
  const object = new AgentgatewayParameters(context.scope, 'Parameters', {
    metadata: { name: `${context.name}-proxy`, namespace: context.namespace, labels: context.labels },
    spec: {
      logging: { level: options.logLevel ?? 'warn' },
      resources: options.resources ?? PROXY_RESOURCES,
      service: { spec: { type: serviceType(options.exposure ?? 'internal') } },
      ...(options.arbitraryUserId === true ? { deployment: { spec: { template: { spec: RESTRICTED_POD } } } } : {}),
    },
  });
  return { object, reference: { group: AGENTGATEWAY_GROUP, kind: 'AgentgatewayParameters', name: object.name } };
}

/** `$patch: replace` removes the controller's own fields, among them `runAsUser`, instead of merging with them. */
const RESTRICTED_POD = {
  securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'agentgateway',
      securityContext: {
        $patch: 'replace',
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    },
  ],
};
