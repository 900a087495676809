import { ConnectionError, errorCode, FRAME_HEAD_BYTES, frameFlag, frameType, MAX_31_BITS, MAX_FRAME_BYTES, PREFACE } from './protocol';

/** Takes what a {@link FrameParser} finds. */
export interface FrameHandler {
  /** A whole frame; its payload is `bytes` from `start` to `end` and must not be kept. Padded DATA comes this way too. */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
  /** The head of a DATA frame without padding; its payload follows in pieces. */
  onDataStart(flags: number, streamId: number, length: number): void;
  /** A part of the current DATA frame. The memory is not used again. */
  onDataPiece(bytes: Buffer, start: number, end: number): void;
  /** The current DATA frame is complete. */
  onDataEnd(): void;
}

/**
 * Cuts a connection's bytes into frames, however they are chunked. Frames that lie in one chunk are read where they are; DATA is
 * handed on as it comes, other frames that span chunks are put together.
 */
export class FrameParser {
  private prefaceBytes = 0;
  /** Head of the current frame, as far as it came in earlier chunks. */
  private readonly head = Buffer.alloc(FRAME_HEAD_BYTES);
  private headBytes = 0;
  private length = 0;
  private type = 0;
  private flags = 0;
  private streamId = 0;
  /** Payload bytes of the current DATA frame that are still to come; -1 when there is no such frame. */
  private dataLeft = -1;
  /** Payload of the current frame, when it spans chunks. */
  private payload: Buffer | undefined;
  private payloadBytes = 0;

  constructor(private readonly handler: FrameHandler) {}

  /** Reads the next bytes. @throws ConnectionError of the parser or the handler */
  push(chunk: Buffer): void {
    const end = chunk.length;
    let position = this.prefaceBytes < PREFACE.length ? this.readPreface(chunk) : 0;
    while (position < end) {
      if (this.dataLeft >= 0) {
        position = this.readData(chunk, position);
      } else if (this.payload !== undefined) {
        position = this.fillPayload(chunk, position);
      } else if (this.headBytes === 0 && end - position >= FRAME_HEAD_BYTES) {
        this.readHead(chunk, position);
        position = this.readPayload(chunk, position + FRAME_HEAD_BYTES);
      } else {
        position = this.fillHead(chunk, position);
      }
    }
  }

  private readPreface(chunk: Buffer): number {
    const taken = Math.min(chunk.length, PREFACE.length - this.prefaceBytes);
    if (chunk.compare(PREFACE, this.prefaceBytes, this.prefaceBytes + taken, 0, taken) !== 0) {
      throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'the peer does not speak HTTP/2');
    }
    this.prefaceBytes += taken;
    return taken;
  }

  private fillHead(chunk: Buffer, start: number): number {
    const taken = Math.min(chunk.length - start, FRAME_HEAD_BYTES - this.headBytes);
    chunk.copy(this.head, this.headBytes, start, start + taken);
    this.headBytes += taken;
    if (this.headBytes < FRAME_HEAD_BYTES) {
      return start + taken;
    }
    this.headBytes = 0;
    this.readHead(this.head, 0);
    return this.readPayload(chunk, start + taken);
  }

  private readHead(bytes: Buffer, at: number): void {
    this.length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    this.type = bytes[at + 3]!;
    this.flags = bytes[at + 4]!;
    this.streamId = ((bytes[at + 5]! << 24) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!) & MAX_31_BITS;
    if (this.length > MAX_FRAME_BYTES) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, `a frame of ${this.length} bytes`);
    }
  }

  private readPayload(chunk: Buffer, start: number): number {
    if (this.type === frameType.DATA && (this.flags & frameFlag.PADDED) === 0) {
      this.dataLeft = this.length;
      this.handler.onDataStart(this.flags, this.streamId, this.length);
      return this.readData(chunk, start);
    }
    const end = start + this.length;
    if (end <= chunk.length) {
      this.handler.onFrame(this.type, this.flags, this.streamId, chunk, start, end);
      return end;
    }
    this.payload = Buffer.allocUnsafe(this.length);
    this.payloadBytes = 0;
    return this.fillPayload(chunk, start);
  }

  private readData(chunk: Buffer, start: number): number {
    const taken = Math.min(this.dataLeft, chunk.length - start);
    this.dataLeft -= taken;
    if (taken > 0) {
      this.handler.onDataPiece(chunk, start, start + taken);
    }
    if (this.dataLeft === 0) {
      this.dataLeft = -1;
      this.handler.onDataEnd();
    }
    return start + taken;
  }

  private fillPayload(chunk: Buffer, start: number): number {
    const payload = this.payload!;
    const taken = Math.min(chunk.length - start, this.length - this.payloadBytes);
    chunk.copy(payload, this.payloadBytes, start, start + taken);
    this.payloadBytes += taken;
    if (this.payloadBytes === this.length) {
      this.payload = undefined;
      this.handler.onFrame(this.type, this.flags, this.streamId, payload, 0, this.length);
    }
    return start + taken;
  }
}
