import type { SecureServerOptions } from 'node:http2';
import { createSecureServer, createServer, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { acceptedEncodings, MessageError } from './grpc/decompress';
import { MESSAGE_PREFIX_BYTES, MessageReader } from './grpc/message-reader';
import { encodeStatusMessage } from './grpc/status-message';
import { DEFAULT_MAX_RECEIVE_BYTES, type GrpcServer, type GrpcServerOptions } from './options';
import { type GrpcCall, type GrpcStatus, type GrpcStream, grpcStatus } from './types';

class NodeStream implements GrpcStream {
  call: GrpcCall | undefined;
  readonly path: string;
  private readonly reader: MessageReader;
  private over = false;
  private waiting = false;
  private trailers: Record<string, string> = {};

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly headers: IncomingHttpHeaders,
    private readonly options: GrpcServerOptions,
  ) {
    this.path = headers[':path'] ?? '';
    const encoding = this.header('grpc-encoding');
    this.reader = new MessageReader(this, encoding, options.maxReceiveBytes ?? DEFAULT_MAX_RECEIVE_BYTES);
    stream.on('wantTrailers', () => stream.sendTrailers(this.trailers));
    stream.on('error', () => {});
    stream.on('drain', () => {
      this.waiting = false;
      if (!this.over) {
        this.call?.drained?.();
      }
    });
    stream.on('data', (chunk: Buffer) => this.onData(chunk));
    stream.on('end', () => this.onEnd());
  }

  header(name: string): string | undefined {
    const value = this.headers[name];
    return Array.isArray(value) ? value.join(',') : value;
  }

  send(...pieces: Uint8Array[]): boolean {
    if (this.over || this.stream.destroyed) {
      return true;
    }
    let length = 0;
    for (const piece of pieces) {
      length += piece.length;
    }
    if (length > (this.options.maxSendBytes ?? Number.POSITIVE_INFINITY)) {
      this.finish(grpcStatus.RESOURCE_EXHAUSTED, `message to send is larger than the limit (${length} bytes)`);
      return true;
    }
    this.respond();
    const message = Buffer.allocUnsafe(MESSAGE_PREFIX_BYTES + length);
    message[0] = 0;
    message.writeUInt32BE(length, 1);
    let position = MESSAGE_PREFIX_BYTES;
    for (const piece of pieces) {
      message.set(piece, position);
      position += piece.length;
    }
    this.waiting = !this.stream.write(message);
    return !this.waiting;
  }

  finish(status: GrpcStatus, message?: string): void {
    if (this.over || this.stream.destroyed) {
      return;
    }
    this.over = true;
    this.trailers = { 'grpc-status': String(status) };
    if (message !== undefined && message !== '') {
      this.trailers['grpc-message'] = encodeStatusMessage(message);
    }
    this.respond();
    this.stream.end();
    this.stream.resume();
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  onMessage(bytes: Buffer): void {
    if (!this.over) {
      this.call?.message(bytes);
    }
  }

  private respond(): void {
    if (!this.stream.headersSent) {
      const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-accept-encoding': acceptedEncodings };
      this.stream.respond(headers, { waitForTrailers: true });
    }
  }

  private onData(chunk: Buffer): void {
    try {
      if (!this.over) {
        this.reader.read(chunk, 0, chunk.length);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private onEnd(): void {
    if (this.over) {
      return;
    }
    if (!this.reader.atBoundary) {
      this.finish(grpcStatus.INTERNAL, 'the stream ended inside a message');
      return;
    }
    this.call?.ended();
  }

  private fail(error: unknown): void {
    if (error instanceof MessageError) {
      this.finish(error.status, error.message);
    } else {
      this.options.log.error({ err: error, path: this.path }, 'a gRPC call failed');
      this.finish(grpcStatus.INTERNAL, 'internal error');
    }
  }
}

/** Makes a gRPC server; it listens when `listen` is called. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const stats = { connections: 0, calls: 0, callsTotal: 0, protocolErrors: 0 };
  const sessions = new Set<Http2Session>();
  const settings = { initialWindowSize: 1024 * 1024, maxConcurrentStreams: 4096 };
  const secure: SecureServerOptions = { ...options.tls?.context, settings };
  const server = options.tls === undefined ? createServer({ settings }) : createSecureServer(secure);
  options.tls?.onReload?.((context) => (server as unknown as TlsServer).setSecureContext(context));
  server.on('connection', (socket: Socket) => socket.setNoDelay(true));
  server.on('session', (session) => {
    stats.connections++;
    sessions.add(session);
    session.setLocalWindowSize(8 * 1024 * 1024);
    session.on('error', () => stats.protocolErrors++);
    session.on('close', () => {
      stats.connections--;
      sessions.delete(session);
    });
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stats.calls++;
    stats.callsTotal++;
    const grpc = new NodeStream(stream, headers, options);
    stream.on('close', () => {
      stats.calls--;
      grpc.call?.closed();
    });
    const method = options.methods[grpc.path];
    if (method === undefined) {
      grpc.finish(grpcStatus.UNIMPLEMENTED, `unknown method ${grpc.path}`);
      return;
    }
    grpc.call = method(grpc);
  });
  return {
    stats,
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    close: (graceMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => {
          for (const session of sessions) {
            session.destroy();
          }
        }, graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        for (const session of sessions) {
          session.close();
        }
      }),
  };
}
