import type { PluginTable } from '../plugin/context';
import { ConcurrencyDetector } from './detectors/concurrency-detector';
import { UtilizationDetector } from './detectors/utilization-detector';
import { PriorityThenTime } from './eviction/priority-then-time';
import { SheddableFilter } from './eviction/sheddable-filter';
import { GlobalStrict } from './fairness/global-strict';
import { ProgramAware } from './fairness/program-aware';
import { RoundRobin } from './fairness/round-robin';
import { EdfOrdering } from './ordering/edf';
import { FcfsOrdering } from './ordering/fcfs';
import { SloDeadlineOrdering } from './ordering/slo-deadline';
import { PriorityHoldback } from './usage-limits/priority-holdback';
import { SoftReflectiveCeiling } from './usage-limits/soft-reflective-ceiling';
import { StaticUsageLimit } from './usage-limits/static';

/** Plugins of this folder by type. */
export const flowControlPlugins: PluginTable = {
  'global-strict-fairness-policy': () => new GlobalStrict(),
  'round-robin-fairness-policy': () => new RoundRobin(),
  'program-aware-fairness': (context) => new ProgramAware(context),
  'fcfs-ordering-policy': () => new FcfsOrdering(),
  'edf-ordering-policy': () => new EdfOrdering(),
  'slo-deadline-ordering-policy': () => new SloDeadlineOrdering(),
  'static-usage-limit-policy': (context) => new StaticUsageLimit(context),
  'priority-holdback-policy': (context) => new PriorityHoldback(context),
  'soft-reflective-ceiling-policy': () => new SoftReflectiveCeiling(),
  'sheddable-eviction-filter': () => new SheddableFilter(),
  'priority-then-time-eviction-order-policy': () => new PriorityThenTime(),
  'utilization-detector': (context) => new UtilizationDetector(context),
  'concurrency-detector': (context) => new ConcurrencyDetector(context),
};
