import type { Output } from './output';

/** Compacts the list of pieces when so many of its entries are used up. */
const COMPACT_AT = 64;

/** Larger pieces are kept as they are. */
const COPY_BYTES = 4 * 1024;
/** A piece is copied when it is a smaller part than this of the memory that it lies in. */
const SMALL_PART = 1 / 4;

/** What a stream wants to send and may not yet. */
export class SendQueue {
  /** Bytes left. */
  length = 0;
  private pieces: Uint8Array[] = [];
  private first = 0;
  /** Bytes of the first piece that are sent. */
  private offset = 0;

  /**
   * Adds a piece, by reference if it is large. A small one is often a slice of what one read of a socket brought: a peer that reads one
   * stream slowly would keep 64 KiB in memory for each piece of a hundred bytes.
   */
  push(piece: Uint8Array): void {
    if (piece.length > 0) {
      const isSlice = piece.length < COPY_BYTES && piece.length < piece.buffer.byteLength * SMALL_PART;
      this.pieces.push(isSlice ? new Uint8Array(piece) : piece);
      this.length += piece.length;
    }
  }

  /** Moves `bytes` to the output. */
  move(bytes: number, output: Output): void {
    this.length -= bytes;
    let left = bytes;
    while (left > 0) {
      const piece = this.pieces[this.first]!;
      const taken = Math.min(left, piece.length - this.offset);
      output.bytes(piece, this.offset, this.offset + taken);
      left -= taken;
      this.offset += taken;
      if (this.offset === piece.length) {
        this.first++;
        this.offset = 0;
      }
    }
    if (this.first >= COMPACT_AT || this.length === 0) {
      this.pieces = this.pieces.slice(this.first);
      this.first = 0;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.pieces = [];
    this.first = 0;
    this.offset = 0;
    this.length = 0;
  }
}
