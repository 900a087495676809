import { type GrpcStatus, grpcStatus } from '../types';
import { acceptedEncodings } from './decompress';
import { encodeStatusMessage } from './status-message';

/** Static-table fields as header blocks name them. Source: RFC 7541, appendix A and section 6. */
const STATUS_200 = 0x88;
const STATUS_NAME = 0x08;
const CONTENT_TYPE_NAME = [0x0f, 0x10];
const NEW_NAME = 0x00;

/** Keeps the trailers within one frame, even if each character takes three. */
const MAX_MESSAGE_CHARACTERS = 4096;

/** A string as header blocks hold it, not Huffman-coded. */
function text(value: string): number[] {
  const bytes = [...Buffer.from(value, 'latin1')];
  if (bytes.length < 0x7f) {
    return [bytes.length, ...bytes];
  }
  const length = [0x7f];
  let rest = bytes.length - 0x7f;
  while (rest >= 0x80) {
    length.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  return [...length, rest, ...bytes];
}

function literal(name: string, value: string): number[] {
  return [NEW_NAME, ...text(name), ...text(value)];
}

/** Headers before the first message. Nothing enters the peer's table, so one block serves every connection. */
export const responseHeaders = Buffer.from([STATUS_200, ...CONTENT_TYPE_NAME, ...text('application/grpc')]);

const okTrailers = Buffer.from(literal('grpc-status', String(grpcStatus.OK)));

/** What stands after the last message. */
export function trailers(status: GrpcStatus, message: string | undefined): Buffer {
  if (status === grpcStatus.OK) {
    return okTrailers;
  }
  const block = literal('grpc-status', String(status));
  if (message !== undefined && message !== '') {
    block.push(...literal('grpc-message', encodeStatusMessage(message.slice(0, MAX_MESSAGE_CHARACTERS))));
  }
  if (status === grpcStatus.UNIMPLEMENTED) {
    block.push(...literal('grpc-accept-encoding', acceptedEncodings));
  }
  return Buffer.from(block);
}

/** Answer to a request that is not gRPC: an HTTP status and nothing else. */
export function httpStatus(status: number): Buffer {
  return Buffer.from([STATUS_NAME, ...text(String(status))]);
}
