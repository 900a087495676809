import type { Clock } from '../../plugin/clock';
import type { ServerStream } from '../grpc/server-stream';
import { Allowance } from './allowance';
import { type ClosedStreams, ending } from './closed-streams';
import type { FrameHandler } from './frame-parser';
import { HeaderBlock } from './header-block';
import type { HeaderField } from './header-field';
import { limits } from './limits';
import type { Output } from './output';
import { ConnectionError, DEFAULT_WINDOW_BYTES, type ErrorCode, errorCode, frameFlag, frameType, MAX_31_BITS, setting } from './protocol';
import { RequestHeaders } from './request-headers';
import type { Sender } from './sender';
import { readSettings } from './settings';

/** The connection whose frames a {@link FrameReader} reads. */
export interface FrameTarget {
  readonly output: Output;
  readonly sender: Sender;
  /** Open streams. */
  readonly streams: ReadonlyMap<number, ServerStream>;
  readonly closed: ClosedStreams;
  /** Highest stream that the peer opened. */
  readonly lastStreamId: number;
  /** The peer's first SETTINGS came. */
  onReady(): void;
  /** Unpacks a header block. */
  decode(bytes: Buffer, start: number, end: number): HeaderField[];
  /** A new stream. */
  onRequest(id: number, fields: readonly HeaderField[], ended: boolean): void;
  /** The peer reset an open stream. */
  onReset(stream: ServerStream): void;
  /** The peer answered a PING. */
  onPong(): void;
  /** Ends an open stream with an error. */
  reset(stream: ServerStream, code: ErrorCode): void;
  /** Sends RST_STREAM. */
  writeReset(id: number, code: ErrorCode): void;
  /** Sends WINDOW_UPDATE; stream 0 is the connection. */
  writeWindowUpdate(id: number, bytes: number): void;
}

function protocolError(message: string): ConnectionError {
  return new ConnectionError(errorCode.PROTOCOL_ERROR, message);
}

/** Reads the frames of a connection: checks them against the protocol and passes on what they mean. */
export class FrameReader implements FrameHandler {
  private readonly block = new HeaderBlock();
  private readonly idleFrames: Allowance;
  private readonly settings: Allowance;
  private settingsSeen = false;
  /** Bytes that the peer may still send on the connection. */
  private window: number = limits.connectionWindowBytes;
  /** Stream of the current DATA frame; undefined when its payload goes nowhere. */
  private dataStream: ServerStream | undefined;
  private dataEnds = false;

  constructor(
    private readonly target: FrameTarget,
    clock: Clock,
  ) {
    this.idleFrames = new Allowance(limits.idleFrames, clock);
    this.settings = new Allowance(limits.settings, clock);
  }

  /** Sends this server's SETTINGS, and opens the connection's window. */
  greet(): void {
    const settings = [
      [setting.MAX_CONCURRENT_STREAMS, limits.concurrentStreams],
      [setting.INITIAL_WINDOW_SIZE, limits.streamWindowBytes],
      [setting.MAX_HEADER_LIST_SIZE, limits.headerListBytes],
    ] as const;
    const bytes = Buffer.alloc(6 * settings.length);
    settings.forEach(([id, value], index) => {
      bytes.writeUInt16BE(id, 6 * index);
      bytes.writeUInt32BE(value, 6 * index + 2);
    });
    this.target.output.head(bytes.length, frameType.SETTINGS, frameFlag.NONE, 0);
    this.target.output.bytes(bytes);
    this.target.writeWindowUpdate(0, limits.connectionWindowBytes - DEFAULT_WINDOW_BYTES);
  }

  onDataStart(flags: number, streamId: number, length: number): void {
    this.checkOrder(frameType.DATA, flags);
    this.window -= length;
    if (this.window < 0) {
      throw new ConnectionError(errorCode.FLOW_CONTROL_ERROR, 'the window of the connection is used up');
    }
    this.dataEnds = (flags & frameFlag.END_STREAM) !== 0;
    this.dataStream = this.streamOf(streamId, errorCode.STREAM_CLOSED);
    const stream = this.dataStream;
    if (stream === undefined) {
      return;
    }
    if (stream.remoteEnded) {
      this.dataStream = undefined;
      this.target.reset(stream, errorCode.STREAM_CLOSED);
      return;
    }
    stream.receiveWindow -= length;
    if (stream.receiveWindow < 0) {
      this.dataStream = undefined;
      this.target.reset(stream, errorCode.FLOW_CONTROL_ERROR);
      return;
    }
    stream.remoteEnded = this.dataEnds;
    if (length === 0 && !this.dataEnds) {
      this.countIdle();
    }
  }

