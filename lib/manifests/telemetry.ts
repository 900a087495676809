import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** Fields of an Istio `Telemetry`. */
export interface TelemetryProps extends ManifestProps {
  readonly spec: {
    /** Objects of the same namespace that it concerns. */
    readonly targetRefs?: readonly { readonly group: string; readonly kind: string; readonly name: string }[];
    readonly accessLogging?: readonly {
      readonly disabled?: boolean;
      readonly providers?: readonly { readonly name: string }[];
      readonly filter?: { readonly expression: string };
    }[];
    readonly tracing?: readonly { readonly [key: string]: unknown }[];
    readonly metrics?: readonly { readonly [key: string]: unknown }[];
  };
}

/** An Istio `Telemetry`, written as given. */
export class Telemetry extends Manifest {
  constructor(scope: Construct, id: string, props: TelemetryProps) {
    super(scope, id, { apiVersion: API.istioTelemetry, kind: 'Telemetry' }, props);
  }
}
