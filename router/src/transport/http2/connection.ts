import type { Socket } from 'node:net';
import type { Clock } from '../../plugin/clock';
import type { Log } from '../../plugin/context';
import { httpStatus } from '../grpc/response-headers';
import { ServerStream, type StreamOwner } from '../grpc/server-stream';
import type { GrpcServerStats } from '../options';
import type { GrpcMethod } from '../types';
import { Allowance } from './allowance';
import { ClosedStreams } from './closed-streams';
import { FrameParser } from './frame-parser';
import { FrameReader } from './frame-reader';
import type { FrameTarget } from './frame-target';
import type { HeaderField } from './header-field';
import { HpackDecoder } from './hpack-decoder';
import { limits } from './limits';
import { Output, type OutputOwner } from './output';
import { ConnectionError, type ErrorCode, errorCode, frameFlag, frameType, MAX_31_BITS } from './protocol';
import { RequestHeaders } from './request-headers';
import { Sender } from './sender';

/** What the connections of a server share. */
export interface ConnectionContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly maxReceiveBytes: number;
  readonly maxSendBytes: number;
  readonly stats: GrpcServerStats;
  /** The method of a path; it answers unknown ones too. */
  method(path: string): GrpcMethod;
}

const methodNotAllowed = httpStatus(405);
const unsupportedMediaType = httpStatus(415);

/** Where a connection stands in its shutdown. */
const phase = { OPEN: 0, ANNOUNCED: 1, DRAINING: 2, OVER: 3 } as const;

