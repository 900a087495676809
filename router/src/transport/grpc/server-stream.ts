import type { Log } from '../../plugin/context';
import { limits } from '../http2/limits';
import type { Output } from '../http2/output';
import { type ErrorCode, errorCode, frameFlag, frameType } from '../http2/protocol';
import type { RequestHeaders } from '../http2/request-headers';
import { SendQueue } from '../http2/send-queue';
import type { Sender, SendingStream } from '../http2/sender';
import { type GrpcCall, type GrpcStatus, type GrpcStream, grpcStatus } from '../types';
import { MessageError } from './decompress';
import { MESSAGE_PREFIX_BYTES, MessageReader, type MessageSink } from './message-reader';
import { responseHeaders, trailers } from './response-headers';

/** The connection of a {@link ServerStream}. */
export interface StreamOwner {
  readonly output: Output;
  readonly sender: Sender;
  readonly log: Log;
  readonly maxReceiveBytes: number;
  readonly maxSendBytes: number;
  /** Tells the peer that the stream is over, and forgets it. */
  reset(stream: ServerStream, code: ErrorCode): void;
  /** The stream is over; the call hears of it at the end of this turn. */
  release(stream: ServerStream): void;
  /** Allows the peer to send `bytes` more on the stream. */
  grant(stream: ServerStream, bytes: number): void;
}

/** One gRPC call on one HTTP/2 stream. */
export class ServerStream implements GrpcStream, MessageSink, SendingStream {
  sendWindow: number;
  readonly queue = new SendQueue();
  /** Bytes that the peer may still send. */
  receiveWindow: number = limits.streamWindowBytes;
  /** The peer will send no more. */
  remoteEnded = false;
  /** An answer began. */
  answered = false;
  private readonly reader: MessageReader;
  private call: GrpcCall | undefined;
  private finished = false;
  private over = false;
  private paused = false;
  private drainAwaited = false;
  private received = 0;
  private endBlock: Buffer | undefined;

  constructor(
    readonly id: number,
    private readonly headers: RequestHeaders,
    private readonly owner: StreamOwner,
  ) {
    this.sendWindow = owner.sender.initialWindow;
    this.reader = new MessageReader(this, headers.get('grpc-encoding'), owner.maxReceiveBytes);
  }

  get path(): string {
    return this.headers.path;
  }

  header(name: string): string | undefined {
    return this.headers.get(name);
  }

  /** Connects the call; `open` makes it. */
  start(open: (stream: GrpcStream) => GrpcCall): void {
    try {
      this.call = open(this);
    } catch (error) {
      this.fail(error);
    }
  }

  send(...pieces: Uint8Array[]): boolean {
    if (this.finished || this.over) {
      return true;
    }
    let length = 0;
    for (const piece of pieces) {
      length += piece.length;
    }
    if (length > this.owner.maxSendBytes) {
      this.finish(
        grpcStatus.RESOURCE_EXHAUSTED,
        `message to send is larger than the limit (${length} against ${this.owner.maxSendBytes} bytes)`,
      );
      return true;
    }
    this.answer();
    const { sender, output } = this.owner;
    if (!sender.canSend(this, MESSAGE_PREFIX_BYTES + length)) {
      return this.enqueue(pieces, length);
    }
    sender.startFrame(this, MESSAGE_PREFIX_BYTES + length);
    output.messagePrefix(length);
    for (const piece of pieces) {
      output.bytes(piece);
    }
    return true;
  }

  finish(status: GrpcStatus, message?: string): void {
    if (this.finished || this.over) {
      return;
    }
    this.finished = true;
    this.endBlock = trailers(status, message);
    if (this.queue.length === 0) {
      this.sendEnd();
    }
  }

  /** Answers with one header block and nothing else. */
  refuse(block: Buffer): void {
    this.finished = true;
    this.answered = true;
    this.endBlock = block;
    this.sendEnd();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.grantMore();
  }

