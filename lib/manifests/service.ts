import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** One port of a `Service`. */
export interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** @default - the API server's: the same as `port` */
  readonly targetPort?: number | string;
  /** @default - the API server's: TCP */
  readonly protocol?: 'TCP' | 'UDP';
  /** @default - absent: proxies guess the protocol from the port's name */
  readonly appProtocol?: string;
}

/** Fields of a `Service`. */
export interface ServiceProps extends ManifestProps {
  readonly spec: {
    /** @default - the API server's: ClusterIP */
    readonly type?: string;
    /** `None` makes it headless. @default - the API server gives an address */
    readonly clusterIP?: string;
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly ServicePort[];
    /** @default - the API server's: false */
    readonly publishNotReadyAddresses?: boolean;
  };
}

/** A `v1` Service, written as given. */
export class Service extends Manifest {
  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id, { apiVersion: API.core, kind: 'Service' }, props);
  }
}
