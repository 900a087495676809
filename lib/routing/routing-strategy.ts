import type { EndpointPickerConfig } from 'llm-d-epp-config';
import { checkMethod } from '../util/check';
import { deepFreeze } from '../util/freeze';
import { ensure, fail } from '../validation/error';
import type { Role, ServersPlan } from '../values/plan';
import { Admitter } from './admitter';
import { Decider } from './decider';
import { Filter } from './filter';
import { checkFlowControl, type FlowControlOptions } from './flow-control';
import { Picker } from './picker';
import { type PluginParameters, plainData } from './plugin-ref';
import { type ApproxPrefixCacheOptions, Producer } from './producer';
import { DEFAULT_PROFILE, type Profile, replaceOrAppend } from './profile';
import { Scorer } from './scorer';
import {
  isExperimental,
  isStateful,
  needsLatencyPredictor,
  needsTokenizer,
  readsKvEvents,
  rolesOf,
  usesFlowControl,
} from './strategy-facts';
import type {
  CustomRoutingOptions,
  PrecisePrefixOptions,
  PredictedLatencyStrategyOptions,
  PrefillDecodeOptions,
  ProfileOptions,
  SessionAffinityStrategyOptions,
  WideEpOptions,
} from './strategy-options';
import { METRICS_EXTRACTOR, PRECISE_PRODUCER, type StrategyParts, usedPlugins } from './strategy-parts';

/**
 * How the router chooses a server for each request: an immutable value, which becomes the router's EndpointPickerConfig. Every method
 * returns a changed copy.
 */
export class RoutingStrategy {
  /** By load only: queue × 2, free KV cache × 2. */
  static loadAware(): RoutingStrategy {
    return single('load-aware', { scorers: [Scorer.queueDepth(2), Scorer.kvCacheUtilization(2)] });
  }

  /**
   * By load and by who holds the prompt's prefix: queue × 2, free KV cache × 2, prefix × 3, cold requests spread × 2. The weights of
   * llm-d's optimized baseline. `cache` sets how the router guesses what each server holds.
   */
  static prefixAware(cache?: ApproxPrefixCacheOptions): RoutingStrategy {
    return single('prefix-aware', {
      scorers: [Scorer.queueDepth(2), Scorer.kvCacheUtilization(2), Scorer.prefixCache(3), Scorer.noHitLru(2)],
      producers: cache === undefined ? [] : [Producer.approxPrefixCache(cache)],
    });
  }

  /**
   * As {@link RoutingStrategy.prefixAware}, but the router knows from the servers' KV-cache events which one holds which prefix. The
   * servers must publish them and their block size must be known.
   */
  static precisePrefix(options: PrecisePrefixOptions = {}): RoutingStrategy {
    const { renderUrl, blockTokens, speculativeIndexing = true, ...index } = options;
    const producer = PRECISE_PRODUCER;
    return single('precise-prefix', {
      scorers: [Scorer.kvCacheUtilization(2), Scorer.queueDepth(2), Scorer.prefixCache(3, { producer }), Scorer.noHitLru(2, { producer })],
      producers: [
        Producer.tokens({ url: renderUrl }),
        // Topic, workers and metrics as in llm-d's guide.
        Producer.precisePrefixCache({
          ...index,
          blockSizeTokens: blockTokens,
          speculativeIndexing,
          topicFilter: 'kv@',
          concurrency: 8,
          indexMetrics: true,
        }),
      ],
    });
  }

  /**
   * For prefill and decode servers: decode by requests in flight × 2 and prefix × 3, prefill by prefix × 3, queue × 2 and free KV
   * cache × 2. The decode server is chosen first, and with `minUncachedTokens` the prompt goes to a prefill server only when worth it.
   */
  static prefillDecode(options: PrefillDecodeOptions = {}): RoutingStrategy {
    const { minUncachedTokens, minPromptTokens } = options;
    ensure(minPromptTokens === undefined || minUncachedTokens !== undefined, 'LLMD105', {
      prop: 'minUncachedTokens',
      change: 'the router reads `minPromptTokens` only together with it',
    });
    const decider =
      minUncachedTokens === undefined ? Decider.alwaysPrefill() : Decider.prefixBased(minUncachedTokens, { promptTokens: minPromptTokens });
    return split('prefill-decode', decider, {
      prefill: [Scorer.prefixCache(3), Scorer.queueDepth(2), Scorer.kvCacheUtilization(2)],
      decode: [Scorer.activeRequests(2), Scorer.prefixCache(3)],
    });
  }

  /**
   * For wide expert parallelism, where every data-parallel rank is an endpoint: prefill by prefix × 3, queue × 2 and requests in
   * flight × 2, decode by requests in flight. Without the split one profile has the weights of prefill.
   */
  static wideEp(options: WideEpOptions = {}): RoutingStrategy {
    const prefill = [Scorer.prefixCache(3), Scorer.queueDepth(2), Scorer.activeRequests(2)];
    return options.prefillDecode === false
      ? single('wide-ep', { scorers: prefill })
      : split('wide-ep', Decider.alwaysPrefill(), { prefill, decode: [Scorer.activeRequests(1)] });
  }

