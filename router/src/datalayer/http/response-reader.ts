import type { Page } from '../types';
import type { BufferPool } from './buffer-pool';
import { ChunkedDecoder } from './chunked-decoder';
import { longestHead, parseHead, type ResponseHead } from './response-head';

const HEAD_END = Buffer.from('\r\n\r\n');
const EMPTY = Buffer.alloc(0);

/**
 * Reads HTTP/1 responses that come in pieces cut anywhere. A response that lies in one piece, with a stated length, is not copied.
 *
 * After `feed` or `closed` returned true, `head` and the page describe the response until the next `reset`.
 */
export class ResponseReader implements Page {
  head: ResponseHead | undefined;
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  /** Whether bytes came that belong to no response: the connection must not be used again. */
  overrun = false;
  /** Whether any byte of the response has come. */
  begun = false;
  /** What came so far of the head, then of the body. */
  private held: Buffer | undefined;
  private heldLength = 0;
  private readonly chunks = new ChunkedDecoder();
  private readonly takeChunk = (bytes: Buffer, start: number, end: number): void => this.hold(bytes, start, end);

  constructor(
    private readonly pool: BufferPool,
    /** Longest body, bytes. */
    private readonly limit: number,
  ) {}

  get framed(): boolean {
    return this.head?.framing !== 'until-close';
  }

  /** Prepares for another response and lets go of the last one. */
  reset(): void {
    if (this.held !== undefined) this.pool.give(this.held);
    this.held = undefined;
    this.heldLength = 0;
    this.head = undefined;
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
    this.overrun = false;
    this.begun = false;
    this.chunks.reset();
  }

  /** Takes `bytes[0, end)`; true when the response is complete. @throws Error when it is malformed or too long */
  feed(bytes: Buffer, end: number): boolean {
    this.begun = true;
    return this.head === undefined ? this.feedHead(bytes, end) : this.feedBody(bytes, 0, end);
  }

  /** The connection has ended; true when that completes the response. */
  closed(): boolean {
    if (this.head?.framing !== 'until-close') return false;
    this.finish();
    return true;
  }

  private feedHead(bytes: Buffer, end: number): boolean {
    let source = bytes;
    let length = end;
    if (this.held !== undefined) {
      this.hold(bytes, 0, end);
      source = this.held;
      length = this.heldLength;
    }
    // Heads are short: searching the whole buffer would pass over bytes that earlier responses left in it.
    const scanned = source.subarray(0, Math.min(length, longestHead));
    const at = scanned.indexOf(HEAD_END);
    if (at < 0) {
      if (length >= longestHead) throw new Error(`the head of the answer is longer than ${longestHead} bytes`);
      if (this.held === undefined) this.hold(bytes, 0, end);
      return false;
    }
    const head = parseHead(source.toString('latin1', 0, at));
    const body = at + HEAD_END.length;
    if (source !== bytes) {
      // What was held is head: from here on `held` is for the body, so the rest moves out of the way.
      const rest = Buffer.from(source.subarray(body, length));
      this.heldLength = 0;
      return this.begin(head, rest, 0, rest.length);
    }
    return this.begin(head, bytes, body, end);
  }

  private begin(head: ResponseHead, bytes: Buffer, at: number, end: number): boolean {
    if (head.status < 200) return this.feedHead(at === 0 ? bytes : Buffer.from(bytes.subarray(at, end)), end - at);
    this.head = head;
    if (head.framing !== 'length') return this.feedBody(bytes, at, end);
    if (head.length > this.limit) throw this.tooLong();
    if (end - at < head.length) return this.feedBody(bytes, at, end);
    this.bytes = bytes;
    this.start = at;
    this.end = at + head.length;
    this.overrun = this.end < end;
    return true;
  }

  private feedBody(bytes: Buffer, at: number, end: number): boolean {
    const { framing, length } = this.head as ResponseHead;
    if (framing === 'chunked') {
      const next = this.chunks.push(bytes, at, end, this.takeChunk);
      if (!this.chunks.done) return false;
      this.overrun = next < end;
    } else if (framing === 'length') {
      const last = Math.min(end, at + length - this.heldLength);
      this.hold(bytes, at, last);
      if (this.heldLength < length) return false;
      this.overrun = last < end;
    } else {
      this.hold(bytes, at, end);
      return false;
    }
    this.finish();
    return true;
  }

  private finish(): void {
    this.bytes = this.held ?? EMPTY;
    this.start = 0;
    this.end = this.heldLength;
  }

  private hold(bytes: Buffer, start: number, end: number): void {
    const needed = this.heldLength + end - start;
    if (needed > this.limit) throw this.tooLong();
    if (this.held === undefined) this.held = this.pool.take(Math.max(needed, this.head?.length ?? 0));
    else if (needed > this.held.length) {
      const larger = this.pool.take(Math.max(needed, 2 * this.held.length));
      this.held.copy(larger, 0, 0, this.heldLength);
      this.pool.give(this.held);
      this.held = larger;
    }
    bytes.copy(this.held, this.heldLength, start, end);
    this.heldLength = needed;
  }

  private tooLong(): Error {
    return new Error(`the answer is longer than ${this.limit} bytes`);
  }
}
