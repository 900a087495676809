import type { EvictionFilter, EvictionOrder, RunningRequest } from '../plugin/flow-policies';
import type { Evict } from '../request-control/admission';
import { IndexedHeap } from './indexed-heap';

/** A request that was sent to an endpoint. */
export interface Running extends RunningRequest {
  readonly evict: Evict;
  position: number;
  /** Whether it counts as running: it has neither ended nor was it evicted. */
  counted: boolean;
  /** `Clock.now()` of its eviction, while its end is waited for. */
  revokedAt: number | undefined;
}

/** The requests that run, and which of them may be evicted. */
export class Victims {
  /** Requests that run and were not evicted. */
  running = 0;
  private readonly evictable: IndexedHeap<Running>;
  private sequence = 0;

  constructor(
    private readonly filter: EvictionFilter,
    order: EvictionOrder,
  ) {
    this.evictable = new IndexedHeap((a, b) => order.evictedBefore(a, b));
  }

  /** How many may be evicted. */
  get size(): number {
    return this.evictable.size;
  }

  /** Priority of the next victim. */
  get nextPriority(): number | undefined {
    return this.evictable.peek()?.priority;
  }

  track(priority: number, dispatchedAt: number, evict: Evict): Running {
    const sequence = this.sequence++;
    const running: Running = { priority, dispatchedAt, sequence, evict, position: -1, counted: true, revokedAt: undefined };
    this.running++;
    if (this.filter.evictable(running)) this.evictable.push(running);
    return running;
  }

  /** Forgets a request that ended. */
  untrack(running: Running): void {
    if (running.position >= 0) this.evictable.remove(running);
    if (running.counted) this.running--;
    running.counted = false;
  }

  /** Evicts up to `count` requests whose priority is below `bound`, and calls `revoked` before each is told. Returns how many were. */
  evict(count: number, bound: number, revoked: (running: Running) => void, spared: (running: Running) => void): number {
    let evicted = 0;
    for (let i = 0; i < count; i++) {
      const victim = this.evictable.peek();
      if (victim === undefined || victim.priority >= bound) break;
      this.untrack(victim);
      revoked(victim);
      if (victim.evict('evicted')) evicted++;
      else spared(victim);
    }
    return evicted;
  }
}