  /** By predicted latency. The router runs the predictor beside itself; all servers should have equal accelerators and layout. */
  static predictedLatency(options: PredictedLatencyStrategyOptions = {}): RoutingStrategy {
    const { slo = false, streaming = slo } = options;
    const loose = Filter.prefixCacheAffinity({ affinityThreshold: 0.8 }).named('loose-affinity-filter');
    const strict = Filter.prefixCacheAffinity({ affinityThreshold: 0.99 }).named('strict-affinity-filter');
    return single('predicted-latency', {
      filters: slo ? [strict, Filter.sloHeadroomTier(), loose] : [loose],
      scorers: [Scorer.latency()],
      picker: Picker.weightedRandom(),
      producers: [
        Producer.approxPrefixCache({ maxPrefixTokensToMatch: 262_144 }),
        Producer.predictedLatency(streaming ? { streamingMode: true } : {}),
      ],
      others: slo ? [Admitter.latencySlo()] : [],
    });
  }

  /** By load, prefix and loaded LoRA adapter, all × 1. */
  static loraAffinity(): RoutingStrategy {
    return single('lora-affinity', {
      scorers: [Scorer.queueDepth(), Scorer.kvCacheUtilization(), Scorer.prefixCache(), Scorer.loraAffinity()],
    });
  }

  /** By session and requests in flight, both × 1; reads no prompt. Experimental in router v0.10.0. */
  static sessionAffinity(options: SessionAffinityStrategyOptions = {}): RoutingStrategy {
    const { strict = false, ...session } = options;
    return single('session-affinity', {
      filters: strict ? [Filter.sessionAffinity(session)] : [],
      scorers: strict ? [Scorer.activeRequests()] : [Scorer.activeRequests(), Scorer.sessionAffinity(1, session)],
    });
  }

  /** A configuration of your own, taken as written. It is checked, nothing is added to it. */
  static custom(config: Partial<EndpointPickerConfig>, options: CustomRoutingOptions = {}): RoutingStrategy {
    return new RoutingStrategy({ ...EMPTY, kind: 'custom', config: plainData(config), customPlugins: [...(options.plugins ?? [])] });
  }

  /** The strategy of servers that are given none: prefix-aware, or by the roles. */
  static defaultFor(servers: ServersPlan): RoutingStrategy {
    switch (servers.topology) {
      case 'aggregated':
        return RoutingStrategy.prefixAware();
      case 'prefill-decode':
        return RoutingStrategy.prefillDecode();
      case 'wide-ep':
        return RoutingStrategy.wideEp({ prefillDecode: servers.roles.some(({ role }) => role === 'prefill') });
    }
  }

  /** @internal */
  static from(parts: StrategyParts): RoutingStrategy {
    return new RoutingStrategy(parts);
  }

  /** Roles that some pod must have, else requests fail. */
  readonly needsRoles: readonly Role[];
  /** Whether the servers must publish KV-cache events. */
  readonly needsKvEvents: boolean;
  /** Whether the router must run a tokenizer beside itself. */
  readonly needsTokenizer: boolean;
  /** Whether the router must run the latency predictor beside itself. */
  readonly needsLatencyPredictor: boolean;
  /** Whether requests wait in the router's queues while the servers are full. */
  readonly usesFlowControl: boolean;
  /** Whether router v0.10.0 must be started with `--allow-experimental-plugins`. */
  readonly experimental: boolean;
  /** Whether two active replicas of the router would decide differently, each by what it has seen itself. */
  readonly stateful: boolean;
  /** Plugin types of your own router build. */
  readonly customPlugins: readonly string[];
  /** @internal */
  readonly parts: StrategyParts;

  private constructor(parts: StrategyParts) {
    this.parts = deepFreeze(parts);
    this.customPlugins = parts.customPlugins;
    this.needsRoles = Object.freeze(rolesOf(parts));
    this.needsKvEvents = readsKvEvents(parts);
    this.needsTokenizer = needsTokenizer(parts);
    this.needsLatencyPredictor = needsLatencyPredictor(parts);
    this.usesFlowControl = usesFlowControl(parts);
    this.experimental = isExperimental(parts);
    this.stateful = isStateful(parts);
    Object.freeze(this);
  }

  /** Adds a scorer to one profile or all; one of the same name there is replaced, weight and parameters. */
  withScorer(scorer: Scorer, options: ProfileOptions = {}): RoutingStrategy {
    checkPlugin('scorer', scorer, 'Scorer');
    return this.inProfiles('withScorer', options, (profile) => ({ ...profile, scorers: replaceOrAppend(profile.scorers, scorer) }));
  }

