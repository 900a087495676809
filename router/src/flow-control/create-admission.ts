import type { EffectiveConfig } from 'llm-d-epp-config';
import { wordVariable } from '../config/variables';
import type { Clock } from '../plugin/clock';
import type { Log, RouterSettings } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { FairnessPolicy, OrderingPolicy, UsageLimitPolicy } from '../plugin/flow-policies';
import type { Plugin, SaturationDetector } from '../plugin/plugins';
import type { AdmissionControl } from '../request-control/admission';
import type { Pool } from '../request-control/pool';
import { LabelLimits } from '../telemetry/bounded-label';
import type { MetricsRegistry } from '../telemetry/registry';
import { Bands } from './bands';
import { PriorityThenTime } from './eviction/priority-then-time';
import { SheddableFilter } from './eviction/sheddable-filter';
import { FlowController } from './flow-controller';
import { FlowMetrics } from './flow-metrics';
import { LegacyAdmission } from './legacy-admission';
import { addPoolGauges } from './pool-gauges';
import { Reclamation } from './reclamation';
import { SaturationGate } from './saturation-gate';
import type { Timers } from './timers';
import { Victims } from './victims';

/** Time in which room shows after the end of a request: at once where the router counts itself. Source: llm-d-router v0.10.0, `runner.go`. */
const COUNTED_GRACE_MS = 10;
/** Time that an engine needs to free the room of an aborted request; the age of its metrics comes on top. Source: as above. */
const ENGINE_GRACE_MS = 250;

/** What admission is made from besides the configuration and the plugins. */
export interface AdmissionDependencies {
  readonly endpoints: EndpointTable;
  readonly pool: Pick<Pool, 'priorities'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: MetricsRegistry;
  readonly log: Log;
  readonly settings: RouterSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Limits of the labels that clients choose, to be shared with the other metrics.
   * @default - limits of their own
   */
  readonly limits?: LabelLimits;
}

/**
 * Makes the admission that the configuration asks for: flow control where the gate `flowControl` is on, else the check of sheddable
 * requests.
 * @throws Error when a plugin that the configuration names is not what it is used as
 */
export function createAdmission(
  config: EffectiveConfig,
  plugins: ReadonlyMap<string, Plugin>,
  dependencies: AdmissionDependencies,
): AdmissionControl {
  const { endpoints, pool, metrics: registry, settings: process } = dependencies;
  const detector = finder<SaturationDetector>(plugins, 'saturation', 'saturation detector')(config.saturationDetector);
  const settings = config.flowControl;
  if (!settings.enabled) return new LegacyAdmission(detector, endpoints);
  const metrics = new FlowMetrics(registry, process.poolName, dependencies.limits ?? new LabelLimits());
  const policies = {
    ordering: finder<OrderingPolicy>(plugins, 'rank', 'ordering policy'),
    fairness: finder<FairnessPolicy>(plugins, 'turns', 'fairness policy'),
  };
  // Bands that come later are made from these; a wrong name must not wait for them.
  for (const band of [settings.defaultPriorityBand, settings.defaultNegativePriorityBand]) {
    policies.ordering(band.orderingPolicy);
    policies.fairness(band.fairnessPolicy);
  }
  const gate = new SaturationGate(detector, endpoints);
  const bands = new Bands(settings, pool, policies, metrics);
  const controller = new FlowController({
    ...dependencies,
    settings,
    bands,
    gate,
    metrics,
    usageLimit: finder<UsageLimitPolicy>(plugins, 'limits', 'usage limit policy')(settings.usageLimitPolicy),
    // Requests of negative priority are refused at once while the pool is full, instead of being queued.
    shedAtAdmission: wordVariable(dependencies.env, 'LLM_D_EPP_SHED_AT_ADMISSION') === 'true',
    ...(settings.enableEviction && { reclamation: reclamation(config, dependencies) }),
  });
  controller.atStop(addPoolGauges(registry, process.poolName, settings, gate, bands, () => controller.occupancy));
  return controller;
}

function reclamation(config: EffectiveConfig, { settings, clock, metrics }: AdmissionDependencies): Reclamation {
  const counts = config.plugins.some(({ name, type }) => name === config.saturationDetector && type === 'concurrency-detector');
  const graceMs = counts ? COUNTED_GRACE_MS : settings.refreshMetricsIntervalMs + settings.metricsStalenessThresholdMs + ENGINE_GRACE_MS;
  return new Reclamation(new Victims(new SheddableFilter(), new PriorityThenTime()), graceMs, clock, metrics, settings.poolName);
}

/** Looks plugins up by name and checks that they have the method that makes them what they are used as. */
function finder<P extends Plugin>(plugins: ReadonlyMap<string, Plugin>, method: keyof P & string, role: string): (name: string) => P {
  return (name) => {
    const plugin = plugins.get(name) as P | undefined;
    if (plugin === undefined) throw new Error(`flow control: there is no plugin "${name}" to be the ${role}`);
    if (typeof plugin[method] !== 'function') throw new Error(`flow control: plugin "${name}" is no ${role}, it has no method ${method}`);
    return plugin;
  };
}
