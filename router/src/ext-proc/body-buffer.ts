const EMPTY = Buffer.alloc(0);

/** First memory of a body. */
const FIRST_BYTES = 1024;

/**
 * Holds a body that comes in pieces. Pieces are copied: each is a slice of what one read of a socket brought, so a piece of ten bytes
 * would keep 64 KiB in memory for as long as its client takes to send the rest.
 */
export class BodyBuffer {
  private bytes = EMPTY;
  private length = 0;

  /** Adds a piece. */
  add(piece: Buffer): void {
    const needed = this.length + piece.length;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, needed, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    piece.copy(this.bytes, this.length);
    this.length = needed;
  }

  /** All of it with a last piece, and holds nothing any more. A body of one piece is not copied. */
  take(last: Buffer): Buffer {
    if (this.length === 0) return last;
    this.add(last);
    const whole = this.bytes.subarray(0, this.length);
    this.clear();
    return whole;
  }

  /** Lets go of everything. */
  clear(): void {
    this.bytes = EMPTY;
    this.length = 0;
  }
}