/** The server's side of one HTTP/2 connection. */
export class Connection implements StreamOwner, OutputOwner, FrameTarget {
  readonly output: Output;
  readonly sender: Sender;
  readonly log: Log;
  readonly maxReceiveBytes: number;
  readonly maxSendBytes: number;
  readonly streams = new Map<number, ServerStream>();
  readonly closed = new ClosedStreams();
  lastStreamId = 0;
  private readonly parser: FrameParser;
  private readonly decoder = new HpackDecoder(limits.headerListBytes);
  private readonly earlyResets: Allowance;
  /** Streams whose calls have not heard of their end yet. */
  private ended: ServerStream[] = [];
  private phase: number = phase.OPEN;
  private lastAccepted = MAX_31_BITS;
  private readingPaused = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly context: ConnectionContext,
    private readonly onClosed: () => void,
  ) {
    this.log = context.log;
    this.maxReceiveBytes = context.maxReceiveBytes;
    this.maxSendBytes = context.maxSendBytes;
    this.output = new Output(socket, this);
    this.sender = new Sender(this.output);
    this.earlyResets = new Allowance(limits.earlyResets, context.clock);
    const reader = new FrameReader(this, context.clock);
    this.parser = new FrameParser(reader);
    context.stats.connections++;
    this.startTimer(limits.prefaceMs, 'no HTTP/2 preface came');
    reader.greet();
    socket.on('data', (chunk: Buffer) => this.onChunk(chunk));
    socket.on('error', (error) => this.log.debug({ err: error }, 'a gRPC connection broke'));
    socket.on('close', () => this.onSocketClosed());
  }

  /** The peer's first SETTINGS came. */
  onReady(): void {
    this.stopTimer();
  }

  /** Takes no new calls, and closes when the open ones are over. */
  shutdown(): void {
    if (this.phase === phase.OPEN) {
      this.phase = phase.ANNOUNCED;
      this.writeGoAway(MAX_31_BITS, errorCode.NO_ERROR, '');
      // Calls that are on their way arrive before the answer to this.
      this.output.head(8, frameType.PING, frameFlag.NONE, 0);
      this.output.uint32(0);
      this.output.uint32(0);
    }
  }

  /** The peer answered a PING. */
  onPong(): void {
    if (this.phase === phase.ANNOUNCED) {
      this.phase = phase.DRAINING;
      this.lastAccepted = this.lastStreamId;
      this.writeGoAway(this.lastStreamId, errorCode.NO_ERROR, '');
      this.endIfDrained();
    }
  }

  /** A whole header block of a new stream. */
  onRequest(id: number, fields: readonly HeaderField[], ended: boolean): void {
    this.lastStreamId = id;
    if (id > this.lastAccepted) {
      // Too late; the last GOAWAY said so.
      this.closed.add(id, true);
    } else if (this.decoder.overflowed) {
      this.refuse(id, errorCode.ENHANCE_YOUR_CALM);
    } else if (this.streams.size >= limits.concurrentStreams) {
      this.refuse(id, errorCode.REFUSED_STREAM);
    } else {
      const headers = RequestHeaders.of(fields);
      if (headers === undefined) {
        this.refuse(id, errorCode.PROTOCOL_ERROR);
      } else {
        this.open(id, headers, ended);
      }
    }
  }

  decode(bytes: Buffer, start: number, end: number): HeaderField[] {
    return this.decoder.decode(bytes, start, end);
  }

  /** The peer reset a stream. */
  onReset(stream: ServerStream): void {
    if (!stream.answered) {
      this.countEarlyReset();
    }
    this.forget(stream, false);
    stream.notifyClosed();
  }

  reset(stream: ServerStream, code: ErrorCode): void {
    this.writeReset(stream.id, code);
    this.forget(stream, true);
    this.ended.push(stream);
  }

  release(stream: ServerStream): void {
    this.forget(stream, false);
    this.ended.push(stream);
    this.output.schedule();
  }

  grant(stream: ServerStream, bytes: number): void {
    this.writeWindowUpdate(stream.id, bytes);
  }

  writeWindowUpdate(id: number, bytes: number): void {
    this.output.head(4, frameType.WINDOW_UPDATE, frameFlag.NONE, id);
    this.output.uint32(bytes);
  }

  writeReset(id: number, code: ErrorCode): void {
    this.output.head(4, frameType.RST_STREAM, frameFlag.NONE, id);
    this.output.uint32(code);
  }

  onTurnEnd(): void {
    while (this.ended.length > 0) {
      const { ended } = this;
      this.ended = [];
      for (const stream of ended) {
        stream.notifyClosed();
      }
    }
    this.endIfDrained();
  }

  onWritable(): void {
    if (this.phase !== phase.OVER) {
      this.sender.pumpWaiting();
    }
    if (this.readingPaused) {
      this.readingPaused = false;
      this.socket.resume();
    }
  }

  private onChunk(chunk: Buffer): void {
    if (this.phase === phase.OVER) {
      return;
    }
    try {
      this.parser.push(chunk);
    } catch (error) {
      this.fail(error);
    }
    if (this.output.unsent > limits.unsentBytes) {
      this.readingPaused = true;
      this.socket.pause();
      this.output.schedule();
    }
  }

  private open(id: number, headers: RequestHeaders, ended: boolean): void {
    const stream = new ServerStream(id, headers, this);
    this.streams.set(id, stream);
    this.context.stats.calls++;
    this.context.stats.callsTotal++;
    stream.remoteEnded = ended;
    if (headers.method !== 'POST') {
      stream.refuse(methodNotAllowed);
      return;
    }
    if (!(headers.get('content-type') ?? '').startsWith('application/grpc')) {
      stream.refuse(unsupportedMediaType);
      return;
    }
    stream.start(this.context.method(headers.path));
    if (ended) {
      stream.onEnd();
    }
  }

  private forget(stream: ServerStream, resetHere: boolean): void {
    this.closed.add(stream.id, resetHere);
    this.streams.delete(stream.id);
    stream.abandon();
    this.context.stats.calls--;
  }

  private refuse(id: number, code: ErrorCode): void {
    this.closed.add(id, true);
    this.writeReset(id, code);
    this.countEarlyReset();
  }

  private countEarlyReset(): void {
    if (!this.earlyResets.take()) {
      throw new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'too many streams were reset before an answer began');
    }
  }

  private endIfDrained(): void {
    if (this.phase === phase.DRAINING && this.streams.size === 0) {
      this.end();
    }
  }

  private fail(error: unknown): void {
    this.context.stats.protocolErrors++;
    if (error instanceof ConnectionError) {
      this.log.debug({ code: error.code, reason: error.message }, 'a gRPC peer broke the protocol or a limit');
      this.writeGoAway(this.lastStreamId, error.code, error.message);
    } else {
      this.log.error({ err: error }, 'a gRPC connection failed');
      this.writeGoAway(this.lastStreamId, errorCode.INTERNAL_ERROR, '');
    }
    this.end();
    this.closeStreams();
  }

  private end(): void {
    this.phase = phase.OVER;
    this.stopTimer();
    this.startTimer(limits.goodbyeMs, 'the peer did not close the connection');
    // The flush that may be under way comes first.
    setImmediate(() => {
      this.output.flush();
      this.socket.end();
    });
  }

  private writeGoAway(lastStreamId: number, code: ErrorCode, reason: string): void {
    const text = Buffer.from(reason, 'latin1');
    this.output.head(8 + text.length, frameType.GOAWAY, frameFlag.NONE, 0);
    this.output.uint32(lastStreamId);
    this.output.uint32(code);
    this.output.bytes(text);
  }

  private closeStreams(): void {
    for (const stream of [...this.streams.values()]) {
      this.forget(stream, true);
      this.ended.push(stream);
    }
    this.onTurnEnd();
  }

  private onSocketClosed(): void {
    this.phase = phase.OVER;
    this.stopTimer();
    this.closeStreams();
    this.context.stats.connections--;
    this.onClosed();
  }

  private startTimer(ms: number, reason: string): void {
    this.timer = setTimeout(() => {
      this.log.debug({}, `a gRPC connection is cut: ${reason}`);
      this.socket.destroy();
    }, ms);
    this.timer.unref();
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
