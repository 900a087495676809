import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';
import type { LabelSelector } from './pod';

/** One endpoint that Prometheus scrapes. */
export interface ServiceMonitorEndpoint {
  /** Name of a port of the Service. */
  readonly port: string;
  /** @default - the operator's: /metrics */
  readonly path?: string;
  /** @default - the operator's: that of the Prometheus */
  readonly interval?: string;
  /** @default - scraped without credentials */
  readonly authorization?: { readonly type?: string; readonly credentials: { readonly name: string; readonly key: string } };
  readonly [key: string]: unknown;
}

/** Fields of a `ServiceMonitor`. */
export interface ServiceMonitorProps extends ManifestProps {
  readonly spec: {
    readonly selector: LabelSelector;
    readonly endpoints: readonly ServiceMonitorEndpoint[];
    /** @default - the operator's: the namespace of the ServiceMonitor */
    readonly namespaceSelector?: { readonly matchNames: readonly string[] };
    /** @default - the operator's: the name of the Service */
    readonly jobLabel?: string;
  };
}

/** A `monitoring.coreos.com/v1` ServiceMonitor, written as given. */
export class ServiceMonitor extends Manifest {
  constructor(scope: Construct, id: string, props: ServiceMonitorProps) {
    super(scope, id, { apiVersion: API.monitoring, kind: 'ServiceMonitor' }, props);
  }
}
