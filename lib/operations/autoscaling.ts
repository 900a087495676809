import type { Construct } from 'constructs';
import { HorizontalPodAutoscaler, type HpaMetric, type HpaScalingRules } from '../manifests/hpa';
import { checkInteger } from '../util/check';
import { ensure } from '../validation/error';

/** Options of {@link Autoscaling.hpa}. */
export interface HpaOptions {
  /**
   * Fewest replicas.
   *
   * @default 1
   */
  readonly min?: number;
  /** Most replicas. */
  readonly max: number;
  /** What is measured; the highest answer of all wins. Metrics other than cpu and memory need an adapter in the cluster. */
  readonly metrics: readonly HpaMetric[];
  /**
   * How fast replicas may be added.
   *
   * @default - the API server's: at once, doubling or 4 pods every 15 seconds
   */
  readonly scaleUp?: HpaScalingRules;
  /**
   * How fast replicas may be taken away.
   *
   * @default - 5 minutes of calm first: a model server takes minutes to come back
   */
  readonly scaleDown?: HpaScalingRules;
}

/** What an autoscaler acts on. */
export interface ScaleTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** Leaves the number of replicas to an autoscaler. */
export class Autoscaling {
  readonly min: number;
  readonly max: number;
  private readonly options: HpaOptions;

  private constructor(options: HpaOptions) {
    this.min = options.min ?? 1;
    this.max = options.max;
    this.options = Object.freeze({ ...options, metrics: Object.freeze([...options.metrics]) });
    Object.freeze(this);
  }

  /**
   * A HorizontalPodAutoscaler (`autoscaling/v2`).
   *
   * Errors: LLMD104 when `min` is not at least 1 (scaling to zero needs KEDA) or above `max`; LLMD105 without a metric.
   */
  static hpa(options: HpaOptions): Autoscaling {
    checkInteger('autoscaling.min', options.min ?? 1, 1);
    checkInteger('autoscaling.max', options.max, options.min ?? 1);
    ensure(Array.isArray(options.metrics) && options.metrics.length > 0, 'LLMD105', {
      prop: 'autoscaling.metrics',
      change: 'name at least one metric',
    });
    return new Autoscaling(options);
  }

  /** Adds the autoscaler of one workload. */
  addTo(
    scope: Construct,
    id: string,
    name: string,
    namespace: string | undefined,
    labels: Record<string, string>,
    target: ScaleTarget,
  ): HorizontalPodAutoscaler {
    const { metrics, scaleUp, scaleDown } = this.options;
    return new HorizontalPodAutoscaler(scope, id, {
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels },
      spec: {
        scaleTargetRef: target,
        minReplicas: this.min,
        maxReplicas: this.max,
        metrics,
        behavior: { ...(scaleUp === undefined ? {} : { scaleUp }), scaleDown: scaleDown ?? { stabilizationWindowSeconds: 300 } },
      },
    });
  }
}
