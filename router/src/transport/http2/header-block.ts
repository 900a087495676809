import { limits } from './limits';
import { ConnectionError, errorCode, frameFlag } from './protocol';

/** Puts together header blocks that do not fit one frame. */
export class HeaderBlock {
  /** Stream whose block is open; 0 when none is. */
  streamId = 0;
  flags = 0;
  private pieces: Buffer[] = [];
  private bytes = 0;

  /** Starts a block with the HEADERS frame's part. */
  start(streamId: number, flags: number, piece: Buffer): void {
    this.streamId = streamId;
    this.flags = flags;
    this.pieces = [];
    this.bytes = 0;
    this.append(piece);
  }

  /** Adds the payload of a CONTINUATION frame. The whole block, when this was the last. */
  continue(streamId: number, flags: number, piece: Buffer): Buffer | undefined {
    if (this.streamId === 0 || streamId !== this.streamId) {
      throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'CONTINUATION without a header block');
    }
    this.append(piece);
    if ((flags & frameFlag.END_HEADERS) === 0) {
      return undefined;
    }
    const block = Buffer.concat(this.pieces);
    this.streamId = 0;
    this.pieces = [];
    return block;
  }

  private append(piece: Buffer): void {
    this.pieces.push(Buffer.from(piece));
    this.bytes += piece.length;
    if (this.bytes > limits.headerBlockBytes || this.pieces.length > limits.continuations) {
      throw new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'a header block is too large or comes in too many pieces');
    }
  }
}
