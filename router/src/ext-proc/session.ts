import { randomUUID } from 'node:crypto';
import { type DropReason, InferenceError } from '../plugin/errors';
import type { CompletionCause } from '../plugin/request';
import { messageOf } from '../request-control/director';
import { Exchange } from '../request-control/exchange';
import { DESTINATION_SUBSET, REQUEST_ID, routingHeaders, SUBSET_NAMESPACE } from '../request-control/header-names';
import { requestPath } from '../request-control/parser-registry';
import type { GrpcCall, GrpcStatus, GrpcStream } from '../transport/types';
import { grpcStatus } from '../transport/types';
import { BodyBuffer } from './body-buffer';
import { HeaderBlock } from './header-block';
import { messageKind, ProcessingRequest } from './processing-request';
import { immediateResponse, refusalResponse, requestHeadersResponse, sendBody } from './processing-response';
import { ResponseSession } from './response-session';
import type { ExtProcService } from './service';
import { decodeNamespace } from './struct-codec';
import { WireError } from './wire';

// Messages are handled one at a time, so one decoder serves all streams.
const incoming = new ProcessingRequest();

/** Messages that may come while a decision is waited for; the proxy sends none before it has one, but for trailers. */
const MAX_QUEUED = 64;

/** Bytes of them; trailers have a few kilobytes. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** One stream: one HTTP request and its answer. */
export class Session implements GrpcCall {
  private readonly response: ResponseSession;
  private headers: HeaderBlock | undefined;
  private exchange: Exchange | undefined;
  private readonly body = new BodyBuffer();
  private bodyBytes = 0;
  private buffered = 0;
  private bodyEnded = false;
  /** A decision is waited for. */
  private deciding = false;
  private readonly queued: Buffer[] = [];
  private queuedBytes = 0;
  /** The proxy will send no more. */
  private inputEnded = false;
  /** Nothing more is answered. */
  private over = false;
  private streamClosed = false;
  private endCause: CompletionCause | undefined;

  constructor(
    private readonly stream: GrpcStream,
    private readonly service: ExtProcService,
  ) {
    this.response = new ResponseSession(service, this.send);
  }

  message(bytes: Buffer): void {
    if (this.over) return;
    if (this.deciding) {
      this.queuedBytes += bytes.length;
      if (this.queued.push(bytes) > MAX_QUEUED || this.queuedBytes > MAX_QUEUED_BYTES)
        this.fail(grpcStatus.INVALID_ARGUMENT, 'too many messages before the answer');
      return;
    }
    try {
      this.handle(bytes);
    } catch (error) {
      this.failed(error);
    }
  }

  ended(): void {
    this.inputEnded = true;
    if (this.over || this.deciding) return;
    this.end(grpcStatus.OK, 'error');
  }

  drained(): void {
    this.stream.resume();
  }

  closed(): void {
    this.over = true;
    this.streamClosed = true;
    this.queued.length = 0;
    const { exchange } = this;
    if (exchange !== undefined) {
      exchange.closed = true;
      // A decision that is waited for still comes to its end, and completes the exchange then.
      if (this.deciding) exchange.admission?.cancel();
      else this.complete();
    }
    if (!this.deciding) this.release();
  }

  private readonly send = (...pieces: Uint8Array[]): boolean => {
    const open = this.stream.send(...pieces);
    if (!open) this.stream.pause();
    return open;
  };

  private handle(bytes: Buffer): void {
    incoming.decode(bytes);
    switch (incoming.kind) {
      case messageKind.requestHeaders:
        this.requestHeaders(bytes);
        break;
      case messageKind.requestBody:
        this.requestBody(bytes);
        break;
      case messageKind.responseHeaders:
        this.response.headers(this.currentExchange(), bytes, incoming);
        break;
      case messageKind.responseBody:
        this.response.body(this.currentExchange(), bytes, incoming);
        break;
      case messageKind.responseTrailers:
        this.response.trailers(this.currentExchange());
        break;
      default:
        // Trailers of the request say nothing that matters here, and other kinds are not known yet.
        break;
    }
  }

  private requestHeaders(bytes: Buffer): void {
    if (this.exchange !== undefined) throw new WireError('request headers came twice');
    const { endOfStream } = incoming;
    const headers = HeaderBlock.copyOf(bytes, incoming.headersStart, incoming.headersEnd);
    const exchange = this.begin(headers);
    for (const name of routingHeaders) headers.delete(name);
    if (endOfStream) this.headersOnly(exchange, headers);
  }

