import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Connection, type ConnectionContext } from '../../src/transport/http2/connection';
import { frameFlag, frameType, PREFACE } from '../../src/transport/http2/protocol';
import type { GrpcMethod, GrpcStream } from '../../src/transport/types';
import { FakeClock, RecordingLog } from './context';

/** A frame as a raw peer sees it. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Bytes of a frame. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Frames of a byte sequence that ends with a whole one. */
export function parseFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    const payload = bytes.subarray(at + 9, at + 9 + length);
    frames.push({ type: bytes[at + 3]!, flags: bytes[at + 4]!, streamId: bytes.readUInt32BE(at + 5), payload });
    at += 9 + length;
  }
  return frames;
}

/** A 32-bit number. */
export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value, 4 * index);
  });
  return bytes;
}

/** One pair of SETTINGS. */
export function settingsPair(id: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([0, id]), uint32(value)]);
}

/** A gRPC message with its prefix. */
export function grpcMessage(body: Uint8Array, compressed = 0): Buffer {
  return Buffer.concat([Buffer.from([compressed]), uint32(body.length), body]);
}

/** A header block of literals that enter no table. */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
  return Buffer.concat(Object.entries(headers).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** Headers of a gRPC request. */
export const requestHeaders = { ':method': 'POST', ':scheme': 'http', ':path': '/test.Test/Call', 'content-type': 'application/grpc' };

/** A HEADERS frame that opens a gRPC call. */
export function openCall(streamId: number, extra: Readonly<Record<string, string>> = {}, flags: number = frameFlag.END_HEADERS): Buffer {
  return frame(frameType.HEADERS, flags, streamId, headerBlock({ ...requestHeaders, ...extra }));
}

/** What a client sends first. */
export function greeting(...settings: Buffer[]): Buffer {
  return Buffer.concat([PREFACE, frame(frameType.SETTINGS, 0, 0, Buffer.concat(settings))]);
}

/** What happened to the calls of a {@link RecordingCalls}, in order. */
export class RecordingCalls {
  readonly events: string[] = [];
  readonly streams: GrpcStream[] = [];
  readonly method: GrpcMethod = (stream) => {
    const number = this.streams.push(stream);
    const note = (event: string): void => {
      this.events.push(`${number} ${event}`);
    };
    note(`open ${stream.path}`);
    return {
      message: (bytes) => note(`message ${bytes.length} ${bytes.toString('latin1', 0, 16)}`),
      ended: () => note('ended'),
      drained: () => note('drained'),
      closed: () => note('closed'),
    };
  };

  /** Events of one kind. */
  of(kind: string): string[] {
    return this.events.filter((event) => event.split(' ')[1] === kind);
  }
}

/** A socket without a network: the test plays the peer. */
class FakeSocket extends Duplex {
  readonly written: Buffer[] = [];
  /** Writes that the peer has not taken. */
  private readonly held: (() => void)[] = [];
  private holding = false;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(Buffer.from(chunk));
    if (this.holding) {
      this.held.push(done);
    } else {
      done();
    }
  }

  /** The peer stops reading, or goes on. */
  hold(on: boolean): void {
    this.holding = on;
    if (!on) {
      for (const done of this.held.splice(0)) {
        done();
      }
    }
  }
}

/** A connection whose peer is the test. */
export class RawConnection {
  readonly calls = new RecordingCalls();
  readonly log = new RecordingLog();
  readonly clock = new FakeClock();
  readonly socket = new FakeSocket({ writableHighWaterMark: 64 * 1024 });
  readonly stats = { connections: 0, calls: 0, callsTotal: 0, protocolErrors: 0 };
  readonly connection: Connection;
  closed = false;

  constructor(options: Partial<ConnectionContext> = {}) {
    const context = {
      log: this.log,
      clock: this.clock,
      maxReceiveBytes: 4 * 1024 * 1024,
      maxSendBytes: Number.POSITIVE_INFINITY,
      stats: this.stats,
      method: () => this.calls.method,
      ...options,
    };
    this.connection = new Connection(this.socket as unknown as Socket, context, () => {
      this.closed = true;
    });
  }

  /** The peer's bytes arrive, each buffer as a chunk. */
  receive(...chunks: Buffer[]): void {
    for (const chunk of chunks) {
      this.socket.emit('data', chunk);
    }
  }

  /** Lets the connection write, and takes what it wrote since the last time. */
  async sent(): Promise<Frame[]> {
    for (let turn = 0; turn < 4; turn++) {
      await nextTurn();
    }
    return parseFrames(Buffer.concat(this.socket.written.splice(0)));
  }

  /** Error code of the GOAWAY that ended the connection. */
  async goAway(): Promise<number | undefined> {
    return (await this.sent()).find((sent) => sent.type === frameType.GOAWAY)?.payload.readUInt32BE(4);
  }

  /** The connection breaks. */
  async lose(): Promise<void> {
    this.socket.destroy();
    await nextTurn();
  }
}

/** A connection past its greeting. */
export async function openConnection(options: Partial<ConnectionContext> = {}, ...settings: Buffer[]): Promise<RawConnection> {
  const raw = new RawConnection(options);
  raw.receive(greeting(...settings));
  await raw.sent();
  return raw;
}

/** A TCP socket that is connected. */
export function tcp(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}
