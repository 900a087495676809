import type { Probe } from '../manifests/pod';
import type { RoleSpec } from '../servers/role-spec';

interface Probes {
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

// Timings of the guides: the base overlays for engines, the wide-EP guide for supervisors, which answer at once.
const STARTUP_PERIOD = 30;
const SUPERVISOR_STARTUP_PERIOD = 1;
const SIMULATOR_STARTUP_PERIOD = 2;

/**
 * Probes of the engine's container. Until the startup probe has passed the others do not run, so its budget is the time that loading the
 * model may take.
 */
export function engineProbes({ startupSeconds, launch, healthPort, engine }: RoleSpec): Probes {
  if (launch === 'rank-ports') {
    return {
      startupProbe: {
        httpGet: { path: '/health', port: healthPort },
        periodSeconds: SUPERVISOR_STARTUP_PERIOD,
        timeoutSeconds: 5,
        failureThreshold: Math.ceil(startupSeconds / SUPERVISOR_STARTUP_PERIOD),
      },
      livenessProbe: { httpGet: { path: '/health', port: healthPort }, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 3 },
      readinessProbe: { httpGet: { path: '/readyz', port: healthPort }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    };
  }
  const period = engine.kind === 'simulator' ? SIMULATOR_STARTUP_PERIOD : STARTUP_PERIOD;
  return {
    startupProbe: {
      httpGet: { path: '/v1/models', port: ENGINE_PORT_NAME },
      // The simulator has nothing to load.
      ...(engine.kind === 'simulator' ? {} : { initialDelaySeconds: 15 }),
      periodSeconds: period,
      timeoutSeconds: 5,
      failureThreshold: Math.ceil(startupSeconds / period),
    },
    livenessProbe: { httpGet: { path: '/health', port: ENGINE_PORT_NAME }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { httpGet: { path: '/v1/models', port: ENGINE_PORT_NAME }, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
  };
}

/** Name of the port on which an engine answers. */
export const ENGINE_PORT_NAME = 'modelserver';

/**
 * Seconds that loading a model may take: twice what its download is likely to need and ten minutes for compilation, at least an hour (the
 * guides' budget).
 */
export function startupBudget(weightGib: number | undefined, source: 'huggingFace' | 'pvc' | 'oci'): number {
  return Math.max(3600, Math.ceil((2 * (loadSeconds(weightGib, source) ?? 0) + 600) / 60) * 60);
}

// GiB a second: a 2 Gbit/s line to the hub, a network file system, a registry beside the cluster. Assumptions, on the slow side of common.
const RATES = { huggingFace: 0.25, pvc: 1, oci: 0.5 } as const;

/** Seconds that the weights are likely to take from their source; undefined when their size is not known. */
export function loadSeconds(weightGib: number | undefined, source: keyof typeof RATES): number | undefined {
  return weightGib === undefined ? undefined : Math.ceil(weightGib / RATES[source]);
}
