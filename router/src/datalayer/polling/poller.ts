import type { Clock } from '../../plugin/clock';
import type { Endpoint } from '../../plugin/endpoint';
import type { PageClient, PageSink } from '../http/page-client';
import { originOf } from '../http/request-bytes';
import type { PollingSource, PollRequest } from '../types';
import { Pacer } from './pacer';
import { PollTarget, type TargetListener } from './poll-target';

/** How often fetches that run for too long are looked for, milliseconds. */
const SWEEP_MS = 250;

/** Makes the client for a server. @throws Error when there can be none */
export type MakeClient = (request: PollRequest, sink: PageSink) => PageClient;

/** Polls every endpoint for one source, evenly spread over the period. */
export class Poller {
  private readonly targets: PollTarget[] = [];
  private readonly byEndpoint = new Map<Endpoint, PollTarget>();
  private readonly pacer: Pacer;
  private timer: NodeJS.Timeout | undefined;
  private running = false;
  private next = 0;
  private sweptAt: number;

  constructor(
    private readonly source: PollingSource,
    /** Milliseconds between two fetches from the same endpoint. */
    readonly periodMs: number,
    private readonly makeClient: MakeClient,
    private readonly listener: TargetListener,
    private readonly clock: Clock,
  ) {
    this.sweptAt = clock.now();
    this.pacer = new Pacer(periodMs, this.sweptAt);
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.arm();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
    for (const target of this.targets) target.close();
    this.targets.length = 0;
    this.byEndpoint.clear();
  }

  /** Starts to poll an endpoint, or looks whether its address for this source has changed. */
  add(endpoint: Endpoint): void {
    const known = this.byEndpoint.get(endpoint);
    let request: PollRequest;
    try {
      request = this.source.request(endpoint);
    } catch (error) {
      this.remove(endpoint);
      this.listener.unreachable(endpoint, (error as Error).message);
      return;
    }
    const key = originOf(request) + request.path;
    if (known?.key === key) return;
    this.remove(endpoint);
    const target = new PollTarget(endpoint, key, (sink) => this.makeClient(request, sink), this.periodMs, this.listener);
    this.byEndpoint.set(endpoint, target);
    this.targets.push(target);
    // A new endpoint is of no use before its first page, so it does not wait for its turn.
    if (this.running) target.poll(this.clock.now());
  }

  remove(endpoint: Endpoint): void {
    const target = this.byEndpoint.get(endpoint);
    if (target === undefined) return;
    this.byEndpoint.delete(endpoint);
    const at = this.targets.indexOf(target);
    this.targets.splice(at, 1);
    if (at < this.next) this.next--;
    target.close();
  }

  /** Polls what is due now. Called by the poller's own timer. */
  tick(): void {
    const now = this.clock.now();
    this.sweep(now);
    const count = this.targets.length;
    for (let due = this.pacer.due(now, count); due > 0; due--) {
      if (this.next >= this.targets.length) this.next = 0;
      (this.targets[this.next++] as PollTarget).poll(now);
    }
  }

  private arm(): void {
    const pause = Math.min(SWEEP_MS, this.pacer.pauseMs(this.targets.length));
    this.timer = setTimeout(() => {
      this.tick();
      if (this.running) this.arm();
    }, pause);
  }

  private sweep(now: number): void {
    const elapsed = now - this.sweptAt;
    if (elapsed < SWEEP_MS) return;
    this.sweptAt = now;
    // After a long stall of the event loop answers may be waiting in the sockets, unread: that is not the servers' fault.
    if (elapsed > 2 * SWEEP_MS) return;
    for (const target of this.targets) target.expire(now);
  }
}
