import type { Socket } from 'node:net';
import { limits } from './limits';
import { FRAME_HEAD_BYTES } from './protocol';

/** Memory taken at once for small output. */
const BLOCK_BYTES = 32 * 1024;

/** Pieces from this size on are handed to the socket as they are; copying smaller ones costs less than another entry of the write. */
const REFERENCE_BYTES = 4 * 1024;

/** Outputs with something to write in this turn of the event loop. */
let dirty: Output[] = [];

function flushAll(): void {
  const outputs = dirty;
  dirty = [];
  for (const output of outputs) {
    output.flush();
  }
}

/** Hears about an {@link Output}. */
export interface OutputOwner {
  /** The turn ends: the last moment to add something to its write. */
  onTurnEnd(): void;
  /** Data is accepted again. */
  onWritable(): void;
}

/** Collects what a connection sends and hands it to the socket once in a turn of the event loop. */
export class Output {
  private block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** What of the block is not yet handed on. */
  private start = 0;
  private position = 0;
  /** What stands before the open part of the block. */
  private parts: Uint8Array[] = [];
  private pending = 0;
  private scheduled = false;
  private stalled = false;
  /** Runs while the socket is full: a peer that reads nothing for long is cut. */
  private stallTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly owner: OutputOwner,
  ) {
    socket.on('drain', () => this.onDrain());
    socket.on('close', () => this.stopStallTimer());
  }

  /** True while data may be added: the peer reads, and this turn's write is not too large yet. Control frames are always taken. */
  get accepts(): boolean {
    return !this.stalled && this.pending < limits.turnBytes;
  }

  /** Bytes that the peer has not taken. */
  get unsent(): number {
    return this.pending + this.socket.writableLength;
  }

  /** Adds the head of a frame. */
  head(length: number, type: number, flags: number, streamId: number): void {
    const at = this.reserve(FRAME_HEAD_BYTES);
    const block = this.block;
    block[at] = length >>> 16;
    block[at + 1] = length >>> 8;
    block[at + 2] = length;
    block[at + 3] = type;
    block[at + 4] = flags;
    block[at + 5] = streamId >>> 24;
    block[at + 6] = streamId >>> 16;
    block[at + 7] = streamId >>> 8;
    block[at + 8] = streamId;
  }

  /** Adds a 32-bit number. */
  uint32(value: number): void {
    const at = this.reserve(4);
    this.block.writeUInt32BE(value, at);
  }

  /** Adds what stands before a message: no compression, and its length. */
  messagePrefix(length: number): void {
    const at = this.reserve(1);
    this.block[at] = 0;
    this.uint32(length);
  }

  /** Adds a part of `piece`. Large pieces are not copied, so they must not change any more. */
  bytes(piece: Uint8Array, start = 0, end = piece.length): void {
    const length = end - start;
    if (length < REFERENCE_BYTES) {
      const at = this.reserve(length);
      this.block.set(length === piece.length ? piece : piece.subarray(start, end), at);
      return;
    }
    this.closePart();
    this.parts.push(piece.subarray(start, end));
    this.pending += length;
    this.schedule();
  }

  /** Writes at the end of this turn, even if nothing more is added. */
  schedule(): void {
    if (!this.scheduled) {
      this.scheduled = true;
      if (dirty.push(this) === 1) {
        setImmediate(flushAll);
      }
    }
  }

  /** Hands everything to the socket. */
  flush(): void {
    this.owner.onTurnEnd();
    this.scheduled = false;
    if (this.pending > 0 && this.socket.writable) {
      this.write();
    }
    this.parts = [];
    this.start = this.position;
    this.pending = 0;
    this.stalled = this.socket.writableLength >= this.socket.writableHighWaterMark;
    if (this.stalled) {
      this.watchStall();
    } else {
      this.owner.onWritable();
    }
  }

  private watchStall(): void {
    if (this.stallTimer === undefined) {
      this.stallTimer = setTimeout(() => this.socket.destroy(), limits.stallMs);
      this.stallTimer.unref();
    }
  }

  private write(): void {
    const { socket, parts } = this;
    if (parts.length === 0) {
      socket.write(this.block.subarray(this.start, this.position));
      return;
    }
    this.closePart();
    socket.cork();
    for (const part of parts) {
      socket.write(part);
    }
    socket.uncork();
  }

  private onDrain(): void {
    this.stopStallTimer();
    if (this.stalled) {
      this.stalled = false;
      this.owner.onWritable();
    }
  }

  private stopStallTimer(): void {
    clearTimeout(this.stallTimer);
    this.stallTimer = undefined;
  }

  private closePart(): void {
    if (this.position > this.start) {
      this.parts.push(this.block.subarray(this.start, this.position));
      this.start = this.position;
    }
  }

  /** Makes room in the block for `length` bytes and says where. */
  private reserve(length: number): number {
    if (this.position + length > this.block.length) {
      this.closePart();
      this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.start = 0;
      this.position = 0;
    }
    this.pending += length;
    this.schedule();
    const at = this.position;
    this.position += length;
    return at;
  }
}
