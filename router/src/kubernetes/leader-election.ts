import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import { type ApiClient, ApiError, isNotFound } from './api-client';
import { Deadline } from './deadline';
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

/** Times of an election. */
export interface ElectionTiming {
  /** Time for which a lease counts after its last renewal. */
  readonly leaseSeconds: number;
  /** Time after which a holder that could not renew stops leading; shorter than the lease, so that no two lead at once. */
  readonly renewDeadlineMs: number;
  /** Pause between two tries. */
  readonly retryMs: number;
}

/** Source: the defaults of controller-runtime, which upstream keeps. */
const TIMING: ElectionTiming = { leaseSeconds: 15, renewDeadlineMs: 10_000, retryMs: 2000 };

/** Giving the lease back must not hold up the end of the process. */
const RELEASE_MS = 2000;

/**
 * Holds a Lease of `coordination.k8s.io` while it can. Another replica's lease is taken over only when it has not changed for its whole
 * duration by this process's own clock, so that clocks of different machines need not agree.
 */
export class LeaderElection {
  private readonly abort = new AbortController();
  private running: Promise<void> | undefined;
  private released: Promise<void> | undefined;
  private holding = false;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private led = false;
  private seen = { version: '', at: Number.NEGATIVE_INFINITY };

  constructor(
    private readonly client: ApiClient,
    private readonly namespace: string,
    private readonly name: string,
    private readonly identity: string,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly timing = TIMING,
  ) {}

  /** Whether this replica leads now. It stops leading by itself when it could not renew in time. */
  leads(): boolean {
    return this.holding && this.clock.now() - this.renewedAt < this.timing.renewDeadlineMs;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Gives the lease back, so that another replica leads at once. */
  stop(): Promise<void> {
    this.released ??= this.release();
    return this.released;
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      // Counted from before the request: another replica may see the renewal that early.
      const at = this.clock.now();
      try {
        this.holding = await this.tryOnce();
        if (this.holding) this.renewedAt = at;
      } catch (error) {
        // Who holds the lease still does: perhaps the answer got lost, perhaps somebody else wrote to the object.
        if (!signal.aborted) this.log.warn({ error: (error as Error).message }, 'the lease could not be read or renewed');
      }
      this.announce();
      await sleep(this.timing.retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private announce(): void {
    const leads = this.leads();
    if (leads !== this.led) this.log.info({ identity: this.identity, lease: this.name, leads }, 'leadership changed');
    this.led = leads;
  }

  private async release(): Promise<void> {
    this.abort.abort();
    if (this.running === undefined) return;
    await this.running;
    // Whether or not the last try is known to have succeeded: what counts is what the lease says.
    this.holding = false;
    const deadline = new Deadline(RELEASE_MS);
    try {
      const lease = await this.client.get<Lease>(this.path(), deadline.signal);
      if (lease.spec?.holderIdentity !== this.identity) return;
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.timestamp() };
      await this.client.send('PUT', this.path(), { ...lease, spec }, deadline.signal);
    } catch (error) {
      if (!isNotFound(error)) this.log.warn({ error: (error as Error).message }, 'the lease was not given back, it runs out by itself');
    } finally {
      deadline.release();
    }
  }

  /** One round of client-go's algorithm: create, renew, or take over. True when this replica holds the lease. */
  private async tryOnce(): Promise<boolean> {
    const { signal } = this.abort;
    let lease: Lease;
    try {
      lease = await this.client.get<Lease>(this.path(), signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return this.write('POST', this.collection(), { metadata: { name: this.name, namespace: this.namespace } }, 0, this.timestamp());
    }
    const { holderIdentity = '', leaseTransitions = 0, acquireTime, leaseDurationSeconds = this.timing.leaseSeconds } = lease.spec ?? {};
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
      leaseDurationSeconds: this.timing.leaseSeconds,
      acquireTime,
      renewTime: this.timestamp(),
      leaseTransitions: transitions,
    };
    try {
      const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: lease.metadata, spec };
      await this.client.send(method, path, body, this.abort.signal);
      return true;
    } catch (error) {
      // Another replica was faster to take it. A holder reads again before it believes that.
      if (error instanceof ApiError && error.status === 409 && lease.spec?.holderIdentity !== this.identity) return false;
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
