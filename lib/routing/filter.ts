import { checkRange } from '../util/check';
import { MODULE, type ModuleFile, type ModuleOptions, moduleOf, type PluginParameters, PluginRef } from './plugin-ref';
import type { ContextLengthAwareOptions } from './scorer-options';
import { type SessionAffinityOptions, sessionAffinityParameters } from './session-affinity';

/** Options of `Filter.prefixCacheAffinity`. */
export interface PrefixCacheAffinityOptions {
  /**
   * Cached fraction of the prompt, up to 1, from which a server counts as sticky.
   * @default 0.8
   */
  readonly affinityThreshold?: number;
  /**
   * Probability, 0 to 1, that a request ignores the affinity.
   * @default 0
   */
  readonly explorationProbability?: number;
  /**
   * Milliseconds by which the best sticky server may be slower to the first token than the best other one; 0 sticks always.
   * @default 18000
   */
  readonly maxTTFTPenaltyMs?: number;
  /**
   * Where the time to the first token comes from: tokens in flight over `peakPrefillThroughput`, or the latency predictor.
   * @default prefillThroughput
   */
  readonly ttftSource?: 'prefillThroughput' | 'latencyPredictor';
  /**
   * Tokens per second that one server prefills at its best; measure it.
   * @default 15928
   */
  readonly peakPrefillThroughput?: number;
  /**
   * Name of the producer that knows which server holds which prefix.
   * @default - the router's own `approx-prefix-cache-producer`
   */
  readonly prefixProducer?: string;
}

/** One upper limit of `Filter.utilization`. */
export interface UtilizationLimit {
  readonly metric: 'active-requests' | 'running-requests' | 'waiting-queue' | 'kv-cache-utilization';
  /** Highest value that passes; a fraction of 1 for `kv-cache-utilization`. */
  readonly maxValue: number;
}

/** One requirement of `Filter.labelSelector`. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** @default - none: for `Exists` and `DoesNotExist` */
  readonly values?: readonly string[];
}

/** Options of `Filter.endpointAttribute`. */
export interface EndpointAttributeFilterOptions {
  /** Attribute that an extractor reads from every server. */
  readonly attribute: string;
  readonly operator: 'LessThan' | 'LessThanOrEqual' | 'GreaterThan' | 'GreaterThanOrEqual' | 'Equal' | 'NotEqual';
  readonly value: number;
  /**
   * What happens to a server without the attribute.
   * @default Pass
   */
  readonly onMissing?: 'Pass' | 'Fail';
  /**
   * Whether all servers pass when none would.
   * @default false
   */
  readonly fallbackOnEmpty?: boolean;
}

/**
 * A filter: removes servers from the choice before they are scored. Filters of a profile run in their order; when none is left the
 * request is answered with 429.
 */
export class Filter extends PluginRef {
  /** Keeps servers of role decode or prefill-decode, and those without a role. */
  static decodeRole(): Filter {
    return new Filter('decode-filter');
  }

  /** Keeps servers of role prefill or prefill-decode. */
  static prefillRole(): Filter {
    return new Filter('prefill-filter');
  }

  /** Keeps servers of role encode. */
  static encodeRole(): Filter {
    return new Filter('encode-filter');
  }

  /** Keeps servers whose pod labels match. */
  static labelSelector(matchLabels: Readonly<Record<string, string>>, matchExpressions?: readonly LabelRequirement[]): Filter {
    return new Filter('label-selector-filter', { matchLabels, matchExpressions });
  }

  /** Keeps only the server that served the session before, while it is there. Experimental in router v0.10.0. */
  static sessionAffinity(options: SessionAffinityOptions = {}): Filter {
    return new Filter('session-affinity-filter', sessionAffinityParameters(options));
  }

  /** Keeps the servers that hold most of the prompt, unless they are much slower than the others. */
  static prefixCacheAffinity(options: PrefixCacheAffinityOptions = {}): Filter {
    const { prefixProducer, ...rest } = options;
    if (rest.affinityThreshold !== undefined) {
      checkRange('affinityThreshold', rest.affinityThreshold, 0, 1);
    }
    if (rest.explorationProbability !== undefined) {
      checkRange('explorationProbability', rest.explorationProbability, 0, 1);
    }
    return new Filter('prefix-cache-affinity-filter', { ...rest, prefixMatchInfoProducerName: prefixProducer });
  }

  /**
   * Keeps the servers that are predicted to meet both latency objectives; with the given probability those that are not, so that the
   * predictor keeps learning (router default 0.01).
   */
  static sloHeadroomTier(options: { readonly epsilonExploreNeg?: number } = {}): Filter {
    if (options.epsilonExploreNeg !== undefined) {
      checkRange('epsilonExploreNeg', options.epsilonExploreNeg, 0, 1);
    }
    return new Filter('slo-headroom-tier-filter', { ...options });
  }

  /** Keeps servers below every limit; a metric that is missing counts as 0. Experimental, needs router v0.10.0. */
  static utilization(conditions: readonly UtilizationLimit[], options: { readonly fallbackOnEmpty?: boolean } = {}): Filter {
    return new Filter('utilization-filter', { conditions, ...options });
  }

  /** Keeps servers whose attribute compares so with the value. Experimental, needs router v0.10.0. */
  static endpointAttribute(options: EndpointAttributeFilterOptions): Filter {
    const { attribute, operator, value, ...rest } = options;
    return new Filter('endpoint-attribute-filter', {
      attribute,
      ...rest,
      algorithm: { type: 'threshold', threshold: { operator, value } },
    });
  }

  /** Keeps servers at least this near to the peer of the other stage (router default `host`). Experimental, needs router v0.10.0. */
  static topologyAffinity(options: { readonly minAffinity?: 'host' | 'rack' | 'zone' | 'region' } = {}): Filter {
    return new Filter('topology-affinity-filter', { ...options });
  }

  /** Drops servers whose label names a range that the prompt's length is not in. It also scores, as `Scorer.contextLengthAware`. */
  static contextLengthAware(options: ContextLengthAwareOptions = {}): Filter {
    return new Filter('context-length-aware', { ...options, enableFiltering: true });
  }

  /** Any filter by its type; of your own router build, declare the type with `RoutingStrategy.withCustomPlugins`. */
  static plugin(type: string, parameters: PluginParameters = {}): Filter {
    return new Filter(type, parameters);
  }

  /** A filter of your own, from the image or from a file in the container, as `Scorer.module`. */
  static module(name: string, options: ModuleOptions = {}): Filter {
    const [file, parameters] = moduleOf(name, options);
    return new Filter(MODULE, parameters, file);
  }

  private constructor(type: string, parameters?: PluginParameters, file?: ModuleFile) {
    super(type, parameters, file);
    Object.freeze(this);
  }
}
