import { grpcStatus } from '../types';
import { decompress, MessageError, tooLarge } from './decompress';

/** Bytes before each message: one flag and the length. Source: the gRPC protocol over HTTP/2. */
export const MESSAGE_PREFIX_BYTES = 5;

/** First memory for a message that comes in pieces; it grows with what really arrives, not with the length that was announced. */
const FIRST_ALLOCATION = 64 * 1024;

/** Takes the messages of a {@link MessageReader}. */
export interface MessageSink {
  /** One whole, unpacked message. */
  onMessage(bytes: Buffer): void;
}

/**
 * Cuts the bytes of one direction of a call into messages. A message that lies in one piece is handed on as a slice of it,
 * without a copy; one that spans several pieces is copied once.
 */
export class MessageReader {
  /** Bytes of the current prefix that were read. */
  private prefixBytes = 0;
  private compressed = false;
  private length = 0;
  /** Memory for a message that spans pieces. */
  private partial: Buffer | undefined;
  private filled = 0;

  constructor(
    private readonly sink: MessageSink,
    private readonly encoding: string | undefined,
    private readonly maxBytes: number,
  ) {}

  /** True between messages. */
  get atBoundary(): boolean {
    return this.prefixBytes === 0;
  }

  /**
   * Reads `chunk` from `start` to `end`.
   * @throws MessageError when the call cannot go on
   */
  read(chunk: Buffer, start: number, end: number): void {
    let position = start;
    while (position < end) {
      if (this.prefixBytes < MESSAGE_PREFIX_BYTES) {
        position = this.readPrefix(chunk, position, end);
        if (this.prefixBytes < MESSAGE_PREFIX_BYTES) {
          // Cut off, or an empty message.
          continue;
        }
      }
      position = this.readBody(chunk, position, end);
    }
  }

  private readPrefix(chunk: Buffer, start: number, end: number): number {
    let position = start;
    if (this.prefixBytes === 0) {
      this.length = 0;
    }
    while (position < end && this.prefixBytes < MESSAGE_PREFIX_BYTES) {
      const byte = chunk[position++]!;
      if (this.prefixBytes === 0) {
        this.setFlag(byte);
      } else {
        this.length = this.length * 256 + byte;
      }
      this.prefixBytes++;
    }
    if (this.prefixBytes === MESSAGE_PREFIX_BYTES && this.length > this.maxBytes) {
      throw tooLarge(this.length, this.maxBytes);
    }
    if (this.prefixBytes === MESSAGE_PREFIX_BYTES && this.length === 0) {
      this.emit(Buffer.alloc(0));
    }
    return position;
  }

  private setFlag(byte: number): void {
    if (byte > 1) {
      throw new MessageError(grpcStatus.INTERNAL, `a message starts with the flag ${byte}; known are 0 and 1 (compressed)`);
    }
    this.compressed = byte === 1;
  }

  private readBody(chunk: Buffer, start: number, end: number): number {
    const wanted = this.length - this.filled;
    const taken = Math.min(wanted, end - start);
    if (this.filled === 0 && taken === wanted) {
      this.emit(chunk.subarray(start, start + taken));
      return start + taken;
    }
    this.makeRoom(this.filled + taken);
    chunk.copy(this.partial!, this.filled, start, start + taken);
    this.filled += taken;
    if (this.filled === this.length) {
      this.emit(this.partial!);
    }
    return start + taken;
  }

  private makeRoom(bytes: number): void {
    if (this.partial === undefined) {
      this.partial = Buffer.allocUnsafe(Math.min(this.length, Math.max(bytes, FIRST_ALLOCATION)));
    } else if (this.partial.length < bytes) {
      const larger = Buffer.allocUnsafe(Math.min(this.length, Math.max(bytes, this.partial.length * 2)));
      this.partial.copy(larger, 0, 0, this.filled);
      this.partial = larger;
    }
  }

  private emit(message: Buffer): void {
    this.prefixBytes = 0;
    this.filled = 0;
    this.partial = undefined;
    this.sink.onMessage(this.compressed ? decompress(this.encoding, message, this.maxBytes) : message);
  }
}
