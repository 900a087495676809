import type { EnvoySidecarOptions } from '../router/envoy-sidecar';
import { deepFreeze } from '../util/freeze';
import type { ProviderTraits } from './provider-traits';
import { type AgentgatewayOptions, agentgatewayTraits } from './providers/agentgateway';
import { type CustomGatewayOptions, customTraits } from './providers/custom';
import { type EnvoyAiGatewayOptions, envoyAiGatewayTraits } from './providers/envoy-ai-gateway';
import { type GkeGatewayOptions, gkeTraits } from './providers/gke';
import { type IstioGatewayOptions, istioTraits } from './providers/istio';
import { type OpenShiftGatewayOptions, openShiftTraits } from './providers/open-shift';

/**
 * Who carries the requests: an Envoy beside each router, or an implementation of the Gateway API that runs in the cluster.
 *
 * Control planes are not installed by this library; `PEERS` names the versions that were tried.
 */
export class GatewayProvider {
  /**
   * Envoy as a container of each router's pod. No Gateway API object is written and none is needed; every model has an endpoint
   * of its own, the router's Service.
   */
  static standaloneEnvoy(options: EnvoySidecarOptions = {}): GatewayProvider {
    return new GatewayProvider('standalone-envoy', undefined, options);
  }

  /**
   * Istio, its pilot started with `ENABLE_GATEWAY_API_INFERENCE_EXTENSION=true`. Writes a ConfigMap with the
   * proxy's settings, and for each model a DestinationRule, without which the proxy cannot reach the router.
   *
   * Endpoint: the Service `<gateway>-istio`.
   */
  static istio(options: IstioGatewayOptions = {}): GatewayProvider {
    return new GatewayProvider('istio', istioTraits(options));
  }

  /**
   * agentgateway, installed with `inferenceExtension.enabled=true`. Writes `AgentgatewayParameters` with the proxy's settings.
   *
   * Endpoint: the Service `<gateway>`.
   */
  static agentgateway(options: AgentgatewayOptions = {}): GatewayProvider {
    return new GatewayProvider('agentgateway', agentgatewayTraits('agentgateway', options));
  }

  /**
   * kgateway hands inference to agentgateway: writes what {@link GatewayProvider.agentgateway} writes.
   *
   * @deprecated the guides keep it for those who migrate; use {@link GatewayProvider.agentgateway}
   */
  static kgateway(options: AgentgatewayOptions = {}): GatewayProvider {
    return new GatewayProvider('kgateway', agentgatewayTraits('kgateway', options));
  }

  /**
   * GKE's own Gateway controllers (GKE 1.34 brings the CRDs). Writes for each model a HealthCheckPolicy and a GCPBackendPolicy;
   * the latter holds the longest response, because GKE refuses timeouts in an HTTPRoute.
   *
   * Endpoint: only `.status.addresses` of the Gateway has it; give `address` when it is reserved.
   */
  static gke(options: GkeGatewayOptions = {}): GatewayProvider {
    return new GatewayProvider('gke', gkeTraits(options));
  }

  /**
   * Envoy Gateway with the AI Gateway extension. Writes an EnvoyProxy with the proxy's Service and a ClientTrafficPolicy that
   * lets long prompts pass.
   *
   * Endpoint: the Service `<namespace>-<gateway>` in the controller's namespace.
   */
  static envoyAiGateway(options: EnvoyAiGatewayOptions = {}): GatewayProvider {
    return new GatewayProvider('envoy-ai-gateway', envoyAiGatewayTraits(options));
  }

  /**
   * The Gateway class of OpenShift AI, served by OpenShift Service Mesh: HTTPS on 443 with a certificate of the cluster's
   * service CA, and for each model a DestinationRule. For agentgateway on OpenShift use its `arbitraryUserId`.
   *
   * Endpoint: the Service `<gateway>-data-science-gateway-class`.
   */
  static openShift(options: OpenShiftGatewayOptions = {}): GatewayProvider {
    return new GatewayProvider('openshift', openShiftTraits(options));
  }

  /** Any other implementation of the Gateway API that knows InferencePools. */
  static custom(options: CustomGatewayOptions): GatewayProvider {
    return new GatewayProvider(options.name, customTraits(options));
  }

  /** Name for messages, e.g. `istio`. */
  readonly name: string;
  /** What the implementation needs; undefined for the standalone one, which has no Gateway. */
  readonly traits: ProviderTraits | undefined;

  /** Settings of the Envoy beside each router; undefined with a Gateway. */
  readonly envoy: EnvoySidecarOptions | undefined;

  private constructor(name: string, traits: ProviderTraits | undefined, envoy?: EnvoySidecarOptions) {
    this.name = name;
    this.traits = traits === undefined ? undefined : Object.freeze(traits);
    this.envoy = envoy === undefined ? undefined : deepFreeze({ ...envoy });
    Object.freeze(this);
  }

  /** True when Envoy stands beside the router and no Gateway is written. */
  get standalone(): boolean {
    return this.traits === undefined;
  }
}
