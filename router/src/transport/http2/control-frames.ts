import type { Clock } from '../../plugin/clock';
import type { ServerStream } from '../grpc/server-stream';
import { Allowance } from './allowance';
import { type FrameTarget, protocolError } from './frame-target';
import { limits } from './limits';
import type { PeerConduct } from './peer-conduct';
import { ConnectionError, errorCode, frameFlag, frameType, MAX_31_BITS } from './protocol';
import { readSettings } from './settings';

/** Reads the frames that carry neither headers nor data. */
export class ControlFrames {
  /** The peer's first SETTINGS came. */
  settingsSeen = false;
  private readonly settings: Allowance;

  constructor(
    private readonly target: FrameTarget,
    private readonly conduct: PeerConduct,
    clock: Clock,
  ) {
    this.settings = new Allowance(limits.settings, clock);
  }

  /** RST_STREAM. */
  onReset(streamId: number, length: number): void {
    if (length !== 4) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'RST_STREAM has 4 bytes');
    }
    const stream = this.conduct.streamOf(streamId, undefined);
    if (stream !== undefined) {
      this.target.onReset(stream);
    }
  }

  /** SETTINGS. */
  onSettings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) {
      throw protocolError('SETTINGS on a stream');
    }
    const isAck = (flags & frameFlag.ACK) !== 0;
    if ((end - start) % 6 !== 0 || (isAck && end > start)) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'SETTINGS has an impossible length');
    }
    if (isAck) {
      this.conduct.countIdle();
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

  /** PING. */
  onPing(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) {
      throw protocolError('PING on a stream');
    }
    if (end - start !== 8) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'PING has 8 bytes');
    }
    this.conduct.countIdle();
    if ((flags & frameFlag.ACK) !== 0) {
      this.target.onPong();
      return;
    }
    this.target.output.head(8, frameType.PING, frameFlag.ACK, 0);
    this.target.output.bytes(bytes, start, end);
  }

  /** WINDOW_UPDATE. */
  onWindowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'WINDOW_UPDATE has 4 bytes');
    }
    this.conduct.countIdle();
    const increment = bytes.readUInt32BE(start) & MAX_31_BITS;
    if (streamId === 0) {
      this.openConnectionWindow(increment);
      return;
    }
    const stream = this.conduct.streamOf(streamId, undefined);
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

  /** PRIORITY, which is checked and ignored. */
  onPriority(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId === 0) {
      throw protocolError('PRIORITY without a stream');
    }
    if (end - start !== 5) {
      throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'PRIORITY has 5 bytes');
    }
    this.conduct.countIdle();
    this.checkDependency(streamId, bytes.readUInt32BE(start));
  }

  /** A stream must not depend on itself, even where priorities are ignored. */
  checkDependency(streamId: number, dependency: number): void {
    if ((dependency & MAX_31_BITS) === streamId) {
      throw protocolError(`stream ${streamId} depends on itself`);
    }
  }
}