  onDataPiece(bytes: Buffer, start: number, end: number): void {
    this.dataStream?.onData(bytes, start, end);
  }

  onDataEnd(): void {
    const used = limits.connectionWindowBytes - this.window;
    if (used >= limits.connectionWindowBytes / 2) {
      this.window += used;
      this.target.writeWindowUpdate(0, used);
    }
    const stream = this.dataStream;
    if (stream !== undefined) {
      this.dataStream = undefined;
      if (this.dataEnds) {
        stream.onEnd();
      } else {
        stream.grantMore();
      }
    }
  }

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.checkOrder(type, flags);
    switch (type) {
      case frameType.DATA:
        this.onPaddedData(flags, streamId, bytes, start, end);
        break;
      case frameType.HEADERS:
        this.onHeaders(flags, streamId, bytes, start, end);
        break;
      case frameType.CONTINUATION:
        this.onContinuation(flags, streamId, bytes, start, end);
        break;
      case frameType.RST_STREAM:
        this.onReset(streamId, end - start);
        break;
      case frameType.SETTINGS:
        this.onSettings(flags, streamId, bytes, start, end);
        break;
      case frameType.PING:
        this.onPing(flags, streamId, bytes, start, end);
        break;
      case frameType.WINDOW_UPDATE:
        this.onWindowUpdate(streamId, bytes, start, end);
        break;
      case frameType.PRIORITY:
        this.onPriority(streamId, bytes, start, end);
        break;
      case frameType.GOAWAY:
        if (streamId !== 0) {
          throw protocolError('GOAWAY on a stream');
        }
        this.countIdle();
        break;
      case frameType.PUSH_PROMISE:
        throw protocolError('PUSH_PROMISE from a client');
      default:
        this.countIdle();
    }
  }

  private checkOrder(type: number, flags: number): void {
    if (!this.settingsSeen && (type !== frameType.SETTINGS || (flags & frameFlag.ACK) !== 0)) {
      throw protocolError('the first frame is not SETTINGS');
    }
    if (this.block.streamId !== 0 && type !== frameType.CONTINUATION) {
      throw protocolError('a header block is not finished');
    }
  }

  private countIdle(): void {
    if (!this.idleFrames.take()) {
      throw new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'too many frames without a use');
    }
  }

  /** The open stream `id`. For one that is over, `code` is sent, unless the peer could not know. */
  private streamOf(id: number, code: ErrorCode | undefined): ServerStream | undefined {
    const stream = this.target.streams.get(id);
    if (stream !== undefined) {
      return stream;
    }
    if (id === 0 || id % 2 === 0 || id > this.target.lastStreamId) {
      throw protocolError(`a frame for stream ${id}, which was never opened`);
    }
    this.countIdle();
    if (code !== undefined && this.target.closed.find(id) !== ending.RESET_HERE) {
      this.target.writeReset(id, code);
    }
    return undefined;
  }

  private onPaddedData(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    const last = unpad(bytes, start, end);
    this.onDataStart(flags, streamId, end - start);
    if (last > start + 1) {
      this.onDataPiece(Buffer.from(bytes.subarray(start + 1, last)), 0, last - start - 1);
    }
    this.onDataEnd();
  }

  private onHeaders(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId % 2 === 0) {
      throw protocolError(`HEADERS on stream ${streamId}`);
    }
    const padded = (flags & frameFlag.PADDED) !== 0;
    const last = padded ? unpad(bytes, start, end) : end;
    let first = padded ? start + 1 : start;
    if ((flags & frameFlag.PRIORITY) !== 0) {
      first += 5;
      if (first > last) {
        throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'HEADERS is too short');
      }
      this.checkDependency(streamId, bytes.readUInt32BE(first - 5));
    }
    if ((flags & frameFlag.END_HEADERS) === 0) {
      this.block.start(streamId, flags, bytes.subarray(first, last));
    } else {
      this.onBlock(flags, streamId, bytes, first, last);
    }
  }

  private onContinuation(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    const block = this.block.continue(streamId, flags, bytes.subarray(start, end));
    if (block !== undefined) {
      this.onBlock(this.block.flags, streamId, block, 0, block.length);
    }
  }

  private onBlock(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    const fields = this.target.decode(bytes, start, end);
    const ended = (flags & frameFlag.END_STREAM) !== 0;
    if (streamId > this.target.lastStreamId) {
      this.target.onRequest(streamId, fields, ended);
      return;
    }
    const stream = this.target.streams.get(streamId);
    if (stream === undefined) {
      this.onLateHeaders(streamId);
    } else if (stream.remoteEnded) {
      this.target.reset(stream, errorCode.STREAM_CLOSED);
    } else if (ended && RequestHeaders.areTrailers(fields)) {
      stream.onEnd();
    } else {
      this.target.reset(stream, errorCode.PROTOCOL_ERROR);
    }
  }

  private onLateHeaders(streamId: number): void {
    this.countIdle();
    switch (this.target.closed.find(streamId)) {
      case ending.RESET_HERE:
        break;
      case ending.KNOWN:
        throw new ConnectionError(errorCode.STREAM_CLOSED, `HEADERS on stream ${streamId}, which is over`);
      default:
        throw protocolError(`HEADERS on stream ${streamId}, lower than an earlier one`);
    }
  }

  private onReset(streamId: number, length: number): void {
    if (length !== 4) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'RST_STREAM has 4 bytes');
    }
    const stream = this.streamOf(streamId, undefined);
    if (stream !== undefined) {
      this.target.onReset(stream);
    }
  }

  private onSettings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) {
      throw protocolError('SETTINGS on a stream');
    }
    const isAck = (flags & frameFlag.ACK) !== 0;
    if ((end - start) % 6 !== 0 || (isAck && end > start)) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'SETTINGS has an impossible length');
    }
    if (isAck) {
      this.countIdle();
      return;
    }
    if (!this.settings.take()) {
      throw new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'too many SETTINGS');
    }
    const window = readSettings(bytes, start, end);
    // Data that a larger window lets out follows the acknowledgement.
    this.target.output.head(0, frameType.SETTINGS, frameFlag.ACK, 0);
    if (window !== undefined) {
      this.changeWindows(window);
    }
    if (!this.settingsSeen) {
      this.settingsSeen = true;
      this.target.onReady();
    }
  }

  private changeWindows(window: number): void {
    const { sender } = this.target;
    const change = window - sender.initialWindow;
    sender.initialWindow = window;
    for (const stream of [...this.target.streams.values()]) {
      this.openWindow(stream, change);
      if (stream.sendWindow > MAX_31_BITS) {
        throw new ConnectionError(errorCode.FLOW_CONTROL_ERROR, 'a window is too large');
      }
    }
  }

  private openWindow(stream: ServerStream, bytes: number): void {
    stream.sendWindow += bytes;
    if (bytes > 0 && stream.queue.length > 0) {
      this.target.sender.pump(stream);
    }
  }

  private onPing(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) {
      throw protocolError('PING on a stream');
    }
    if (end - start !== 8) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'PING has 8 bytes');
    }
    this.countIdle();
    if ((flags & frameFlag.ACK) !== 0) {
      this.target.onPong();
      return;
    }
    this.target.output.head(8, frameType.PING, frameFlag.ACK, 0);
    this.target.output.bytes(bytes, start, end);
  }

  private onWindowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'WINDOW_UPDATE has 4 bytes');
    }
    this.countIdle();
    const increment = bytes.readUInt32BE(start) & MAX_31_BITS;
    if (streamId === 0) {
      this.openConnectionWindow(increment);
      return;
    }
    const stream = this.streamOf(streamId, undefined);
    if (stream === undefined) {
      return;
    }
    if (increment === 0) {
      this.target.reset(stream, errorCode.PROTOCOL_ERROR);
    } else if (stream.sendWindow + increment > MAX_31_BITS) {
      this.target.reset(stream, errorCode.FLOW_CONTROL_ERROR);
    } else {
      this.openWindow(stream, increment);
    }
  }

  private openConnectionWindow(increment: number): void {
    const { sender } = this.target;
    if (increment === 0) {
      throw protocolError('WINDOW_UPDATE of 0');
    }
    sender.window += increment;
    if (sender.window > MAX_31_BITS) {
      throw new ConnectionError(errorCode.FLOW_CONTROL_ERROR, 'the window of the connection is too large');
    }
    sender.pumpWaiting();
  }

  private onPriority(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId === 0) {
      throw protocolError('PRIORITY without a stream');
    }
    if (end - start !== 5) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'PRIORITY has 5 bytes');
    }
    this.countIdle();
    this.checkDependency(streamId, bytes.readUInt32BE(start));
  }

  private checkDependency(streamId: number, dependency: number): void {
    if ((dependency & MAX_31_BITS) === streamId) {
      throw protocolError(`stream ${streamId} depends on itself`);
    }
  }
}

/** Where the content of a padded frame ends; it begins after the first byte. */
function unpad(bytes: Buffer, start: number, end: number): number {
  const last = end - (bytes[start] ?? 0);
  if (end === start || last < start + 1) {
    throw protocolError('more padding than payload');
  }
  return last;
}
