import type { Exchange } from '../request-control/exchange';
import { DESTINATION_NAMESPACE, DESTINATION_SERVED } from '../request-control/header-names';
import { BodyBuffer } from './body-buffer';
import { HeaderBlock } from './header-block';
import { ModelNameMapper } from './model-name-mapper';
import type { ProcessingRequest } from './processing-request';
import { metadataField, responseHeadersResponse, responseTrailersResponse, type Send, sendBody } from './processing-response';
import type { ExtProcService } from './service';
import { decodeNamespace } from './struct-codec';
import { WireError } from './wire';

const EMPTY = Buffer.alloc(0);

/** The answer's half of a stream. */
export class ResponseSession {
  private started = false;
  private mapper: ModelNameMapper | undefined;
  /** Whether chunks are passed on as they come. */
  private passing = false;
  private readonly held = new BodyBuffer();
  private buffered = 0;
  /** Whether nobody looks into the answer. */
  private opaque = false;

  constructor(
    private readonly service: ExtProcService,
    private readonly send: Send,
  ) {}

  /** The answer belongs to a request that was not looked into either. */
  ignoreContent(): void {
    this.opaque = true;
  }

  /** Head of the answer. @throws WireError */
  headers(exchange: Exchange, bytes: Buffer, message: ProcessingRequest): void {
    const { service } = this;
    const { response } = exchange;
    if (this.started) throw new WireError('response headers came twice');
    this.started = true;
    const now = service.clock.now();
    response.headersAt = now;
    const { endOfStream } = message;
    const headers = HeaderBlock.copyOf(bytes, message.headersStart, message.headersEnd);
    response.headers = headers;
    readStatus(exchange, headers);
    if (message.metadataEnd > message.metadataStart) {
      const served = decodeNamespace(bytes, message.metadataStart, message.metadataEnd, DESTINATION_NAMESPACE)?.[DESTINATION_SERVED];
      if (typeof served === 'string') response.served = served;
    }
    response.streaming = exchange.request?.body.stream === true || headers.get('content-type')?.includes('text/event-stream') === true;
    if (!this.opaque && exchange.request === undefined) exchange.parser = service.director.parsers.find(exchange.path);
    if (response.failed) exchange.span?.fail('ModelServerError');
    service.responses.headers(exchange);
    const { request } = exchange;
    if (request !== undefined) this.mapper = ModelNameMapper.for(request.targetModel, request.incomingModel);
    this.passing = response.streaming;
    this.send(responseHeadersResponse(headers, service.settings.echo));
    if (endOfStream) service.responses.complete(exchange, 'complete', true);
    response.processingMs += service.clock.now() - now;
  }

  /** A piece of the body. @throws WireError */
  body(exchange: Exchange, bytes: Buffer, message: ProcessingRequest): void {
    if (!this.started) throw new WireError('a response body came before its headers');
    const { response } = exchange;
    // After the end there is nothing to say any more.
    if (response.cause !== undefined) return;
    const end = message.endOfStream;
    const chunk = message.bodyStart === message.bodyEnd ? EMPTY : bytes.subarray(message.bodyStart, message.bodyEnd);
    if (this.passing) this.pass(exchange, chunk, end);
    else if (end) this.passBuffered(exchange, chunk, true);
    else this.keep(exchange, chunk);
  }

  /** Trailers of the answer: gRPC ends this way. */
  trailers(exchange: Exchange): void {
    if (!this.started) throw new WireError('response trailers came before the headers');
    if (exchange.response.cause === undefined) {
      if (!this.passing) this.passBuffered(exchange, EMPTY, false);
      else {
        const held = this.mapper?.map(EMPTY, true) ?? EMPTY;
        if (held.length > 0) sendBody(this.send, 'response', held, false);
      }
      this.service.responses.complete(exchange, 'complete', true);
    }
    this.send(responseTrailersResponse);
  }

  /** Notes how long the router worked on the answer; once, when the stream is closed. */
  measure({ response }: Exchange): void {
    if (response.processingMs > 0) this.service.metrics.responseProcessing.observe(response.processingMs / 1000);
    response.processingMs = 0;
  }

  /** Lets go of what is held. */
  release(): void {
    this.service.budget.give(this.buffered);
    this.buffered = 0;
    this.held.clear();
  }

  private pass(exchange: Exchange, chunk: Buffer, end: boolean): void {
    const { service, mapper } = this;
    const { response } = exchange;
    const now = service.clock.now();
    if (chunk.length > 0) service.responses.data(exchange, chunk, now);
    const out = mapper === undefined ? chunk : mapper.map(chunk, end);
    if (end) {
      service.responses.complete(exchange, 'complete', true);
      sendBody(this.send, 'response', out, true, metadataField(response.metadata));
    } else if (out.length > 0 || chunk.length === 0) sendBody(this.send, 'response', out, false);
    response.processingMs += service.clock.now() - now;
  }

  /** An answer that is not streamed goes on in one go, at its end. */
  private passBuffered(exchange: Exchange, last: Buffer, end: boolean): void {
    const { service } = this;
    const { response } = exchange;
    const body = this.held.take(last);
    if (body.length > 0) service.responses.data(exchange, body, service.clock.now());
    service.responses.complete(exchange, 'complete', true);
    sendBody(this.send, 'response', this.mapper?.map(body, true) ?? body, end, metadataField(response.metadata));
    this.release();
    // While it was buffered the answer was in the router's hands all the time.
    response.processingMs = service.clock.now() - response.headersAt;
  }

  private keep(exchange: Exchange, chunk: Buffer): void {
    if (chunk.length === 0) return;
    const { service } = this;
    const tooMuch = this.buffered + chunk.length > service.settings.maxRequestBodyBytes;
    if (!tooMuch && service.budget.take(chunk.length)) {
      this.buffered += chunk.length;
      this.held.add(chunk);
      return;
    }
    // Rather than to hold more than there is room for, the answer is passed on as it comes from here on.
    this.passing = true;
    const all = this.held.take(chunk);
    this.release();
    this.pass(exchange, all, false);
  }
}

/** A `status` other than 200 counts as a failure of the model server, as in upstream, and so does what proxies really send: `:status`. */
function readStatus({ response }: Exchange, headers: HeaderBlock): void {
  const plain = headers.get('status');
  const status = Number(headers.get(':status') ?? plain);
  response.status = Number.isInteger(status) ? status : 0;
  response.failed = (plain !== undefined && plain !== '200') || (response.status !== 0 && (response.status < 200 || response.status > 299));
}
