import type { DisaggregationPlan } from '../disaggregation';
import type { JsonObject } from '../json';
import type { PluginKind } from '../plugin-spec';
import type { RouterVersion } from '../versions';

/** A plugin instance as the router creates it. */
export interface EffectivePlugin {
  readonly name: string;
  readonly type: string;
  /** What it can be used as; empty for a custom plugin without declared roles. */
  readonly kinds: readonly PluginKind[];
  /** Parameters with the defaults of the type filled in. */
  readonly parameters: JsonObject;
  /**
   * Module file of a plugin of type `module`.
   * @default - none
   */
  readonly path?: string;
  /** `declared` in the configuration, a system `default`, or a data `producer` that a consumer needed. */
  readonly origin: 'declared' | 'default' | 'producer';
}

/** A scorer with its weight. */
export interface EffectiveScorer {
  readonly pluginRef: string;
  readonly weight: number;
}

/** A profile with every plugin in its slot; a plugin of several kinds is in several slots. */
export interface EffectiveProfile {
  readonly name: string;
  readonly filters: readonly string[];
  readonly scorers: readonly EffectiveScorer[];
  readonly picker: string;
  /** Entries whose kinds are unknown: custom plugins without declared roles. */
  readonly others: readonly EffectiveScorer[];
}

/** A data source with its extractors. */
export interface EffectiveSource {
  readonly pluginRef: string;
  readonly extractors: readonly string[];
}

/** The data layer. */
export interface EffectiveDataLayer {
  readonly sources: readonly EffectiveSource[];
  /** @default - endpoints are pods */
  readonly discovery?: string;
  /** @default - none */
  readonly peerDiscovery?: string;
  /** @default - no state is shared */
  readonly crossReplicaSyncer?: string;
  readonly crossReplicaSyncIntervalMs: number;
}

/** A priority band. */
export interface EffectivePriorityBand {
  readonly priority: number;
  readonly maxBytes: number;
  readonly maxRequests: number;
  readonly fairnessPolicy: string;
  readonly orderingPolicy: string;
}

/** Flow control; without the gate everything but `enabled` is without effect. */
export interface EffectiveFlowControl {
  /** Whether the gate `flowControl` is on. */
  readonly enabled: boolean;
  /** 0 for unlimited. */
  readonly maxBytes: number;
  /** 0 for unlimited. */
  readonly maxRequests: number;
  /** 0 for no limit. */
  readonly defaultRequestTtlMs: number;
  /** 0 for no limit. */
  readonly noEndpointRequestTtlMs: number;
  readonly defaultPriorityBand: EffectivePriorityBand;
  readonly defaultNegativePriorityBand: EffectivePriorityBand;
  /** Configured bands and band 0, highest priority first. */
  readonly priorityBands: readonly EffectivePriorityBand[];
  readonly usageLimitPolicy: string;
  readonly enableEviction: boolean;
}

/** A configuration with every default applied: what the router runs. */
export interface EffectiveConfig {
  readonly version: RouterVersion;
  /** Every known gate. */
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** Instances in the order of creation: each after those its parameters name. */
  readonly plugins: readonly EffectivePlugin[];
  readonly schedulingProfiles: readonly EffectiveProfile[];
  readonly profileHandler: string;
  /**
   * What a disagg-profile-handler does.
   * @default - another handler is used
   */
  readonly disaggregation?: DisaggregationPlan;
  readonly parsers: readonly string[];
  readonly saturationDetector: string;
  readonly dataLayer: EffectiveDataLayer;
  readonly flowControl: EffectiveFlowControl;
  /** Data producers in the order in which they must run for a request. */
  readonly producerOrder: readonly string[];
}
