/**
 * Limits of one connection. They are far above what Envoy and gRPC clients do, and keep what one peer can make the server hold or
 * do within bounds.
 */
export const limits = {
  /** Bytes that a peer may send ahead on one stream; a prompt of usual size needs no WINDOW_UPDATE then. */
  streamWindowBytes: 1024 * 1024,
  /** Bytes that a peer may send ahead on one connection. */
  connectionWindowBytes: 8 * 1024 * 1024,
  /**
   * Open calls of a connection. An answer may take minutes, and Envoy holds one stream per request, so thousands are normal; Envoy
   * opens a further connection when they are used up.
   */
  concurrentStreams: 4096,
  /** Headers of one call, unpacked, as RFC 9113 counts them (32 bytes extra for each). */
  headerListBytes: 64 * 1024,
  /** Headers of one call as sent. */
  headerBlockBytes: 64 * 1024,
  /** CONTINUATION frames of one block; full ones would need four. */
  continuations: 16,
  /** Bytes handed to the socket in one turn of the event loop, and still unsent, before calls have to wait. */
  turnBytes: 256 * 1024,
  /** Unsent bytes from which on nothing is read from the peer: only answers to its own control frames can pile up so far. */
  unsentBytes: 1024 * 1024,
  /** Bytes that a call may queue before `send` says that the peer reads slowly. */
  streamQueueBytes: 64 * 1024,
  /** Bytes that all calls of a connection may queue together; the call that goes above is reset. */
  connectionQueueBytes: 64 * 1024 * 1024,
  /** Time for the peer's preface and SETTINGS. */
  prefaceMs: 10_000,
  /** Time that a peer may leave the socket full before the connection is cut. */
  stallMs: 60_000,
  /** Time between the last GOAWAY and cutting the connection when the peer does not close it. */
  goodbyeMs: 1000,
  /**
   * Frames that do no work for a call: PING, PRIORITY, WINDOW_UPDATE, empty DATA, frames on closed streams. A Go client
   * that probes the path over loopback sends thousands of PINGs in a second.
   */
  idleFrames: { burst: 100_000, perSecond: 100_000 },
  /** SETTINGS of a peer after its first: each may change the window of every stream. */
  settings: { burst: 100, perSecond: 10 },
  /**
   * Streams that were refused, were malformed, or that the peer reset before an answer began. All open calls of a connection may be
   * cancelled at once (a client behind Envoy goes away); a peer that goes on doing so is cut.
   */
  earlyResets: { burst: 10_000, perSecond: 500 },
} as const;
