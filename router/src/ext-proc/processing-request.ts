import { FieldReader, wireType } from './wire';

/** Which part of the conversation a message is: the field numbers of `ProcessingRequest`. */
export const messageKind = {
  none: 0,
  requestHeaders: 2,
  responseHeaders: 3,
  requestBody: 4,
  responseBody: 5,
  requestTrailers: 6,
  responseTrailers: 7,
} as const;

const METADATA_CONTEXT = 8;

/**
 * A decoded `envoy.service.ext_proc.v3.ProcessingRequest`: positions in its bytes, nothing is copied. One object is used for all messages,
 * so nothing of it may be kept past the handling of a message.
 */
export class ProcessingRequest {
  kind = 0;
  /** Where the list of headers starts (`HeaderMap`); only of headers. */
  headersStart = 0;
  headersEnd = 0;
  /** Where the body starts; only of bodies. */
  bodyStart = 0;
  bodyEnd = 0;
  endOfStream = false;
  /** Where `metadata_context` starts; equal to its end when absent. */
  metadataStart = 0;
  metadataEnd = 0;
  private readonly outer = new FieldReader();
  private readonly inner = new FieldReader();

  /** Reads a message. @throws WireError when the bytes are no such message */
  decode(bytes: Buffer): this {
    this.kind = messageKind.none;
    this.headersStart = this.headersEnd = this.bodyStart = this.bodyEnd = this.metadataStart = this.metadataEnd = 0;
    this.endOfStream = false;
    const outer = this.outer.open(bytes, 0, bytes.length);
    let start = 0;
    let end = 0;
    while (outer.next()) {
      if (outer.type !== wireType.bytes) continue;
      if (outer.field >= messageKind.requestHeaders && outer.field <= messageKind.responseTrailers) {
        this.kind = outer.field;
        start = outer.start;
        end = outer.end;
      } else if (outer.field === METADATA_CONTEXT) {
        this.metadataStart = outer.start;
        this.metadataEnd = outer.end;
      }
    }
    const { kind } = this;
    if (kind === messageKind.requestBody || kind === messageKind.responseBody) this.body(bytes, start, end);
    else if (kind === messageKind.requestHeaders || kind === messageKind.responseHeaders) this.headers(bytes, start, end);
    return this;
  }

  private body(bytes: Buffer, start: number, end: number): void {
    const fields = this.inner.open(bytes, start, end);
    while (fields.next()) {
      if (fields.isBytes(1)) {
        this.bodyStart = fields.start;
        this.bodyEnd = fields.end;
      } else if (fields.field === 2 && fields.type === wireType.varint) this.endOfStream = fields.value !== 0;
    }
  }

  private headers(bytes: Buffer, start: number, end: number): void {
    const fields = this.inner.open(bytes, start, end);
    while (fields.next()) {
      if (fields.isBytes(1)) {
        this.headersStart = fields.start;
        this.headersEnd = fields.end;
      } else if (fields.field === 3 && fields.type === wireType.varint) this.endOfStream = fields.value !== 0;
    }
  }
}