  /** Adds a filter at the end of one profile's filters or all; one of the same name there is replaced. */
  withFilter(filter: Filter, options: ProfileOptions = {}): RoutingStrategy {
    checkPlugin('filter', filter, 'Filter');
    return this.inProfiles('withFilter', options, (profile) => ({ ...profile, filters: replaceOrAppend(profile.filters, filter) }));
  }

  /** Sets the picker of one profile or all. */
  withPicker(picker: Picker, options: ProfileOptions = {}): RoutingStrategy {
    checkPlugin('picker', picker, 'Picker');
    return this.inProfiles('withPicker', options, (profile) => ({ ...profile, picker }));
  }

  /** Declares a data producer; one of the same name is replaced. */
  withProducer(producer: Producer): RoutingStrategy {
    checkPlugin('producer', producer, 'Producer');
    return this.derive('withProducer', { producers: replaceOrAppend(this.parts.producers, producer) });
  }

  /** Declares an admitter; one of the same name is replaced. */
  withAdmitter(admitter: Admitter): RoutingStrategy {
    checkPlugin('admitter', admitter, 'Admitter');
    return this.derive('withAdmitter', { others: replaceOrAppend(this.parts.others, admitter) });
  }

  /** Lets requests wait in the router, by priority, while the servers are full. Replaces earlier settings. */
  withFlowControl(options: FlowControlOptions = {}): RoutingStrategy {
    checkFlowControl(options);
    // Copied no deeper than the bands: Size and Duration are values of cdk8s, whose prototypes a deep copy would lose.
    const copy = <T extends object>(band: T | undefined) => band && { ...band };
    const { priorityBands, defaultBand, defaultNegativeBand } = options;
    const bands = {
      priorityBands: priorityBands?.map((band) => ({ ...band })),
      defaultBand: copy(defaultBand),
      defaultNegativeBand: copy(defaultNegativeBand),
    };
    return this.derive('withFlowControl', { flowControl: { ...options, ...bands } });
  }

  /**
   * Merges parameters (the top level of them) into every plugin of a type that this strategy uses, or into those of the router's
   * `core-metrics-extractor`. What only the servers know is still filled in where these leave it open.
   */
  withParameters(type: string, parameters: PluginParameters): RoutingStrategy {
    const known = [...new Set([...usedPlugins(this.parts).map((plugin) => plugin.type), METRICS_EXTRACTOR])];
    ensure(known.includes(type), 'LLMD505', { type, known: known.join(', ') });
    const merged = { ...this.parts.parameters[type], ...plainData(parameters) };
    return this.derive('withParameters', { parameters: { ...this.parts.parameters, [type]: merged } });
  }

  /** Declares plugin types of your own router build, so that they are not taken for misspelt ones. */
  withCustomPlugins(...types: readonly string[]): RoutingStrategy {
    return new RoutingStrategy({ ...this.parts, customPlugins: [...new Set([...this.customPlugins, ...types])] });
  }

  private inProfiles(method: string, options: ProfileOptions, change: (profile: Profile) => Profile): RoutingStrategy {
    const { profiles } = this.parts;
    const { profile: only } = options;
    const known = profiles.map(({ name }) => name);
    ensure(only === undefined || known.includes(only) || this.parts.config !== undefined, 'LLMD504', {
      profile: only ?? '',
      known: known.join(', '),
    });
    return this.derive(method, {
      profiles: profiles.map((profile) => (only === undefined || profile.name === only ? change(profile) : profile)),
    });
  }

  private derive(method: string, changes: Partial<StrategyParts>): RoutingStrategy {
    if (this.parts.config !== undefined) {
      fail('LLMD508', { method });
    }
    return new RoutingStrategy({ ...this.parts, ...changes });
  }
}

function checkPlugin(prop: string, plugin: unknown, maker: string): void {
  ensure(plugin !== undefined && plugin !== null, 'LLMD105', { prop, change: `make it by ${maker}` });
  checkMethod(prop, plugin, 'withParameters', maker);
}

const EMPTY: StrategyParts = {
  kind: '',
  profiles: [],
  producers: [],
  others: [],
  prefillDecider: undefined,
  flowControl: undefined,
  parameters: {},
  customPlugins: [],
  config: undefined,
};

type SingleParts = Partial<Omit<Profile, 'name'>> & Pick<Profile, 'scorers'> & Partial<Pick<StrategyParts, 'producers' | 'others'>>;

function single(kind: string, { producers = [], others = [], filters = [], ...rest }: SingleParts): RoutingStrategy {
  return RoutingStrategy.from({ ...EMPTY, kind, producers, others, profiles: [{ name: DEFAULT_PROFILE, filters, ...rest }] });
}

function split(kind: string, prefillDecider: Decider, scorers: Record<'prefill' | 'decode', readonly Scorer[]>): RoutingStrategy {
  return RoutingStrategy.from({
    ...EMPTY,
    kind,
    prefillDecider,
    profiles: [
      { name: 'prefill', filters: [Filter.prefillRole()], scorers: scorers.prefill },
      { name: 'decode', filters: [Filter.decodeRole()], scorers: scorers.decode },
    ],
  });
}
