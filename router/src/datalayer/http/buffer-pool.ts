const SMALLEST = 64 * 1024;
const LARGEST_KEPT = 1024 * 1024;
const MOST_KEPT = 16;

/**
 * Buffers for bodies that come in several pieces. Few answers are under way at the same time, so few buffers serve all connections and
 * stay in the processor's cache.
 */
export class BufferPool {
  private readonly free: Buffer[] = [];

  /** A buffer of at least that size; its content is arbitrary. */
  take(size: number): Buffer {
    const kept = this.free.pop();
    if (kept !== undefined && kept.length >= size) return kept;
    return Buffer.allocUnsafeSlow(Math.max(SMALLEST, size));
  }

  /** Gives a buffer back. */
  give(buffer: Buffer): void {
    if (buffer.length <= LARGEST_KEPT && this.free.length < MOST_KEPT) this.free.push(buffer);
  }
}