  private begin(headers: HeaderBlock): Exchange {
    const { clock, tracing } = this.service;
    let id = headers.get(REQUEST_ID);
    if (id === undefined || id === '') {
      id = randomUUID();
      headers.set(REQUEST_ID, id);
    }
    const exchange = new Exchange(id, headers, clock.now(), HeaderBlock.empty());
    exchange.path = requestPath(headers);
    if (tracing !== undefined) {
      exchange.span = tracing.start('gateway.request', headers.get('traceparent'), headers.get('tracestate'));
      for (const [name, value] of exchange.span?.headers() ?? []) headers.set(name, value);
    }
    this.headers = headers;
    this.exchange = exchange;
    return exchange;
  }

  /** The exchange, also of a conversation that starts in its middle. */
  private currentExchange(): Exchange {
    if (this.exchange !== undefined) return this.exchange;
    return this.begin(HeaderBlock.empty());
  }

  /** A request without a body names no model: any endpoint will do. */
  private headersOnly(exchange: Exchange, headers: HeaderBlock): void {
    this.bodyEnded = true;
    this.response.ignoreContent();
    const endpoint = this.service.director.randomEndpoint();
    if (endpoint === undefined) {
      this.refuse(exchange, new InferenceError('Internal', 'no pods available in datastore'));
      return;
    }
    exchange.destination = endpoint.host;
    this.send(requestHeadersResponse(headers, false, { destination: endpoint.host, contentLength: 0 }));
    this.service.log.debug({ requestId: exchange.id, endpoint: endpoint.host }, 'request without a body sent to any endpoint');
  }

  private requestBody(bytes: Buffer): void {
    const exchange = this.currentExchange();
    if (this.bodyEnded) throw new WireError('body bytes came after the end of the body');
    const length = incoming.bodyEnd - incoming.bodyStart;
    if (length > 0 && !this.reserve(exchange, length)) return;
    const piece = bytes.subarray(incoming.bodyStart, incoming.bodyEnd);
    if (!incoming.endOfStream) {
      this.body.add(piece);
      return;
    }
    this.bodyEnded = true;
    if (incoming.metadataEnd > incoming.metadataStart) {
      const hint = decodeNamespace(bytes, incoming.metadataStart, incoming.metadataEnd, SUBSET_NAMESPACE)?.[DESTINATION_SUBSET];
      if (Array.isArray(hint)) exchange.subset = hint.filter((host) => typeof host === 'string');
    }
    exchange.rawBody = this.body.take(piece);
    this.decide(exchange);
  }

  private reserve(exchange: Exchange, length: number): boolean {
    const { settings, budget } = this.service;
    this.bodyBytes += length;
    if (this.bodyBytes > settings.maxRequestBodyBytes) {
      this.refuse(exchange, new InferenceError('PayloadTooLarge', `request body is larger than ${settings.maxRequestBodyBytes} bytes`));
      return false;
    }
    if (!budget.take(length)) {
      this.refuse(exchange, new InferenceError('ServiceUnavailable', 'too many bytes of request bodies are held', 'rejected-saturated'));
      return false;
    }
    this.buffered += length;
    return true;
  }

  private decide(exchange: Exchange): void {
    const span = exchange.span?.child('gateway.request_orchestration');
    let pending: void | Promise<void>;
    try {
      pending = this.service.director.decide(exchange);
    } catch (error) {
      span?.fail(messageOf(error));
      span?.end();
      this.refuse(exchange, error);
      return;
    }
    if (pending === undefined) {
      span?.end();
      this.decided(exchange);
      return;
    }
    this.deciding = true;
    pending
      .then(
        () => {
          this.settle(() => this.decided(exchange));
        },
        (error: unknown) => {
          span?.fail(messageOf(error));
          this.settle(() => this.refuse(exchange, error));
        },
      )
      .finally(() => span?.end());
  }

  /** Goes on after a decision was waited for: with the answer, with messages that came meanwhile, or with the end. */
  private settle(answer: () => void): void {
    this.deciding = false;
    try {
      answer();
    } catch (error) {
      this.failed(error);
    }
    if (this.streamClosed) {
      this.complete();
      this.release();
      return;
    }
    for (const bytes of this.queued.splice(0)) this.message(bytes);
    if (this.inputEnded) this.ended();
  }

