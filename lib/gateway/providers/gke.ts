import { GcpBackendPolicy, HealthCheckPolicy } from '../../manifests/gke-policies';
import { checkInteger } from '../../util/check';
import { INFERENCE_GROUP } from '../api-groups';
import { type GatewayExposure, type PoolContext, type ProviderTraits, plainListener } from '../provider-traits';

/** Options of {@link GatewayProvider.gke}. */
export interface GkeGatewayOptions {
  /**
   * `internal` is `gke-l7-rilb` (an address of the VPC), `external` is `gke-l7-regional-external-managed` (a public one). Both
   * need a proxy-only subnet in the region.
   * @default 'internal'
   */
  readonly exposure?: GatewayExposure;
  /**
   * Writes each request to Cloud Logging, which is billed by volume.
   * @default true
   */
  readonly accessLogging?: boolean;
}

/**
 * Longest response in seconds when the route sets none: one day, as long as the Envoy of the standalone mode waits. The load
 * balancer's own default is 30 s and the upstream charts write 300 s; both cut streams that still generate.
 */
const RESPONSE_TIMEOUT_SECONDS = 86_400;

/** Largest `timeoutSec` of a GCPBackendPolicy (its CRD). */
const MAX_TIMEOUT_SECONDS = 2_147_483_647;

/** Seconds between health checks, and seconds to answer one: shorter than GKE's 5, so that a pod that leaves is noticed early. */
const HEALTH_CHECK_SECONDS = 2;

/** Traits of GKE's Gateway controllers, which program a regional load balancer. */
export function gkeTraits(options: GkeGatewayOptions): ProviderTraits {
  return {
    name: 'gke',
    gatewayClassName: options.exposure === 'external' ? 'gke-l7-regional-external-managed' : 'gke-l7-rilb',
    routeTimeouts: false,
    listeners: plainListener,
    poolObjects: (context) => [healthCheck(context), backend(context, options.accessLogging ?? true)],
  };
}

function healthCheck(context: PoolContext): HealthCheckPolicy {
  return new HealthCheckPolicy(context.scope, 'HealthCheck', {
    metadata: { name: context.name, namespace: context.namespace, labels: context.labels },
    spec: {
      targetRef: targetOf(context),
      default: {
        timeoutSec: HEALTH_CHECK_SECONDS,
        checkIntervalSec: HEALTH_CHECK_SECONDS,
        // Upstream's chart leaves the specification out; GKE's CRD then refuses the port.
        config: {
          type: 'HTTP',
          httpHealthCheck: { requestPath: '/health', portSpecification: 'USE_FIXED_PORT', port: context.targetPorts[0] },
        },
      },
    },
  });
}

function backend(context: PoolContext, logging: boolean): GcpBackendPolicy {
  return new GcpBackendPolicy(context.scope, 'Backend', {
    metadata: { name: context.name, namespace: context.namespace, labels: context.labels },
    spec: {
      targetRef: targetOf(context),
      default: {
        timeoutSec: timeoutOf(context),
        logging: { enabled: logging },
      },
    },
  });
}

function timeoutOf({ requestTimeout }: PoolContext): number {
  const seconds = (requestTimeout?.toMilliseconds() ?? RESPONSE_TIMEOUT_SECONDS * 1000) / 1000;
  checkInteger('requestTimeout', seconds, 1, MAX_TIMEOUT_SECONDS);
  return seconds;
}

function targetOf(context: PoolContext) {
  return { group: INFERENCE_GROUP, kind: 'InferencePool', name: context.name };
}