  /** A part of the peer's data. */
  onData(bytes: Buffer, start: number, end: number): void {
    this.received += end - start;
    if (this.finished || this.over) {
      return;
    }
    try {
      this.reader.read(bytes, start, end);
    } catch (error) {
      this.fail(error);
    }
  }

  /** A whole DATA frame is read. */
  grantMore(): void {
    const used = limits.streamWindowBytes - this.receiveWindow;
    if (!this.paused && !this.remoteEnded && !this.over && used >= limits.streamWindowBytes / 2) {
      this.receiveWindow += used;
      this.owner.grant(this, used);
    }
  }

  /** The peer half-closed. */
  onEnd(): void {
    this.remoteEnded = true;
    if (this.over) {
      return;
    }
    if (this.headers.contentLength >= 0 && this.headers.contentLength !== this.received) {
      this.owner.reset(this, errorCode.PROTOCOL_ERROR);
      return;
    }
    if (this.finished) {
      return;
    }
    if (!this.reader.atBoundary) {
      this.finish(grpcStatus.INTERNAL, 'the stream ended inside a message');
      return;
    }
    this.tell(() => this.call?.ended());
  }

  onMessage(bytes: Buffer): void {
    if (!this.finished && !this.over) {
      this.call?.message(bytes);
    }
  }

  onQueueSent(): void {
    if (this.endBlock !== undefined) {
      this.sendEnd();
    } else if (this.drainAwaited) {
      this.drainAwaited = false;
      this.tell(() => this.call?.drained?.());
    }
  }

  /** The stream is gone: nothing goes out or in any more. */
  abandon(): void {
    this.over = true;
    this.owner.sender.drop(this);
  }

  /** Tells the call that it is over; done once by the connection. */
  notifyClosed(): void {
    const { call } = this;
    this.call = undefined;
    this.tell(() => call?.closed());
  }

  private answer(): void {
    if (!this.answered) {
      this.answered = true;
      this.writeHeaders(responseHeaders, frameFlag.END_HEADERS);
    }
  }

  private enqueue(pieces: readonly Uint8Array[], length: number): boolean {
    const { sender } = this.owner;
    const prefix = Buffer.alloc(MESSAGE_PREFIX_BYTES);
    prefix.writeUInt32BE(length, 1);
    if (sender.queued + prefix.length + length > limits.connectionQueueBytes) {
      this.owner.log.warn({ path: this.path, queuedBytes: sender.queued }, 'a gRPC peer does not read its answers, so a call is reset');
      this.owner.reset(this, errorCode.ENHANCE_YOUR_CALM);
      return true;
    }
    this.queue.push(prefix);
    for (const piece of pieces) {
      this.queue.push(piece);
    }
    sender.queued += prefix.length + length;
    sender.pump(this);
    this.drainAwaited ||= this.queue.length > limits.streamQueueBytes;
    return !this.drainAwaited;
  }

  private sendEnd(): void {
    const block = this.endBlock!;
    this.endBlock = undefined;
    const both = this.answered ? block : Buffer.concat([responseHeaders, block]);
    this.answered = true;
    this.writeHeaders(both, frameFlag.END_HEADERS | frameFlag.END_STREAM);
    if (this.remoteEnded) {
      this.owner.release(this);
    } else {
      this.owner.reset(this, errorCode.NO_ERROR);
    }
  }

  private writeHeaders(block: Buffer, flags: number): void {
    const { output } = this.owner;
    output.head(block.length, frameType.HEADERS, flags, this.id);
    output.bytes(block);
  }

  private fail(error: unknown): void {
    if (error instanceof MessageError) {
      this.finish(error.status, error.message);
      return;
    }
    this.owner.log.error({ err: error, path: this.path }, 'a gRPC call failed');
    this.finish(grpcStatus.INTERNAL, 'internal error');
  }

  private tell(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.fail(error);
    }
  }
}
