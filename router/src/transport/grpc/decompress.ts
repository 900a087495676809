import { gunzipSync } from 'node:zlib';
import { type GrpcStatus, grpcStatus } from '../types';

/** Codings of messages that the server reads, as `grpc-accept-encoding` says them. */
export const acceptedEncodings = 'identity,gzip';

/** A message that cannot be read; the call ends with `status`. */
export class MessageError extends Error {
  constructor(
    readonly status: GrpcStatus,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Unpacks a compressed message. The result is never larger than `maxBytes`, however well the input was compressed.
 * @throws MessageError for an unknown coding, broken data or too large a message
 */
export function decompress(encoding: string | undefined, bytes: Buffer, maxBytes: number): Buffer {
  if (encoding === undefined || encoding === 'identity') {
    throw new MessageError(grpcStatus.INTERNAL, 'a message is marked as compressed, but grpc-encoding names no coding');
  }
  if (encoding !== 'gzip') {
    throw new MessageError(grpcStatus.UNIMPLEMENTED, `grpc-encoding ${encoding} is not supported, only ${acceptedEncodings}`);
  }
  if (maxBytes === 0) {
    throw tooLarge('more than 0', maxBytes);
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge('more after unpacking', maxBytes);
    }
    throw new MessageError(grpcStatus.INTERNAL, `gzip: ${(error as Error).message}`);
  }
}

/** What a message above the limit is answered with. */
export function tooLarge(size: number | string, maxBytes: number): MessageError {
  return new MessageError(grpcStatus.RESOURCE_EXHAUSTED, `received message is larger than the limit (${size} against ${maxBytes} bytes)`);
}
