import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import { type ApiClient, ApiError } from './api-client';
import type { KubeObject } from './reflector';

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** Source: the defaults of controller-runtime, which upstream keeps. */
const LEASE_SECONDS = 15;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2000;

/**
 * Holds a Lease of `coordination.k8s.io` while it can. Another replica's lease is taken over only when it has not changed for its whole
 * duration by this process's own clock, so that clocks of different machines need not agree.
 */
export class LeaderElection {
  private readonly abort = new AbortController();
  private running: Promise<void> | undefined;
  private holding = false;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private seen = { version: '', at: Number.NEGATIVE_INFINITY };

  constructor(
    private readonly client: ApiClient,
    private readonly namespace: string,
    private readonly name: string,
    private readonly identity: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Whether this replica leads now. It stops leading by itself when it could not renew in time. */
  leads(): boolean {
    return this.holding && this.clock.now() - this.renewedAt < RENEW_DEADLINE_MS;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Gives the lease back, so that another replica leads at once. */
  async stop(): Promise<void> {
    this.abort.abort();
    await this.running;
    if (!this.holding) return;
    this.holding = false;
    try {
      const lease = await this.client.get<Lease>(this.path());
      if (lease.spec?.holderIdentity !== this.identity) return;
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.timestamp() };
      await this.client.send('PUT', this.path(), { ...lease, spec });
    } catch (error) {
      this.log.warn({ error: (error as Error).message }, 'the lease was not given back, it runs out by itself');
    }
  }

  private async run(): Promise<void> {
    while (!this.abort.signal.aborted) {
      const led = this.leads();
      try {
        this.holding = await this.tryOnce();
        if (this.holding) this.renewedAt = this.clock.now();
      } catch (error) {
        this.log.warn({ error: (error as Error).message }, 'the lease could not be read or renewed');
      }
      if (led !== this.leads()) this.log.info({ identity: this.identity, leads: this.leads() }, 'leadership changed');
      await sleep(RETRY_MS, undefined, { signal: this.abort.signal }).catch(() => undefined);
    }
  }

  /** One round of client-go's algorithm: create, renew, or take over. True when this replica holds the lease. */
  private async tryOnce(): Promise<boolean> {
    let lease: Lease;
    try {
      lease = await this.client.get<Lease>(this.path());
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      return this.write('POST', this.collection(), { metadata: { name: this.name, namespace: this.namespace } }, 0, this.timestamp());
    }
    const { holderIdentity = '', leaseTransitions = 0, acquireTime, leaseDurationSeconds = LEASE_SECONDS } = lease.spec ?? {};
    const version = lease.metadata.resourceVersion ?? '';
    if (version !== this.seen.version) this.seen = { version, at: this.clock.now() };
    if (holderIdentity === this.identity) return this.write('PUT', this.path(), lease, leaseTransitions, acquireTime ?? this.timestamp());
    const expired = this.clock.now() - this.seen.at > leaseDurationSeconds * 1000;
    if (holderIdentity !== '' && !expired) return false;
    return this.write('PUT', this.path(), lease, leaseTransitions + 1, this.timestamp());
  }

  private async write(method: string, path: string, lease: Lease, transitions: number, acquireTime: string): Promise<boolean> {
    const spec = {
      holderIdentity: this.identity,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime,
      renewTime: this.timestamp(),
      leaseTransitions: transitions,
    };
    try {
      await this.client.send(method, path, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: lease.metadata, spec });
      return true;
    } catch (error) {
      // Another replica was faster: its write is in the way of ours.
      if (error instanceof ApiError && error.status === 409) return false;
      throw error;
    }
  }

  /** Kubernetes' MicroTime. */
  private timestamp(): string {
    return new Date(this.clock.wallTime()).toISOString().replace('Z', '000Z');
  }

  private collection(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.namespace}/leases`;
  }

  private path(): string {
    return `${this.collection()}/${this.name}`;
  }
}
