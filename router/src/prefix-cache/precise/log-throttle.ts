const MOST_KEYS = 10_000;

/** Lets a line about the same thing through once in an interval. */
export class LogThrottle {
  private readonly last = new Map<string, number>();

  /** `intervalMs` may be infinite: once and never again. */
  constructor(
    private readonly intervalMs: number,
    private readonly now: () => number,
  ) {}

  allows(key: string): boolean {
    const now = this.now();
    const before = this.last.get(key);
    if (before !== undefined && now - before < this.intervalMs) return false;
    if (this.last.size >= MOST_KEYS) this.last.clear();
    this.last.set(key, now);
    return true;
  }
}
