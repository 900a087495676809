/** What a client sends first. Source: RFC 9113, section 3.4. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Bytes of a frame's head. */
export const FRAME_HEAD_BYTES = 9;

/** Largest frame payload that both sides may send unless the other allows more; this server neither allows nor sends more. */
export const MAX_FRAME_BYTES = 16_384;

/** Window of a connection and of a stream before anybody says otherwise. */
export const DEFAULT_WINDOW_BYTES = 65_535;

/** Largest window and stream number. */
export const MAX_31_BITS = 0x7fff_ffff;

/** Frame types. */
export const frameType = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

/** Flags of frames; ACK belongs to SETTINGS and PING, END_STREAM to DATA and HEADERS. */
export const frameFlag = { NONE: 0, ACK: 1, END_STREAM: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 } as const;

/** Settings by number. */
export const setting = {
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

/** Error codes of RST_STREAM and GOAWAY. */
export const errorCode = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const;

/** Number of an error. */
export type ErrorCode = (typeof errorCode)[keyof typeof errorCode];

/** The peer broke the protocol or a limit in a way that ends the connection. */
export class ConnectionError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}
