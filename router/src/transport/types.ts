/** gRPC status codes that the router uses. Source: the gRPC protocol over HTTP/2. */
export const grpcStatus = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

/** Number of a gRPC status. */
export type GrpcStatus = (typeof grpcStatus)[keyof typeof grpcStatus];

/** The server's side of one gRPC call. */
export interface GrpcStream {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** A request header (gRPC metadata) by lower-case name. */
  header(name: string): string | undefined;
  /**
   * Sends a message, given as pieces that stand one after the other. False when the peer reads slowly: wait for `drained`. Pieces are not
   * copied where that is dearer, so they must not change afterwards. Once the call is over, nothing happens, and the answer is true.
   */
  send(...pieces: Uint8Array[]): boolean;
  /** Ends the call with trailers. Later calls of `send` and `finish` do nothing. */
  finish(status: GrpcStatus, message?: string): void;
  /** Stops reading from the peer, within one flow-control window. */
  pause(): void;
  resume(): void;
}

/** What the transport tells about a call. No method is called after `closed`. */
export interface GrpcCall {
  /** A whole message, uncompressed. The memory is the receiver's: it is not reused. */
  message(bytes: Buffer): void;
  /** The peer will send no more (half-close). */
  ended(): void;
  /** The peer's window is open again after `send` returned false. */
  drained?(): void;
  /** Exactly once, whatever ended the call: finished, reset by the peer (Envoy does so after every request), or lost connection. */
  closed(): void;
}

/** Answers calls of one method. */
export type GrpcMethod = (stream: GrpcStream) => GrpcCall;

/** Methods by path. */
export type GrpcMethods = Readonly<Record<string, GrpcMethod>>;
