import type { HashList } from '../hash/hash-kernel';
import type { PreciseIndex } from './precise-index';

interface Guess {
  readonly keys: HashList;
  readonly pod: number;
  readonly expires: number;
}

/**
 * Enters blocks for the endpoint a request is sent to, before its engine reports them, and takes them back after a while. A later request
 * with the same blocks prolongs them.
 */
export class Speculation {
  /** In the order in which they end: the time is the same for all. */
  private queue: Guess[] = [];
  private ended = 0;

  constructor(
    private readonly index: PreciseIndex,
    private readonly kind: number,
    private readonly lifeMs: number,
  ) {}

  add(keys: HashList, pod: number, now: number): void {
    const expires = now + this.lifeMs;
    this.index.add(keys, pod, this.kind, expires);
    this.queue.push({ keys, pod, expires });
  }

  /** Takes back what is over. */
  expire(now: number): void {
    while (this.ended < this.queue.length) {
      const guess = this.queue[this.ended] as Guess;
      if (guess.expires > now) break;
      this.index.evictExpired(guess.keys, guess.pod, this.kind, now);
      this.ended++;
    }
    if (this.ended < 1024 && this.ended < this.queue.length) return;
    this.queue = this.queue.slice(this.ended);
    this.ended = 0;
  }
}
