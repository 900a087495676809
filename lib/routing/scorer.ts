import { checkInteger, checkRange } from '../util/check';
import { ensure } from '../validation/error';
import { MODULE, type ModuleFile, type ModuleOptions, moduleOf, type PluginParameters, PluginRef } from './plugin-ref';
import type {
  ActiveRequestsScorerOptions,
  ContextLengthAwareOptions,
  EndpointAttributeScorerOptions,
  LatencyScorerOptions,
  LoadAwareScorerOptions,
  NoHitLruScorerOptions,
  PrefixCacheScorerOptions,
  TokenLoadScorerOptions,
} from './scorer-options';
import { type SessionAffinityOptions, sessionAffinityParameters } from './session-affinity';

/**
 * A scorer and its weight. For each request the router adds, over all scorers of the profile, weight × score (0 to 1) of every server
 * that the filters left; the picker chooses by that sum. Only the ratios of the weights matter.
 *
 * The weight is 1 unless given.
 */
export class Scorer extends PluginRef {
  /** Prefers the shortest queue among the candidates. Read from the engine's metrics. */
  static queueDepth(weight?: number): Scorer {
    return new Scorer('queue-scorer', weight);
  }

  /** Prefers the freest KV cache: the score is the free fraction. Read from the engine's metrics. */
  static kvCacheUtilization(weight?: number): Scorer {
    return new Scorer('kv-cache-utilization-scorer', weight);
  }

  /** Prefers the server that holds most of the prompt in its KV cache already. */
  static prefixCache(weight?: number, options: PrefixCacheScorerOptions = {}): Scorer {
    const { producer, ...rest } = options;
    if (rest.matchLengthWeight !== undefined) {
      checkRange('matchLengthWeight', rest.matchLengthWeight, 0, 1);
    }
    checkOptional('matchLengthScaleTokens', rest.matchLengthScaleTokens, 1);
    return new Scorer('prefix-cache-scorer', weight, { prefixMatchInfoProducerName: producer, ...rest });
  }

  /** Spreads requests that no server has a prefix of: the server that took such a request the longest time ago scores highest. */
  static noHitLru(weight?: number, options: NoHitLruScorerOptions = {}): Scorer {
    checkOptional('lruSize', options.lruSize, 1);
    return new Scorer('no-hit-lru-scorer', weight, { lruSize: options.lruSize, prefixMatchInfoProducerName: options.producer });
  }

  /** Prefers few requests in flight as this router counts them itself; faster than the engine's metrics, blind to other routers. */
  static activeRequests(weight?: number, options: ActiveRequestsScorerOptions = {}): Scorer {
    const { producer, ...rest } = options;
    checkOptional('idleThreshold', rest.idleThreshold, 0);
    if (rest.maxBusyScore !== undefined) {
      checkRange('maxBusyScore', rest.maxBusyScore, 0, 1);
    }
    return new Scorer('active-request-scorer', weight, { ...rest, inFlightLoadProducerName: producer });
  }

  /** Prefers the fewest running requests among the candidates. Read from the engine's metrics. */
  static runningRequests(weight?: number): Scorer {
    return new Scorer('running-requests-size-scorer', weight);
  }

  /** Scores 0.5 without a queue, falling to 0 at the threshold. Unlike `queueDepth` it does not depend on the other candidates. */
  static loadAware(weight?: number, options: LoadAwareScorerOptions = {}): Scorer {
    checkOptional('threshold', options.threshold, 1);
    return new Scorer('load-aware-scorer', weight, { ...options });
  }

  /** Prefers servers that have the requested LoRA adapter loaded (1), then those with a free slot (0.8). vLLM only. */
  static loraAffinity(weight?: number): Scorer {
    return new Scorer('lora-affinity-scorer', weight);
  }

  /** Prefers the server that served the session before; others may still win by load. Experimental in router v0.10.0. */
  static sessionAffinity(weight?: number, options: SessionAffinityOptions = {}): Scorer {
    return new Scorer('session-affinity-scorer', weight, sessionAffinityParameters(options));
  }

