import { type ErrorCode, httpStatus } from '../plugin/errors';
import { DESTINATION, DESTINATION_NAMESPACE, DESTINATION_SCORES, DROPPED_REASON } from '../request-control/header-names';
import type { HeaderBlock } from './header-block';
import { writeHeader } from './header-block';
import { ReverseWriter, varintSize, writeVarint } from './reverse-writer';
import { writeField, writeNumber, writeObject, writeStruct, writeText } from './struct-codec';

/** Field numbers of `ProcessingResponse`. */
const response = { requestHeaders: 1, responseHeaders: 2, requestBody: 3, responseBody: 4, immediate: 7, dynamicMetadata: 8 } as const;

/** Longest piece of a body in one message, in bytes. Source: llm-d-router v0.10.0, `pkg/common/envoy`. */
export const BODY_PIECE = 62_000;

// One message is written at a time, so one writer serves all of them.
const out = new ReverseWriter();

/** What the answer to the request's headers says. */
export interface RequestHeadersAnswer {
  /** `ip:port`, several joined by commas. */
  readonly destination: string;
  /** Length of the body that follows; 0 when there is none. */
  readonly contentLength: number;
  /**
   * Scores by endpoint for the metadata.
   * @default - none are told
   */
  readonly scores?: ReadonlyMap<string, number>;
}

/** Encodes the answer to the request's headers: where to send the request. */
export function requestHeadersResponse(headers: HeaderBlock, echo: boolean, answer: RequestHeadersAnswer): Buffer {
  out.reset();
  const { destination, scores } = answer;
  writeField(out, DESTINATION_NAMESPACE, () =>
    writeObject(out, () => {
      if (scores !== undefined && scores.size > 0) {
        writeField(out, DESTINATION_SCORES, () =>
          writeObject(out, () => {
            for (const [host, score] of scores) writeField(out, host, () => writeNumber(out, score));
          }),
        );
      }
      writeField(out, DESTINATION, () => writeText(out, destination));
    }),
  );
  out.wrap(response.dynamicMetadata, 0);
  const before = out.size;
  out.byte(1);
  out.byte(5 << 3); // clear_route_cache
  const mutation = out.size;
  headers.writeRemoved(out, true, DESTINATION);
  headers.writeSet(out, echo);
  if (answer.contentLength > 0) writeHeader(out, 'Content-Length', String(answer.contentLength));
  writeHeader(out, DESTINATION, destination);
  out.wrap(2, mutation);
  out.wrap(1, before);
  out.wrap(response.requestHeaders, before);
  return out.take();
}

/** Encodes the answer to the response's headers. */
export function responseHeadersResponse(headers: HeaderBlock, echo: boolean): Buffer {
  out.reset();
  headers.writeRemoved(out, false, '');
  headers.writeSet(out, echo);
  // For debugging only: shows that the answer passed through the router.
  writeHeader(out, 'x-went-into-resp-headers', 'true');
  out.wrap(2, 0);
  out.wrap(1, 0);
  out.wrap(response.responseHeaders, 0);
  return out.take();
}

/** The answer to the response's trailers, which says nothing. */
export const responseTrailersResponse: Buffer = Buffer.from([(6 << 3) | 2, 0]);

/** An encoded dynamic metadata field, to be put before a body message. */
export function metadataField(metadata: ReadonlyMap<string, Record<string, unknown>>): Buffer | undefined {
  if (metadata.size === 0) return undefined;
  out.reset();
  for (const [namespace, fields] of [...metadata].reverse()) {
    writeField(out, namespace, () => writeObject(out, () => writeStruct(out, fields)));
  }
  out.wrap(response.dynamicMetadata, 0);
  return out.take();
}

/** Takes the pieces of a message; false when the receiver is slow. */
export type Send = (...pieces: Uint8Array[]) => boolean;

/** Direction of a body. */
export type Direction = 'request' | 'response';

const fieldOf = { request: response.requestBody, response: response.responseBody } as const;

/**
 * Sends a body in messages of at most 62,000 bytes, of which the last one says that it is the end if `end` is true. The body itself is not
 * copied. An empty body is one message.
 */
export function sendBody(send: Send, direction: Direction, body: Buffer, end: boolean, metadata?: Buffer): void {
  const field = fieldOf[direction];
  let start = 0;
  for (; body.length - start > BODY_PIECE; start += BODY_PIECE) {
    send(bodyPrefix(field, BODY_PIECE, false), body.subarray(start, start + BODY_PIECE));
  }
  const rest = start === 0 ? body : body.subarray(start);
  const prefix = bodyPrefix(field, rest.length, end);
  const whole = metadata === undefined ? prefix : Buffer.concat([metadata, prefix]);
  if (rest.length === 0) send(whole);
  else send(whole, rest);
}

/** All of a body message but the body, which stands at the end: the order of fields is free in protobuf. */
function bodyPrefix(field: number, length: number, end: boolean): Buffer {
  const eos = end ? 2 : 0;
  const data = length === 0 ? 0 : 1 + varintSize(length) + length;
  const streamed = eos + data;
  const mutation = 1 + varintSize(streamed) + streamed;
  const common = 1 + varintSize(mutation) + mutation;
  const outer = 1 + varintSize(common) + common;
  const prefix = Buffer.allocUnsafe(1 + varintSize(outer) + outer - length);
  let at = writeVarint(prefix, 1, outer);
  prefix[0] = (field << 3) | 2;
  prefix[at++] = (1 << 3) | 2; // BodyResponse.response
  at = writeVarint(prefix, at, common);
  prefix[at++] = (3 << 3) | 2; // CommonResponse.body_mutation
  at = writeVarint(prefix, at, mutation);
  prefix[at++] = (3 << 3) | 2; // BodyMutation.streamed_response
  at = writeVarint(prefix, at, streamed);
  if (end) {
    prefix[at++] = 2 << 3; // end_of_stream
    prefix[at++] = 1;
  }
  if (length > 0) {
    prefix[at++] = (1 << 3) | 2; // body
    writeVarint(prefix, at, length);
  }
  return prefix;
}

/** Encodes an answer that the proxy gives to the client at once. */
export function immediateResponse(status: number, body: string, droppedReason: string | undefined): Buffer {
  out.reset();
  out.textField(3, body);
  if (droppedReason !== undefined) {
    const before = out.size;
    writeHeader(out, DROPPED_REASON, droppedReason);
    out.wrap(2, before);
  }
  const before = out.size;
  out.varint(status);
  out.byte(1 << 3);
  out.wrap(1, before);
  out.wrap(response.immediate, 0);
  return out.take();
}

/** Encodes a refusal. */
export function refusalResponse(code: ErrorCode, message: string, droppedReason: string | undefined): Buffer {
  return immediateResponse(httpStatus[code], `inference error: ${code} - ${message}`, droppedReason);
}
