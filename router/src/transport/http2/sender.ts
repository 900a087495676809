import type { Output } from './output';
import { DEFAULT_WINDOW_BYTES, frameFlag, frameType, MAX_FRAME_BYTES } from './protocol';
import type { SendQueue } from './send-queue';

/** Bytes that a stream may send before others that wait have their turn. */
const TURN_BYTES = 4 * MAX_FRAME_BYTES;

/** A stream as the sender sees it. */
export interface SendingStream {
  readonly id: number;
  /** Bytes that the peer allows on this stream; negative after it made its windows smaller. */
  sendWindow: number;
  readonly queue: SendQueue;
  /** All of the queue went out. */
  onQueueSent(): void;
}

/** Sends the data of a connection's streams within the peer's windows, by turns when they have to wait for the connection. */
export class Sender {
  /** Bytes that the peer allows on the connection. */
  window = DEFAULT_WINDOW_BYTES;
  /** Window of new streams. */
  initialWindow = DEFAULT_WINDOW_BYTES;
  /** Bytes in the queues of all streams. */
  queued = 0;
  /** Streams that wait for the connection's window or for the socket, not for their own window. */
  private readonly waiting = new Set<SendingStream>();

  constructor(private readonly output: Output) {}

  /** True when a message of `bytes` can go out at once in one frame. */
  canSend(stream: SendingStream, bytes: number): boolean {
    return (
      bytes <= MAX_FRAME_BYTES &&
      bytes <= this.window &&
      bytes <= stream.sendWindow &&
      this.waiting.size === 0 &&
      stream.queue.length === 0 &&
      this.output.accepts
    );
  }

  /** Starts a DATA frame of `bytes`; the caller adds the payload. */
  startFrame(stream: SendingStream, bytes: number): void {
    this.window -= bytes;
    stream.sendWindow -= bytes;
    this.output.head(bytes, frameType.DATA, frameFlag.NONE, stream.id);
  }

  /** Sends what may be sent of a stream's queue; the rest goes on when the peer or the socket allows. */
  pump(stream: SendingStream): void {
    const { queue } = stream;
    let turn = TURN_BYTES;
    while (queue.length > 0 && stream.sendWindow > 0) {
      const bytes = Math.min(queue.length, stream.sendWindow, this.window, MAX_FRAME_BYTES);
      if (bytes <= 0 || turn <= 0 || !this.output.accepts) {
        this.wait(stream);
        return;
      }
      this.startFrame(stream, bytes);
      queue.move(bytes, this.output);
      this.queued -= bytes;
      turn -= bytes;
    }
    if (queue.length === 0) {
      stream.onQueueSent();
    }
  }

  /** Lets waiting streams go on, one after the other. */
  pumpWaiting(): void {
    while (this.waiting.size > 0 && this.window > 0 && this.output.accepts) {
      const stream: SendingStream = this.waiting.values().next().value!;
      this.waiting.delete(stream);
      this.pump(stream);
    }
  }

  /** Forgets what a stream wanted to send. */
  drop(stream: SendingStream): void {
    this.queued -= stream.queue.length;
    stream.queue.clear();
    this.waiting.delete(stream);
  }

  private wait(stream: SendingStream): void {
    this.waiting.add(stream);
    this.output.schedule();
  }
}
