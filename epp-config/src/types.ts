import type { JsonObject } from './json';

/** An EndpointPickerConfig as upstream's router reads it: what a config file holds. */
export interface EndpointPickerConfig {
  /** `llm-d.ai/v1alpha1`; the older group `inference.networking.x-k8s.io/v1alpha1` is mapped to it. */
  readonly apiVersion: string;
  /** Always `EndpointPickerConfig`. */
  readonly kind: string;
  /**
   * Gates to switch, as `name`, `name=true` or `name=false`.
   * @default []
   */
  readonly featureGates?: readonly string[];
  /** Plugin instances, in declaration order. */
  readonly plugins: readonly PluginEntry[];
  /**
   * Profiles which the profile handler chooses from.
   * @default - one profile `default` of every declared filter, scorer and picker
   */
  readonly schedulingProfiles?: readonly SchedulingProfile[];
  /**
   * Where data about endpoints comes from.
   * @default - the metrics of the endpoints are scraped
   */
  readonly dataLayer?: DataLayer;
  /**
   * Queueing before scheduling.
   * @default - off, with `utilization-detector` for the shedding of negative priorities
   */
  readonly flowControl?: FlowControl;
  /**
   * How requests are read.
   * @default - the OpenAI, Anthropic, vLLM and passthrough parsers
   */
  readonly requestHandler?: RequestHandler;
  /**
   * Deprecated place of `flowControl.saturationDetector`.
   * @default - none
   */
  readonly saturationDetector?: PluginRef;
  /**
   * Deprecated single entry of `requestHandler.parsers`.
   * @default - none
   */
  readonly parser?: PluginRef;
}

/** A plugin instance. */
export interface PluginEntry {
  /**
   * Name by which others refer to it.
   * @default - the type
   */
  readonly name?: string;
  /** A type of the plugin catalog or a declared custom type. */
  readonly type: string;
  /**
   * File of a plugin of type `module`, which only our own router loads.
   * @default - none; required for `module`, refused for every other type
   */
  readonly path?: string;
  /**
   * Parameters, as the type defines them.
   * @default - the type's defaults
   */
  readonly parameters?: JsonObject;
}

/** A reference to a plugin instance by name. */
export interface PluginRef {
  readonly pluginRef: string;
}

/** Filters, scorers and a picker that run together. */
export interface SchedulingProfile {
  readonly name: string;
  /**
   * Plugins in order; filters run before scorers, scorers before the picker.
   * @default []
   */
  readonly plugins?: readonly SchedulingPlugin[];
}

/** An entry of a profile. */
export interface SchedulingPlugin extends PluginRef {
  /**
   * Weight of a scorer; weights are not normalised.
   * @default 1
   */
  readonly weight?: number;
}

/** Sources of data about endpoints. */
export interface DataLayer {
  /**
   * Whether the metrics source is added when no source of that name is listed.
   * @default true
   */
  readonly injectDefaults?: boolean;
  /**
   * Sources with the extractors that read them.
   * @default - only the metrics source
   */
  readonly sources?: readonly DataSource[];
  /**
   * Finds endpoints without Kubernetes.
   * @default - endpoints are pods
   */
  readonly discovery?: PluginRef;
  /**
   * Finds other replicas of the router.
   * @default - none
   */
  readonly peerDiscovery?: PluginRef;
  /**
   * Plugin that shares state between replicas.
   * @default - no state is shared
   */
  readonly crossReplicaSyncerPluginRef?: string;
  /**
   * How often state is published, as a Go duration.
   * @default '200ms'
   */
  readonly crossReplicaSyncInterval?: string;
}

/** A data source. */
export interface DataSource extends PluginRef {
  /**
   * Plugins that take data from it.
   * @default []
   */
  readonly extractors?: readonly PluginRef[];
}

/** How requests are read. */
export interface RequestHandler {
  /**
   * Parsers; the longest matching path decides.
   * @default - the OpenAI, Anthropic, vLLM and passthrough parsers
   */
  readonly parsers?: readonly PluginRef[];
}

/** A Kubernetes quantity, such as `10Gi`, `1k` or 500. */
export type Quantity = string | number;

/** Queueing before scheduling; all but the detector needs the gate `flowControl`. */
export interface FlowControl {
  /**
   * Bytes queued over all priorities.
   * @default - unlimited
   */
  readonly maxBytes?: Quantity;
  /**
   * Requests queued over all priorities.
   * @default - unlimited
   */
  readonly maxRequests?: Quantity;
  /**
   * Longest wait while endpoints exist, as a Go duration; `0s` for no limit.
   * @default '60s'
   */
  readonly defaultRequestTTL?: string;
  /**
   * Longest wait while no endpoint exists, as a Go duration.
   * @default - `defaultRequestTTL`, or 60s without one
   */
  readonly noEndpointRequestTTL?: string;
  /**
   * Template of bands that are not configured.
   * @default - 1G bytes and 5000 requests
   */
  readonly defaultPriorityBand?: PriorityBand;
  /**
   * Template of negative bands that are not configured.
   * @default - `defaultPriorityBand`
   */
  readonly defaultNegativePriorityBand?: PriorityBand;
  /**
   * Configured bands.
   * @default []
   */
  readonly priorityBands?: readonly PriorityBand[];
  /**
   * Policy that sets the ceilings of saturation.
   * @default 'static-usage-limit-policy'
   */
  readonly usageLimitPolicyPluginRef?: string;
  /**
   * Plugin that measures saturation; honoured without the gate too.
   * @default - `utilization-detector`
   */
  readonly saturationDetector?: {
    /** @default - `utilization-detector` */
    readonly pluginRef?: string;
  };
  /**
   * Whether running requests of negative priority may be revoked.
   * @default false
   */
  readonly enableEviction?: boolean;
}

/** A band of equal priority. */
export interface PriorityBand {
  /**
   * Higher is served first.
   * @default 0
   */
  readonly priority?: number;
  /**
   * Bytes queued in the band.
   * @default '1G'
   */
  readonly maxBytes?: Quantity;
  /**
   * Requests queued in the band.
   * @default 5000
   */
  readonly maxRequests?: Quantity;
  /**
   * Chooses between flows.
   * @default 'global-strict-fairness-policy'
   */
  readonly fairnessPolicyRef?: string;
  /**
   * Orders the requests of a flow.
   * @default 'fcfs-ordering-policy'
   */
  readonly orderingPolicyRef?: string;
}
