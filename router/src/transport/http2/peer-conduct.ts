import type { Clock } from '../../plugin/clock';
import type { ServerStream } from '../grpc/server-stream';
import { Allowance } from './allowance';
import { ending } from './closed-streams';
import { type FrameTarget, protocolError } from './frame-target';
import { limits } from './limits';
import { ConnectionError, type ErrorCode, errorCode } from './protocol';

/** What every frame of a peer is measured by. */
export class PeerConduct {
  private readonly idleFrames: Allowance;

  constructor(
    private readonly target: FrameTarget,
    clock: Clock,
  ) {
    this.idleFrames = new Allowance(limits.idleFrames, clock);
  }

  /** Counts a frame that does no work for a call. @throws ConnectionError when there are too many */
  countIdle(): void {
    if (!this.idleFrames.take()) {
      throw new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'too many frames without a use');
    }
  }

  /** The open stream `id`. For one that is over, `code` is sent, unless the peer could not know. */
  streamOf(id: number, code: ErrorCode | undefined): ServerStream | undefined {
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
}
