import type { Endpoint } from '../../plugin/endpoint';
import type { PageClient, PageSink } from '../http/page-client';
import type { Page } from '../types';

/** Longest time a fetch may take, milliseconds. Source: llm-d-router v0.10.0, `source/http`. */
export const pollTimeoutMs = 1000;

/** Longest pause before a server that does not answer is tried again, milliseconds. */
const LONGEST_BACKOFF_MS = 1000;

/** Failures in a row from which on a server is called unreachable. */
const UNREACHABLE_FAILURES = 3;

/** Hears of a target's fetches. */
export interface TargetListener {
  page(endpoint: Endpoint, page: Page): void;
  failed(endpoint: Endpoint, reason: string): void;
  /** Nothing came for some time. Told once, until `recovered`. */
  unreachable(endpoint: Endpoint, reason: string): void;
  recovered(endpoint: Endpoint): void;
}

/** One endpoint that a source polls: at most one fetch at a time, and rarer ones while they fail. */
export class PollTarget implements PageSink {
  /** Identity of what is fetched; another one needs another target. */
  readonly key: string;
  private readonly client: PageClient;
  private busy = false;
  private startedAt = 0;
  private notBefore = Number.NEGATIVE_INFINITY;
  private failures = 0;

  constructor(
    readonly endpoint: Endpoint,
    key: string,
    makeClient: (sink: PageSink) => PageClient,
    private readonly periodMs: number,
    private readonly listener: TargetListener,
  ) {
    this.key = key;
    this.client = makeClient(this);
  }

  /** Starts a fetch, unless one is running or the server was silent lately. */
  poll(now: number): void {
    if (this.busy || now < this.notBefore) return;
    this.busy = true;
    this.startedAt = now;
    this.client.get();
  }

  /** Gives up a fetch that runs for too long. */
  expire(now: number): void {
    if (this.busy && now - this.startedAt > pollTimeoutMs) this.client.abort(`no answer within ${pollTimeoutMs} ms`);
  }

  close(): void {
    this.busy = false;
    this.client.close();
  }

  page(page: Page): void {
    this.busy = false;
    if (this.failures >= UNREACHABLE_FAILURES) this.listener.recovered(this.endpoint);
    this.failures = 0;
    this.listener.page(this.endpoint, page);
  }

  failed(reason: string): void {
    this.busy = false;
    this.failures++;
    if (this.failures > 1) {
      const backoff = Math.min(LONGEST_BACKOFF_MS, this.periodMs * 2 ** Math.min(this.failures - 1, 30));
      this.notBefore = this.startedAt + backoff;
    }
    this.listener.failed(this.endpoint, reason);
    if (this.failures === UNREACHABLE_FAILURES) this.listener.unreachable(this.endpoint, reason);
  }
}
