import type { Clock } from '../../plugin/clock';
import type { ServerStream } from '../grpc/server-stream';
import { ending } from './closed-streams';
import { ControlFrames } from './control-frames';
import type { FrameHandler } from './frame-parser';
import { type FrameTarget, protocolError } from './frame-target';
import { HeaderBlock } from './header-block';
import { limits } from './limits';
import { PeerConduct } from './peer-conduct';
import { ConnectionError, DEFAULT_WINDOW_BYTES, errorCode, frameFlag, frameType, setting } from './protocol';
import { RequestHeaders } from './request-headers';

/** Reads the frames of a connection: checks them against the protocol and passes on what they mean. */
export class FrameReader implements FrameHandler {
  private readonly block = new HeaderBlock();
  private readonly conduct: PeerConduct;
  private readonly control: ControlFrames;
  /** Bytes that the peer may still send on the connection. */
  private window: number = limits.connectionWindowBytes;
  /** Stream of the current DATA frame; undefined when its payload goes nowhere. */
  private dataStream: ServerStream | undefined;
  private dataEnds = false;

  constructor(
    private readonly target: FrameTarget,
    clock: Clock,
  ) {
    this.conduct = new PeerConduct(target, clock);
    this.control = new ControlFrames(target, this.conduct, clock);
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
    this.dataStream = this.conduct.streamOf(streamId, errorCode.STREAM_CLOSED);
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
      this.conduct.countIdle();
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
        this.control.onReset(streamId, end - start);
        break;
      case frameType.SETTINGS:
        this.control.onSettings(flags, streamId, bytes, start, end);
        break;
      case frameType.PING:
        this.control.onPing(flags, streamId, bytes, start, end);
        break;
      case frameType.WINDOW_UPDATE:
        this.control.onWindowUpdate(streamId, bytes, start, end);
        break;
      case frameType.PRIORITY:
        this.control.onPriority(streamId, bytes, start, end);
        break;
      case frameType.GOAWAY:
        if (streamId !== 0) {
          throw protocolError('GOAWAY on a stream');
        }
        this.conduct.countIdle();
        break;
      case frameType.PUSH_PROMISE:
        throw protocolError('PUSH_PROMISE from a client');
      default:
        this.conduct.countIdle();
    }
  }

  private checkOrder(type: number, flags: number): void {
    if (!this.control.settingsSeen && (type !== frameType.SETTINGS || (flags & frameFlag.ACK) !== 0)) {
      throw protocolError('the first frame is not SETTINGS');
    }
    if (this.block.streamId !== 0 && type !== frameType.CONTINUATION) {
      throw protocolError('a header block is not finished');
    }
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
      this.control.checkDependency(streamId, bytes.readUInt32BE(first - 5));
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
    this.conduct.countIdle();
    switch (this.target.closed.find(streamId)) {
      case ending.RESET_HERE:
        break;
      case ending.KNOWN:
        throw new ConnectionError(errorCode.STREAM_CLOSED, `HEADERS on stream ${streamId}, which is over`);
      default:
        throw protocolError(`HEADERS on stream ${streamId}, lower than an earlier one`);
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
