import type { Duration, Size } from 'cdk8s';
import type { PriorityBand as BandSection, FlowControl, PluginEntry } from 'llm-d-epp-config';
import { checkInteger, checkMethod, checkRange } from '../util/check';
import { ensure } from '../validation/error';
import { entryOf, plainData } from './plugin-ref';
import type { SaturationDetector } from './saturation-detector';

/** Who is served next among the clients of one priority. */
export type FairnessPolicy = 'global-strict' | 'round-robin' | 'program-aware';
/** Which request of one client is served next: first come, earliest deadline by TTL, earliest deadline by the TTFT objective. */
export type OrderingPolicy = 'fcfs' | 'edf' | 'slo-deadline';

/** Queue limits and order of one priority. */
export interface PriorityLimits {
  /**
   * Requests that wait at most; further ones are answered with 429.
   * @default 5000
   */
  readonly maxRequests?: number;
  /**
   * Bytes of request bodies that wait at most.
   * @default - 1 GB
   */
  readonly maxBytes?: Size;
  /** @default global-strict */
  readonly fairness?: FairnessPolicy;
  /** @default fcfs */
  readonly ordering?: OrderingPolicy;
}

/** One priority, as an InferenceObjective names it; a higher one is always served first. */
export interface PriorityBand extends PriorityLimits {
  readonly priority: number;
}

/** Options of `RoutingStrategy.withFlowControl`. */
export interface FlowControlOptions {
  /**
   * Says when the servers are full.
   * @default - `SaturationDetector.utilization()`
   */
  readonly detector?: SaturationDetector;
  /**
   * Priorities with limits of their own.
   * @default - none: a band is made for each priority that occurs
   */
  readonly priorityBands?: readonly PriorityBand[];
  /**
   * Limits of priorities that are not listed.
   * @default - those of `PriorityLimits`
   */
  readonly defaultBand?: PriorityLimits;
  /**
   * Limits of priorities below 0 that are not listed.
   * @default - `defaultBand`
   */
  readonly defaultNegativeBand?: PriorityLimits;
  /**
   * Requests that wait at most, over all priorities.
   * @default - no limit
   */
  readonly maxRequests?: number;
  /**
   * Bytes of request bodies that wait at most, over all priorities.
   * @default - no limit
   */
  readonly maxBytes?: Size;
  /**
   * Longest wait; then the request is answered with 429. Zero waits forever.
   * @default Duration.seconds(60)
   */
  readonly requestTtl?: Duration;
  /**
   * Longest wait while there is no server at all; then 503. Needs a router newer than v0.10.0.
   * @default - `requestTtl`
   */
  readonly noEndpointTtl?: Duration;
  /**
   * Load, as a fraction of full, from which requests wait.
   * @default 1
   */
  readonly usageLimit?: number;
  /**
   * Whether running requests of negative priority are broken off for waiting ones of higher priority. Needs router v0.10.0.
   * @default false
   */
  readonly evict?: boolean;
}

/** Throws on a bad value: a limit that is not positive, a priority that is listed twice. */
export function checkFlowControl(options: FlowControlOptions): void {
  const bands = options.priorityBands ?? [];
  for (const { maxRequests } of [options, options.defaultBand ?? {}, options.defaultNegativeBand ?? {}, ...bands]) {
    if (maxRequests !== undefined) {
      checkInteger('maxRequests', maxRequests, 1);
    }
  }
  for (const [index, { priority }] of bands.entries()) {
    checkInteger('priority', priority, -(2 ** 31), 2 ** 31 - 1);
    ensure(bands.findIndex((band) => band.priority === priority) === index, 'LLMD507', { priority });
  }
  if (options.usageLimit !== undefined) {
    checkRange('usageLimit', options.usageLimit, 0, 1);
  }
}

/** The section `flowControl` and the plugins that it refers to. */
export function renderFlowControl(options: FlowControlOptions): {
  readonly section: FlowControl;
  readonly plugins: readonly PluginEntry[];
} {
  const bands = [options.defaultBand, options.defaultNegativeBand, ...(options.priorityBands ?? [])].filter((band) => band !== undefined);
  const policies = new Set(bands.flatMap((band) => [fairnessType(band), orderingType(band)]).filter((type) => type !== undefined));
  const { detector, usageLimit } = options;
  return {
    section: plainData({
      maxBytes: quantity(options.maxBytes),
      maxRequests: count(options.maxRequests),
      defaultRequestTTL: goDuration(options.requestTtl),
      noEndpointRequestTTL: goDuration(options.noEndpointTtl),
      saturationDetector: detector === undefined ? undefined : { pluginRef: detector.name },
      usageLimitPolicyPluginRef: usageLimit === undefined ? undefined : USAGE_LIMIT,
      enableEviction: options.evict,
      defaultPriorityBand: options.defaultBand && renderBand({ priority: 0, ...options.defaultBand }),
      defaultNegativePriorityBand: options.defaultNegativeBand && renderBand({ priority: -1, ...options.defaultNegativeBand }),
      priorityBands: options.priorityBands?.map(renderBand),
    }),
    plugins: [
      ...[...policies].map((type) => ({ type })),
      ...(usageLimit === undefined ? [] : [{ type: USAGE_LIMIT, parameters: { threshold: usageLimit } }]),
      ...(detector === undefined ? [] : [entryOf(detector)]),
    ],
  };
}

const USAGE_LIMIT = 'static-usage-limit-policy';

function renderBand(band: PriorityBand): BandSection {
  return plainData({
    priority: band.priority,
    maxBytes: quantity(band.maxBytes),
    maxRequests: count(band.maxRequests),
    fairnessPolicyRef: fairnessType(band),
    orderingPolicyRef: orderingType(band),
  });
}

const FAIRNESS_TYPES: Readonly<Record<FairnessPolicy, string>> = {
  'global-strict': 'global-strict-fairness-policy',
  'round-robin': 'round-robin-fairness-policy',
  'program-aware': 'program-aware-fairness',
};
const fairnessType = (band: PriorityLimits) => (band.fairness === undefined ? undefined : FAIRNESS_TYPES[band.fairness]);
const orderingType = (band: PriorityLimits) => (band.ordering === undefined ? undefined : `${band.ordering}-ordering-policy`);
const quantity = (size: Size | undefined) => size?.asString();
const count = (value: number | undefined) => (value === undefined ? undefined : String(value));

/** A duration in Go's syntax, which is what the router reads. */
function goDuration(duration: Duration | undefined): string | undefined {
  if (duration === undefined) {
    return undefined;
  }
  checkMethod('flowControl', duration, 'toMilliseconds', 'Duration of cdk8s, e.g. Duration.seconds(30)');
  const milliseconds = duration.toMilliseconds();
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}
