import { undefinedPlugin } from '../checks/reference-messages';
import { type Draft, servesAs } from '../draft';
import { parseGoDuration, parseQuantity } from '../go-values';
import { show } from '../json';
import type { PluginKind } from '../plugin-spec';
import type { FlowControl, PriorityBand, Quantity } from '../types';
import { ensureDefault } from './add-default';
import type { EffectiveFlowControl, EffectivePriorityBand } from './effective-config';

/** Defaults of flow control. Source: llm-d-router v0.10.0. */
const defaults = {
  requestTtl: '60s',
  bandBytes: '1G',
  bandRequests: 5000,
  fairness: 'global-strict-fairness-policy',
  ordering: 'fcfs-ordering-policy',
  usageLimit: 'static-usage-limit-policy',
} as const;

/** Checks flow control and fills what is left out. The default policies exist even when nothing queues. */
export function flowControl(draft: Draft): EffectiveFlowControl {
  for (const type of [defaults.ordering, defaults.fairness, defaults.usageLimit]) ensureDefault(draft, type);
  const given = draft.config.flowControl ?? {};
  const enabled = draft.gates.get('flowControl') === true;
  const bands = (given.priorityBands ?? []).map(
    (band, index) => [band as PriorityBand | undefined, `flowControl.priorityBands[${index}]`] as const,
  );
  if (enabled) {
    const templates = [
      [given.defaultPriorityBand, 'flowControl.defaultPriorityBand'],
      [given.defaultNegativePriorityBand, 'flowControl.defaultNegativePriorityBand'],
    ] as const;
    for (const [band, path] of [...templates, ...bands]) {
      if (band === undefined) continue;
      checkPolicy(draft, band.fairnessPolicyRef, 'fairness-policy', `${path}.fairnessPolicyRef`);
      checkPolicy(draft, band.orderingPolicyRef, 'ordering-policy', `${path}.orderingPolicyRef`);
    }
    checkPolicy(
      draft,
      given.usageLimitPolicyPluginRef || defaults.usageLimit,
      'usage-limit-policy',
      'flowControl.usageLimitPolicyPluginRef',
    );
    checkPriorities(draft, bands);
  } else {
    warnIgnored(draft, given);
  }
  return effectiveOf(
    given,
    enabled,
    bands.flatMap(([band]) => band ?? []),
  );
}

function checkPolicy(draft: Draft, ref: string | undefined, kind: PluginKind, path: string): void {
  if (!ref) return;
  const instance = draft.byName.get(ref);
  if (instance === undefined) {
    draft.issues.add('EPP060', path, undefinedPlugin(draft, ref, 'policy', kind));
  } else if (!servesAs(instance, kind)) {
    draft.issues.add('EPP061', path, `plugin ${show(ref)} of type ${show(instance.spec.type)} is no ${kind}, name one that is`);
  }
}

function checkPriorities({ issues }: Draft, bands: readonly (readonly [PriorityBand | undefined, string])[]): void {
  const seen = new Map<number, string>();
  for (const [band, path] of bands) {
    if (band === undefined) continue;
    const priority = band.priority ?? 0;
    const first = seen.get(priority);
    if (first !== undefined)
      issues.add('EPP062', `${path}.priority`, `priority ${priority} is already configured by ${first}, change or remove one`);
    else seen.set(priority, path);
  }
}

function warnIgnored({ issues }: Draft, { saturationDetector: _, ...settings }: FlowControl): void {
  const names = Object.keys(settings);
  if (names.length === 0) return;
  issues.add(
    'EPP064',
    'flowControl',
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} ignored, add "flowControl" to featureGates to switch flow control on`,
  );
}

function effectiveOf(given: FlowControl, enabled: boolean, bands: readonly PriorityBand[]): EffectiveFlowControl {
  const template = effectiveBand(given.defaultPriorityBand ?? {});
  const configured = bands.map(effectiveBand);
  // Band 0 always exists: requests without a priority fall into it.
  const withZero = configured.some((band) => band.priority === 0) ? configured : [...configured, { ...template, priority: 0 }];
  return {
    enabled,
    maxBytes: units(given.maxBytes, 0),
    maxRequests: units(given.maxRequests, 0),
    defaultRequestTtlMs: milliseconds(given.defaultRequestTTL || defaults.requestTtl),
    noEndpointRequestTtlMs: milliseconds(given.noEndpointRequestTTL || given.defaultRequestTTL || defaults.requestTtl),
    defaultPriorityBand: template,
    defaultNegativePriorityBand:
      given.defaultNegativePriorityBand === undefined ? template : effectiveBand(given.defaultNegativePriorityBand),
    priorityBands: withZero.sort((a, b) => b.priority - a.priority),
    usageLimitPolicy: given.usageLimitPolicyPluginRef || defaults.usageLimit,
    enableEviction: given.enableEviction ?? false,
  };
}

function effectiveBand(band: PriorityBand): EffectivePriorityBand {
  return {
    priority: band.priority ?? 0,
    maxBytes: units(band.maxBytes, 0) || units(defaults.bandBytes, 0),
    maxRequests: units(band.maxRequests, 0) || defaults.bandRequests,
    fairnessPolicy: band.fairnessPolicyRef || defaults.fairness,
    orderingPolicy: band.orderingPolicyRef || defaults.ordering,
  };
}

function units(quantity: Quantity | undefined, absent: number): number {
  return quantity === undefined ? absent : (parseQuantity(quantity) ?? absent);
}

function milliseconds(duration: string): number {
  return parseGoDuration(duration) ?? 0;
}
