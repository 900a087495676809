import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** What a GKE policy acts on. */
export interface GkePolicyTarget {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** Fields of a `HealthCheckPolicy`. */
export interface HealthCheckPolicyProps extends ManifestProps {
  readonly spec: {
    readonly targetRef: GkePolicyTarget;
    readonly default: {
      /** Seconds. */
      readonly checkIntervalSec?: number;
      /** Seconds; at most `checkIntervalSec`. */
      readonly timeoutSec?: number;
      readonly healthyThreshold?: number;
      readonly unhealthyThreshold?: number;
      readonly logConfig?: { readonly enabled: boolean };
      readonly config?: {
        readonly type: string;
        readonly httpHealthCheck?: { readonly port?: number; readonly portSpecification?: string; readonly requestPath?: string };
        readonly grpcHealthCheck?: { readonly port?: number; readonly portSpecification?: string; readonly grpcServiceName?: string };
      };
    };
  };
}

/** A GKE `HealthCheckPolicy`, written as given. */
export class HealthCheckPolicy extends Manifest {
  constructor(scope: Construct, id: string, props: HealthCheckPolicyProps) {
    super(scope, id, { apiVersion: API.gkeNetworking, kind: 'HealthCheckPolicy' }, props);
  }
}

/** Fields of a `GCPBackendPolicy`. */
export interface GcpBackendPolicyProps extends ManifestProps {
  readonly spec: {
    readonly targetRef: GkePolicyTarget;
    readonly default: {
      /** Seconds that a whole response may take. */
      readonly timeoutSec?: number;
      readonly logging?: { readonly enabled: boolean; readonly sampleRate?: number };
      readonly connectionDraining?: { readonly drainingTimeoutSec: number };
      readonly maxRatePerEndpoint?: number;
      readonly backendPreference?: string;
      readonly [key: string]: unknown;
    };
  };
}

/** A GKE `GCPBackendPolicy`, written as given. */
export class GcpBackendPolicy extends Manifest {
  constructor(scope: Construct, id: string, props: GcpBackendPolicyProps) {
    super(scope, id, { apiVersion: API.gkeNetworking, kind: 'GCPBackendPolicy' }, props);
  }
}
