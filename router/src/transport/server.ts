import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { type Clock, systemClock } from '../plugin/clock';
import { Connection, type ConnectionContext } from './http2/connection';
import { DEFAULT_MAX_RECEIVE_BYTES, type GrpcServer, type GrpcServerOptions, type GrpcServerStats } from './options';
import { type GrpcMethod, grpcStatus } from './types';

/** Unsent bytes from which on a socket counts as full. */
const SOCKET_BUFFER_BYTES = 256 * 1024;

/** A peer that vanished without a word is noticed by TCP after this time without traffic. */
const KEEP_ALIVE_MS = 60_000;

/** Time for a TLS handshake. */
const HANDSHAKE_MS = 10_000;

const unknownMethod: GrpcMethod = (stream) => {
  stream.finish(grpcStatus.UNIMPLEMENTED, `unknown method ${stream.path}`);
  return { message() {}, ended() {}, closed() {} };
};

class OwnServer implements GrpcServer {
  readonly stats: GrpcServerStats = { connections: 0, calls: 0, callsTotal: 0, protocolErrors: 0 };
  private readonly connections = new Set<Connection>();
  /** Every socket, also those whose TLS handshake is under way. */
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private readonly context: ConnectionContext;

  constructor(
    private readonly options: GrpcServerOptions,
    clock: Clock,
  ) {
    const methods = new Map(Object.entries(options.methods));
    this.context = {
      log: options.log,
      clock,
      maxReceiveBytes: options.maxReceiveBytes ?? DEFAULT_MAX_RECEIVE_BYTES,
      maxSendBytes: options.maxSendBytes ?? Number.POSITIVE_INFINITY,
      stats: this.stats,
      method: (path) => methods.get(path) ?? unknownMethod,
    };
    this.server = this.createServer();
  }

  listen(): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.options.port, this.options.host, () => {
        this.server.off('error', reject);
        this.server.on('error', (error) => this.options.log.error({ err: error }, 'the gRPC server failed to accept a connection'));
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of this.connections) {
      connection.shutdown();
    }
    const cut = setTimeout(() => {
      for (const socket of this.sockets) {
        socket.destroy();
      }
    }, graceMs);
    await closed;
    clearTimeout(cut);
    // The server is closed before the last sockets say so, and calls hear of it from them.
    while (this.connections.size > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private createServer(): Server {
    const server = this.createPlainOrTlsServer();
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    return server;
  }

  private createPlainOrTlsServer(): Server {
    const { tls } = this.options;
    const sockets = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, highWaterMark: SOCKET_BUFFER_BYTES };
    if (tls === undefined) {
      return createServer(sockets, (socket) => this.accept(socket));
    }
    const server: TlsServer = createTlsServer(
      { ...sockets, ...tls.context, ALPNProtocols: ['h2'], handshakeTimeout: HANDSHAKE_MS },
      (socket) => this.accept(socket),
    );
    server.on('tlsClientError', (error) => this.options.log.debug({ err: error }, 'a TLS handshake failed'));
    const stop = tls.onReload?.((context) => server.setSecureContext(context));
    server.on('close', () => stop?.());
    return server;
  }

  private accept(socket: Socket): void {
    const connection: Connection = new Connection(socket, this.context, () => this.connections.delete(connection));
    this.connections.add(connection);
  }
}

/** Makes a gRPC server; it listens when `listen` is called. */
export function createGrpcServer(options: GrpcServerOptions, clock: Clock = systemClock): GrpcServer {
  return new OwnServer(options, clock);
}
