import type { ServerStream } from '../grpc/server-stream';
import type { ClosedStreams } from './closed-streams';
import type { HeaderField } from './header-field';
import type { Output } from './output';
import { ConnectionError, type ErrorCode, errorCode } from './protocol';
import type { Sender } from './sender';

/** The connection whose frames are read. */
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

/** What a frame that the protocol forbids is answered with. */
export function protocolError(message: string): ConnectionError {
  return new ConnectionError(errorCode.PROTOCOL_ERROR, message);
}
