import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** Exactly which devices one request takes. */
export interface ExactDeviceRequest {
  readonly deviceClassName: string;
  /** @default - the API server's: `ExactCount` */
  readonly allocationMode?: string;
  /** @default - the API server's: 1 */
  readonly count?: number;
  readonly selectors?: readonly { readonly cel: { readonly expression: string } }[];
  readonly [key: string]: unknown;
}

/** Devices of one pod, and how they belong together. */
export interface DeviceClaim {
  readonly requests: readonly { readonly name: string; readonly exactly: ExactDeviceRequest }[];
  /** E.g. GPU and NIC below one PCIe root. */
  readonly constraints?: readonly { readonly requests?: readonly string[]; readonly matchAttribute: string }[];
  readonly config?: readonly { readonly [key: string]: unknown }[];
}

/** Fields of a `ResourceClaimTemplate`. */
export interface ResourceClaimTemplateProps extends ManifestProps {
  readonly spec: {
    /** Labels and annotations of the claims made from it. */
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
    readonly spec: { readonly devices: DeviceClaim };
  };
}

/** A `resource.k8s.io` ResourceClaimTemplate (dynamic resource allocation), written as given. */
export class ResourceClaimTemplate extends Manifest {
  constructor(scope: Construct, id: string, props: ResourceClaimTemplateProps) {
    super(scope, id, { apiVersion: API.resource, kind: 'ResourceClaimTemplate' }, props);
  }
}
