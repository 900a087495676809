import type { GrpcCall, GrpcMethods, GrpcStatus, GrpcStream } from '../../src/transport/types';
import { type Answer, decodeAnswer, encodeRequest, toStruct } from './ext-proc-oracle';

/** Headers as a test writes them: a value is sent in `raw_value`; a list has names twice. */
export type HeaderList = Readonly<Record<string, string>> | readonly (readonly [string, string])[];

const pairs = (headers: HeaderList): readonly (readonly [string, string])[] =>
  Array.isArray(headers) ? headers : Object.entries(headers as Record<string, string>);

const PATH = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';

/** Plays the proxy on one stream: encodes its messages and decodes the answers with another codec than the one under test. */
export class FakeEnvoy implements GrpcStream {
  readonly path = PATH;
  readonly answers: Answer[] = [];
  finished: { status: GrpcStatus; message: string | undefined } | undefined;
  paused = false;
  /** What `send` returns. */
  windowOpen = true;
  private readonly call: GrpcCall;
  private isClosed = false;

  constructor(methods: GrpcMethods) {
    const method = methods[PATH];
    if (method === undefined) throw new Error('there is no ext-proc method');
    this.call = method(this);
  }

  header(): undefined {
    return undefined;
  }

  send(...pieces: Uint8Array[]): boolean {
    if (this.finished !== undefined) return true;
    this.answers.push(decodeAnswer(Buffer.concat(pieces)));
    return this.windowOpen;
  }

  finish(status: GrpcStatus, message?: string): void {
    this.finished ??= { status, message };
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  drain(): void {
    this.windowOpen = true;
    this.call.drained?.();
  }

  /** Sends raw bytes. */
  raw(bytes: Buffer): this {
    if (!this.isClosed) this.call.message(bytes);
    return this;
  }

  requestHeaders(headers: HeaderList, endOfStream = false, field: 'raw_value' | 'value' = 'raw_value'): this {
    return this.raw(encodeRequest({ request_headers: { headers: headerMap(headers, field), end_of_stream: endOfStream } }));
  }

  /** A piece of the request's body; `metadata` is the filter metadata by namespace. */
  requestBody(body: string | Buffer, endOfStream = true, metadata?: Readonly<Record<string, Record<string, unknown>>>): this {
    return this.raw(encodeRequest({ request_body: { body: Buffer.from(body), end_of_stream: endOfStream }, ...metadataContext(metadata) }));
  }

  requestTrailers(): this {
    return this.raw(encodeRequest({ request_trailers: { trailers: headerMap({ 'x-trailer': 'yes' }) } }));
  }

  responseHeaders(headers: HeaderList, endOfStream = false, metadata?: Readonly<Record<string, Record<string, unknown>>>): this {
    return this.raw(
      encodeRequest({ response_headers: { headers: headerMap(headers), end_of_stream: endOfStream }, ...metadataContext(metadata) }),
    );
  }

  responseBody(body: string | Buffer, endOfStream = false): this {
    return this.raw(encodeRequest({ response_body: { body: Buffer.from(body), end_of_stream: endOfStream } }));
  }

  responseTrailers(): this {
    return this.raw(encodeRequest({ response_trailers: { trailers: headerMap({ 'grpc-status': '0' }) } }));
  }

  /** Half-closes the stream. */
  end(): this {
    this.call.ended();
    return this;
  }

  /** Resets the stream, as Envoy does after every request. */
  close(): this {
    if (!this.isClosed) this.call.closed();
    this.isClosed = true;
    return this;
  }

  /** Answers of one kind. */
  all(kind: string): Answer[] {
    return this.answers.filter((answer) => answer.kind === kind);
  }

  /** Headers that the answer to the request's headers sets, by name; the first answer of its kind. */
  setHeaders(kind = 'request_headers'): Record<string, string> {
    return Object.fromEntries(this.all(kind)[0]?.mutation?.set ?? []);
  }

  /** Headers that an answer removes. */
  removedHeaders(kind = 'request_headers'): readonly string[] {
    return this.all(kind)[0]?.mutation?.removed ?? [];
  }

  /** Body that was sent on, all pieces together. */
  body(kind: 'request_body' | 'response_body'): string {
    return Buffer.concat(this.all(kind).map(({ body }) => body ?? Buffer.alloc(0))).toString('utf8');
  }

  /** Where the request goes. */
  get destination(): string | undefined {
    return this.setHeaders()['x-gateway-destination-endpoint'];
  }
}

function headerMap(headers: HeaderList, field: 'raw_value' | 'value' = 'raw_value'): object {
  return { headers: pairs(headers).map(([key, value]) => ({ key, [field]: field === 'value' ? value : Buffer.from(value) })) };
}

function metadataContext(metadata: Readonly<Record<string, Record<string, unknown>>> | undefined): object {
  if (metadata === undefined) return {};
  const filter: Record<string, object> = {};
  for (const [namespace, fields] of Object.entries(metadata)) filter[namespace] = toStruct(fields);
  return { metadata_context: { filter_metadata: filter } };
}
