import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Log } from '../plugin/context';
import type { GrpcMethods } from './types';

/** Largest message read when nothing else is said. Source: the default of gRPC. */
export const DEFAULT_MAX_RECEIVE_BYTES = 4 * 1024 * 1024;

/** Certificate and limits of TLS. */
export interface ServerTls {
  /** Certificate, key, lowest version and ciphers, as `tls.createServer` takes them. */
  readonly context: SecureContextOptions;
  /**
   * Called once with what changes the certificate of new connections; returns what ends that, called when the server closes.
   * @default the certificate stays
   */
  readonly onReload?: (replace: (context: SecureContextOptions) => void) => () => void;
}

/** What a gRPC server is made from. */
export interface GrpcServerOptions {
  readonly methods: GrpcMethods;
  readonly log: Log;
  /** Port; 0 lets the system choose. */
  readonly port: number;
  /**
   * Address to listen on.
   * @default every address
   */
  readonly host?: string;
  /** @default plaintext */
  readonly tls?: ServerTls;
  /** @default 4 MiB */
  readonly maxReceiveBytes?: number;
  /** @default no limit */
  readonly maxSendBytes?: number;
}

/** Counts of a server, for metrics and tests. */
export interface GrpcServerStats {
  /** Open connections. */
  connections: number;
  /** Open calls. */
  calls: number;
  /** Calls since the start. */
  callsTotal: number;
  /** Connections that were ended because the peer broke the protocol or a limit. */
  protocolErrors: number;
}

/** A gRPC server. */
export interface GrpcServer {
  /** Starts to listen. @throws Error (rejects) when the address is taken or unknown */
  listen(): Promise<AddressInfo>;
  /** Takes no new connections and calls, lets open calls end for `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
  readonly stats: Readonly<GrpcServerStats>;
}
