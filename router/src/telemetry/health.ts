/** Answer of the health service. */
export type HealthStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

/** What the health of the process depends on. */
export interface HealthSources {
  /** Why requests can not be decided; undefined when they can. */
  readonly notReady: () => string | undefined;
  /** Whether this replica has the lease; always true without leader election. */
  readonly leads: () => boolean;
  readonly leaderElection: boolean;
}

const EXT_PROC = 'envoy.service.ext_proc.v3.ExternalProcessor';
const LIVENESS = 'liveness';
const KNOWN = ['', EXT_PROC, LIVENESS, 'readiness'];

/** Services that the health service lists. */
export const healthServices: readonly string[] = KNOWN;

/**
 * Health by service name. Without leader election every name has the same answer; with it, only the leader is ready, every replica is
 * live, and unknown names are said to be so. Source: llm-d-router v0.10.0, `cmd/epp/runner/health.go`.
 */
export class Health {
  private draining = false;

  constructor(private readonly sources: HealthSources) {}

  /** From now on the process is not ready, so that no new requests come. */
  drain(): void {
    this.draining = true;
  }

  /** Why the process is not ready; undefined when it is. */
  notReady(): string | undefined {
    if (this.draining) return 'draining';
    const reason = this.sources.notReady();
    if (reason !== undefined) return reason;
    return this.sources.leads() ? undefined : 'another replica leads';
  }

  status(service: string): HealthStatus {
    if (this.sources.leaderElection) {
      if (!KNOWN.includes(service)) return 'SERVICE_UNKNOWN';
      if (service === LIVENESS) return 'SERVING';
    }
    return this.notReady() === undefined ? 'SERVING' : 'NOT_SERVING';
  }
}
