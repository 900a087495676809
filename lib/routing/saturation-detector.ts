import { checkInteger, checkRange } from '../util/check';
import { type PluginParameters, PluginRef } from './plugin-ref';

/** Options of `SaturationDetector.concurrency`. */
export interface ConcurrencyDetectorOptions {
  /**
   * Requests that one server runs at once; the engine's largest batch and a small buffer.
   * @default 100
   */
  readonly maxConcurrency?: number;
  /**
   * Tokens that one server holds at once, for the modes `tokens` and `hybrid`.
   * @default 1000000
   */
  readonly maxTokenConcurrency?: number;
  /**
   * What is counted.
   * @default requests
   */
  readonly concurrencyMode?: 'requests' | 'tokens' | 'hybrid';
  /**
   * Fraction by which a single server may exceed the limit.
   * @default 0
   */
  readonly headroom?: number;
}

/** Options of `SaturationDetector.utilization`. */
export interface UtilizationDetectorOptions {
  /**
   * Waiting requests at which a server is full.
   * @default 5
   */
  readonly queueDepthThreshold?: number;
  /**
   * Used fraction of the KV cache at which a server is full.
   * @default 0.8
   */
  readonly kvCacheUtilThreshold?: number;
  /**
   * Milliseconds after which metrics are stale; a server with stale metrics counts as full.
   * @default 200
   */
  readonly metricsStalenessThresholdMs?: number;
}

/** Says when the servers are full, so that flow control holds requests back. */
export class SaturationDetector extends PluginRef {
  /** By what this router has in flight: exact and immediate, but blind to other routers. */
  static concurrency(options: ConcurrencyDetectorOptions = {}): SaturationDetector {
    if (options.maxConcurrency !== undefined) {
      checkInteger('maxConcurrency', options.maxConcurrency, 1);
    }
    if (options.maxTokenConcurrency !== undefined) {
      checkInteger('maxTokenConcurrency', options.maxTokenConcurrency, 1);
    }
    return new SaturationDetector('concurrency-detector', { ...options });
  }

  /** By queue and KV cache as the engines report them. */
  static utilization(options: UtilizationDetectorOptions = {}): SaturationDetector {
    const { metricsStalenessThresholdMs, ...rest } = options;
    if (rest.queueDepthThreshold !== undefined) {
      checkInteger('queueDepthThreshold', rest.queueDepthThreshold, 1);
    }
    if (rest.kvCacheUtilThreshold !== undefined) {
      checkRange('kvCacheUtilThreshold', rest.kvCacheUtilThreshold, Number.MIN_VALUE, 1);
    }
    const metricsStalenessThreshold = metricsStalenessThresholdMs === undefined ? undefined : `${metricsStalenessThresholdMs}ms`;
    return new SaturationDetector('utilization-detector', { ...rest, metricsStalenessThreshold });
  }

  /** Any detector by its type; of your own router build, declare the type with `RoutingStrategy.withCustomPlugins`. */
  static plugin(type: string, parameters: PluginParameters = {}): SaturationDetector {
    return new SaturationDetector(type, parameters);
  }

  private constructor(type: string, parameters: PluginParameters) {
    super(type, parameters);
    Object.freeze(this);
  }
}
