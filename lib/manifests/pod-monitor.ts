import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';
import type { LabelSelector } from './pod';

/** One relabelling step of Prometheus. */
export interface Relabeling {
  readonly action?: string;
  readonly sourceLabels?: readonly string[];
  readonly targetLabel?: string;
  readonly regex?: string;
  readonly replacement?: string;
  readonly separator?: string;
}

/** One port of the selected pods that Prometheus scrapes. */
export interface PodMetricsEndpoint {
  /** Name of the container's port. */
  readonly port?: string;
  /** Number of the container's port, where it has no name of its own. */
  readonly portNumber?: number;
  readonly path?: string;
  readonly scheme?: string;
  /** Prometheus duration, e.g. `15s`. */
  readonly interval?: string;
  readonly scrapeTimeout?: string;
  readonly honorLabels?: boolean;
  readonly relabelings?: readonly Relabeling[];
  readonly metricRelabelings?: readonly Relabeling[];
  readonly [key: string]: unknown;
}

/** Fields of a `PodMonitor`. */
export interface PodMonitorProps extends ManifestProps {
  readonly spec: {
    readonly selector: LabelSelector;
    /** @default - the monitor's own namespace */
    readonly namespaceSelector?: { readonly any?: boolean; readonly matchNames?: readonly string[] };
    readonly podMetricsEndpoints: readonly PodMetricsEndpoint[];
    /** Labels of the pod that become labels of its metrics. */
    readonly podTargetLabels?: readonly string[];
    readonly jobLabel?: string;
  };
}

/** A Prometheus operator `PodMonitor`, written as given. */
export class PodMonitor extends Manifest {
  constructor(scope: Construct, id: string, props: PodMonitorProps) {
    super(scope, id, { apiVersion: API.monitoring, kind: 'PodMonitor' }, props);
  }
}