  /** Prefers servers that the latency predictor expects to meet the objectives of the request. Needs the predictor sidecars. */
  static latency(weight?: number, options: LatencyScorerOptions = {}): Scorer {
    const { predictionProducer, prefixProducer, ...rest } = options;
    return new Scorer('latency-scorer', weight, {
      ...rest,
      latencyPredictionInfoProducerName: predictionProducer,
      prefixMatchInfoProducerName: prefixProducer,
    });
  }

  /** Prefers the fewest tokens in flight, counted by this router, plus those of this request that the server has not cached. */
  static tokenLoad(weight?: number, options: TokenLoadScorerOptions = {}): Scorer {
    checkOptional('queueThresholdTokens', options.queueThresholdTokens, 1);
    return new Scorer('token-load-scorer', weight, {
      queueThresholdTokens: options.queueThresholdTokens,
      inFlightLoadProducerName: options.producer,
    });
  }

  /** Prefers servers whose label names the range that the prompt's length falls into. */
  static contextLengthAware(weight?: number, options: ContextLengthAwareOptions = {}): Scorer {
    return new Scorer('context-length-aware', weight, { ...options });
  }

  /** Scores 1 where the label equals the value of the request header. Experimental, needs router v0.10.0. */
  static headerLabelAffinity(weight: number | undefined, options: { readonly headerName: string; readonly labelKey: string }): Scorer {
    return new Scorer('header-label-affinity-scorer', weight, { ...options });
  }

  /** Prefers decode servers near the prefill server (or the reverse): host 1, rack 0.2, zone 0.05. Experimental, needs router v0.10.0. */
  static topologyAffinity(weight?: number, options: { readonly producer?: string } = {}): Scorer {
    return new Scorer('topology-affinity-scorer', weight, { topologyProducerName: options.producer });
  }

  /** Scores a number that an extractor reads from each server. Experimental, needs router v0.10.0. */
  static endpointAttribute(weight: number | undefined, options: EndpointAttributeScorerOptions): Scorer {
    const { attributeKey, producer, prefer, min, max } = options;
    ensure((min === undefined) === (max === undefined), 'LLMD105', {
      prop: min === undefined ? 'min' : 'max',
      change: 'give both ends of the range, or neither for the range of the candidates',
    });
    const normalization = min === undefined ? { adaptiveRange: {} } : { fixedRange: { min, max } };
    const algorithm = { type: `linear_${prefer}_is_better`, normalization };
    return new Scorer('endpoint-attribute-scorer', weight, { attributeKey, producer, algorithm });
  }

  /** Prefers servers that hold the embeddings of the images, audio and video of the prompt. */
  static multimodalCache(weight?: number, options: { readonly producer?: string } = {}): Scorer {
    return new Scorer('mm-embeddings-cache-scorer', weight, { producerName: options.producer });
  }

  /** Any scorer by its type; of your own router build, declare the type with `RoutingStrategy.withCustomPlugins`. */
  static plugin(type: string, weight?: number, parameters: PluginParameters = {}): Scorer {
    return new Scorer(type, weight, parameters);
  }

  /**
   * A scorer of your own that only our router loads: the plugin `name` of `RouterImage.fromPackage({ plugins: [...] })`, or a file in the
   * container (`path`). A name that the image does not have is refused with LLMD576 when the router is built.
   */
  static module(name: string, weight?: number, options: ModuleOptions = {}): Scorer {
    const [file, parameters] = moduleOf(name, options);
    return new Scorer(MODULE, weight, parameters, file);
  }

  /** What the score counts beside the other scorers of its profile. */
  readonly weight: number;

  private constructor(type: string, weight = 1, parameters?: PluginParameters, file?: ModuleFile) {
    super(type, parameters, file);
    checkWeight(this.name, weight);
    this.weight = weight;
    Object.freeze(this);
  }

  /** A copy with another weight. */
  weighted(weight: number): Scorer {
    checkWeight(this.name, weight);
    return this.copy({ weight });
  }
}

function checkWeight(scorer: string, weight: number): void {
  ensure(Number.isFinite(weight) && weight >= 0, 'LLMD503', { scorer, given: String(weight) });
}

function checkOptional(prop: string, value: number | undefined, min: number): void {
  if (value !== undefined) {
    checkInteger(prop, value, min);
  }
}
