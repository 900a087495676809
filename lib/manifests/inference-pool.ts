import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';
import type { LabelSelector } from './pod';

/** Which Service picks an endpoint of a pool, and what a gateway does when it cannot be asked. */
export interface EndpointPickerRef {
  /** @default - the API server's: the core group */
  readonly group?: string;
  /** @default - the API server's: Service */
  readonly kind?: string;
  readonly name: string;
  readonly port: { readonly number: number };
  /** @default - the API server's: FailClose */
  readonly failureMode?: 'FailOpen' | 'FailClose';
}

/** Fields of an `InferencePool`. */
export interface InferencePoolProps extends ManifestProps {
  readonly spec: {
    readonly selector: LabelSelector;
    /** Ports of every pod that receive requests, 1 to 8. */
    readonly targetPorts: readonly { readonly number: number }[];
    /** @default - the API server's: http */
    readonly appProtocol?: 'http' | 'kubernetes.io/h2c';
    readonly endpointPickerRef: EndpointPickerRef;
  };
}

/** An `inference.networking.k8s.io/v1` InferencePool, written as given. */
export class InferencePool extends Manifest {
  constructor(scope: Construct, id: string, props: InferencePoolProps) {
    super(scope, id, { apiVersion: API.inference, kind: 'InferencePool' }, props);
  }
}