  private decided(exchange: Exchange): void {
    if (this.over) return;
    const { service, headers } = this;
    const { request, body, destination } = exchange;
    if (request === undefined || headers === undefined) return;
    // Scores are of endpoints as they are; where all requests go to one port of a pod, upstream tells none.
    const { result } = request;
    const primary = service.emitScores && result?.port === undefined ? result?.profiles.get(result?.primary ?? '') : undefined;
    this.send(requestHeadersResponse(headers, service.settings.echo, { destination, contentLength: body.length, scores: primary?.scores }));
    sendBody(this.send, 'request', body, true);
    const series = service.responses.series(exchange);
    series.received(body.length);
    series.running(1);
    exchange.running = true;
    service.metrics.requestProcessing.observe((service.clock.now() - exchange.receivedAt) / 1000);
    service.log.debug(
      { requestId: exchange.id, model: request.incomingModel, target: request.targetModel, endpoint: destination },
      'request sent on',
    );
    if (request.body.skipResponse) {
      this.end(grpcStatus.OK, 'complete');
      return;
    }
    exchange.admission?.dispatched(this.evict);
    this.dropBody(exchange);
  }

  /** The transport has the body now. Thousands of answers may run for minutes, whose prompts would fill the budget of bodies. */
  private dropBody(exchange: Exchange): void {
    exchange.dropBody();
    this.service.budget.give(this.buffered);
    this.buffered = 0;
  }

  private readonly evict = (reason: DropReason): boolean => {
    const { exchange } = this;
    if (this.over || exchange === undefined || exchange.response.cause !== undefined) return false;
    this.service.log.info({ requestId: exchange.id, reason }, 'request evicted by flow control');
    this.stream.send(immediateResponse(429, 'request evicted by flow control', reason));
    // The exchange completes when the transport says that the stream is closed, not inside of the flow control's own call.
    this.over = true;
    this.endCause = 'evicted';
    this.stream.finish(grpcStatus.OK);
    return true;
  };

  private refuse(exchange: Exchange, error: unknown): void {
    const { service } = this;
    const refusal = error instanceof InferenceError ? error : undefined;
    service.responses.series(exchange).failed(refusal?.code ?? 'Unknown');
    service.metrics.requestProcessing.observe((service.clock.now() - exchange.receivedAt) / 1000);
    // A refusal is an answer like any other, which needs no stack; anything else is a fault.
    if (refusal !== undefined) service.log.info({ requestId: exchange.id, code: refusal.code, reason: refusal.message }, 'request refused');
    else service.log.error({ requestId: exchange.id, err: error }, 'a request failed by a fault of the router or a plugin');
    exchange.span?.fail(messageOf(error));
    if (this.over) return;
    if (refusal === undefined) {
      this.fail(grpcStatus.UNKNOWN, `failed to handle request: ${messageOf(error)}`);
      return;
    }
    this.stream.send(refusalResponse(refusal.code, refusal.message, refusal.dropReason));
    this.end(grpcStatus.OK, 'error');
  }

  private failed(error: unknown): void {
    if (error instanceof WireError) {
      this.service.log.info({ requestId: this.exchange?.id, err: error }, 'the proxy sent what is no ext-proc message');
      this.fail(grpcStatus.INVALID_ARGUMENT, error.message);
      return;
    }
    this.service.log.error({ requestId: this.exchange?.id, err: error }, 'a request failed by a fault of the router');
    this.fail(grpcStatus.UNKNOWN, messageOf(error));
  }

  private fail(status: GrpcStatus, message: string): void {
    this.end(status, 'error', message);
  }

  private end(status: GrpcStatus, cause: CompletionCause, message?: string): void {
    if (this.over) return;
    this.over = true;
    this.endCause = cause;
    if (!this.deciding) this.complete();
    this.stream.finish(status, message);
  }

  private complete(): void {
    const { exchange } = this;
    if (exchange === undefined) return;
    this.service.responses.complete(exchange, this.endCause ?? 'client disconnect', false);
    exchange.span?.end();
    exchange.span = undefined;
  }

  private release(): void {
    this.response.release();
    this.service.budget.give(this.buffered);
    this.buffered = 0;
    this.body.clear();
    if (this.exchange !== undefined) this.response.measure(this.exchange);
  }
}
