import { createHash } from 'node:crypto';
import type { Candidates } from '../../plugin/candidates';
import type { Clock } from '../../plugin/clock';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { pickedBy, type SessionStrategy } from './strategy';

/** Reads the id of a request's session; '' when it names none. */
export type ReadSessionId = (request: InferenceRequest) => string;

/** Settings of the strategy. */
export interface SessionIdOptions {
  readonly endpoints: EndpointTable;
  readonly clock: Clock;
  readonly readId: ReadSessionId;
  /** Profile whose pick is pinned; '' for the primary one. */
  readonly profile: string;
  /** Milliseconds without a request after which a session is forgotten. */
  readonly ttlMs: number;
  /** Milliseconds between two looks for sessions to forget. */
  readonly sweepMs: number;
  /**
   * Sessions kept at most; the one without a request for longest goes first.
   * @default 500000
   */
  readonly maxSessions?: number;
}

interface Binding {
  readonly endpoint: string;
  readonly lastSeen: number;
}

/** Clients choose the ids, so neither their number nor their length may decide over the memory. */
const MAX_SESSIONS = 500_000;
const LONGEST_ID = 128;
/** Node fires longer timers at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The router remembers the endpoint of each session id.
 *
 * A session moves only when its endpoint was not among the candidates of the very request that went elsewhere: an endpoint that was
 * merely outvoted keeps its sessions.
 */
export class SessionIdStrategy implements SessionStrategy {
  /** By session, the one without a request for longest first. */
  private readonly bindings = new Map<string, Binding>();
  private readonly boundWasCandidate = new WeakMap<InferenceRequest, boolean>();
  private readonly maxSessions: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SessionIdOptions) {
    this.maxSessions = options.maxSessions ?? MAX_SESSIONS;
  }

  /** Forgets idle sessions from now on. */
  start(): void {
    this.timer = setInterval(() => this.sweep(), Math.min(this.options.sweepMs, LONGEST_TIMER_MS));
    this.timer.unref();
  }

  /** Stops forgetting. */
  stop(): void {
    clearInterval(this.timer);
  }

  /** Sessions that are remembered. */
  get size(): number {
    return this.bindings.size;
  }

  choose(request: InferenceRequest, candidates: Candidates): number {
    if (candidates.size === 0) return -1;
    const binding = this.bindings.get(this.sessionOf(request));
    if (binding === undefined) return -1;
    const slot = this.options.endpoints.get(binding.endpoint)?.slot;
    const present = slot !== undefined && candidates.includes(slot);
    this.boundWasCandidate.set(request, present);
    return present ? slot : -1;
  }

  decided(request: InferenceRequest, result: SchedulingResult): void {
    const session = this.sessionOf(request);
    const picked = pickedBy(this.options.profile, result)?.id;
    if (session === '' || picked === undefined) return;
    const bound = this.bindings.get(session);
    if (bound !== undefined && bound.endpoint !== picked && this.boundWasCandidate.get(request) !== false) return;
    // Out and in again, so that the map stays in the order of use.
    this.bindings.delete(session);
    this.bindings.set(session, { endpoint: picked, lastSeen: this.options.clock.now() });
    if (this.bindings.size > this.maxSessions) this.bindings.delete(this.bindings.keys().next().value as string);
  }

  answer(): void {}

  /** Forgets the sessions without a request for longer than the time to live. */
  sweep(): void {
    const oldest = this.options.clock.now() - this.options.ttlMs;
    for (const [session, { lastSeen }] of this.bindings) {
      if (lastSeen >= oldest) return;
      this.bindings.delete(session);
    }
  }

  private sessionOf(request: InferenceRequest): string {
    const id = this.options.readId(request);
    return id.length <= LONGEST_ID ? id : `sha256:${createHash('sha256').update(id).digest('base64')}`;
  }
}
