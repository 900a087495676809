import type { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { PodMonitor } from '../manifests/pod-monitor';
import { checkLabels } from '../util/dns';
import { secondsOf } from '../util/units';

/** Options of {@link Monitoring.podMonitor}. */
export interface PodMonitorOptions {
  /**
   * Time between two scrapes.
   *
   * @default - 30 seconds; 5 seconds for wide expert parallelism
   */
  readonly interval?: Duration;
  /**
   * Labels of the PodMonitor, by which a Prometheus chooses its monitors.
   *
   * @default - none besides those of all objects
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What is scraped of one workload. */
export interface MonitoredPods {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>>;
  /** Names of the ports that have a metrics page. */
  readonly ports: readonly string[];
  readonly intervalSeconds: number;
}

/** Scrapes the engines with the Prometheus operator. */
export class Monitoring {
  private constructor(private readonly options: PodMonitorOptions) {
    checkLabels(options.labels ?? {});
    Object.freeze(this);
  }

  /** A PodMonitor for each role. The cluster must run the Prometheus operator. */
  static podMonitor(options: PodMonitorOptions = {}): Monitoring {
    return new Monitoring({ ...options });
  }

  /** Adds the monitor of one workload's pods. */
  addTo(scope: Construct, id: string, pods: MonitoredPods): PodMonitor {
    const { interval: given } = this.options;
    const interval = `${given === undefined ? pods.intervalSeconds : secondsOf('monitoring.interval', given, 1)}s`;
    return new PodMonitor(scope, id, {
      metadata: {
        name: pods.name,
        ...(pods.namespace === undefined ? {} : { namespace: pods.namespace }),
        labels: { ...pods.labels, ...this.options.labels },
      },
      spec: {
        selector: { matchLabels: pods.selector },
        podMetricsEndpoints: pods.ports.map((port) => ({ port, path: '/metrics', interval })),
      },
    });
  }
}
