import type { Candidates } from '../plugin/candidates';
import type { Parser, ResponseReader } from '../plugin/plugins';
import type { CompletionCause, Headers, InferenceRequest, InferenceResponse, SchedulingResult, Usage } from '../plugin/request';
import type { Durations } from '../telemetry/request-metrics';
import type { RequestSeries } from '../telemetry/request-series';
import type { Span } from '../telemetry/tracing';
import type { Admission } from './admission';

/** Chooses endpoints. The scheduler is one. */
export interface Scheduling {
  /** Leaves the candidates as they are. @throws InferenceError when nothing can serve the request */
  schedule(request: InferenceRequest, candidates: Candidates): SchedulingResult;
}

const NO_BODY = Buffer.alloc(0);

/** The answer of a model server as far as it has come. */
export class ResponseState implements InferenceResponse {
  status = 0;
  /** Whether the status says that the model server failed. */
  failed = false;
  streaming = false;
  served: string | undefined;
  firstByteAt = Number.NaN;
  /** `Clock.now()` of the last chunk with data; NaN before the first. */
  lastChunkAt = Number.NaN;
  cause: CompletionCause | undefined;
  readonly metadata = new Map<string, Record<string, unknown>>();
  /** Counts tokens; undefined when nothing is looked into. */
  reader: ResponseReader | undefined;
  /** Where the time that the reader takes goes to. */
  reading: Durations | undefined;
  /** Bytes of the body so far. */
  size = 0;
  /** Milliseconds that the router spent on the answer. */
  processingMs = 0;
  /** `Clock.now()` of the response headers; NaN before them. */
  headersAt = Number.NaN;
  private finalUsage: Usage | undefined;

  constructor(public headers: Headers) {}

  get usage(): Usage | undefined {
    return this.finalUsage ?? this.reader?.usage;
  }

  /** Reads the counts for the last time: readers may look through what they kept at each call. */
  settleUsage(): void {
    this.finalUsage = this.reader?.usage;
    this.reader = undefined;
  }
}

/** One request and its answer, from the first header to the end: what the pipeline knows of it. */
export class Exchange {
  /** Path without the query. */
  path = '';
  /** Body as it came. */
  rawBody: Buffer = NO_BODY;
  /** Body to send on: as it came, but for the model's name. */
  body: Buffer = NO_BODY;
  /** Endpoints that the proxy allows, `ip:port`; undefined for all. */
  subset: readonly string[] | undefined;
  /** Model that a header asks for instead of the body's; '' when none does. */
  rewriteHeader = '';
  parser: Parser | undefined;
  request: InferenceRequest | undefined;
  admission: Admission | undefined;
  /** True once admission let the request in. */
  admitted = false;
  /** True once the request has a target: from then on the plugins hear of its end. */
  scheduled = false;
  /** True while the request counts as running. */
  running = false;
  /** True once the stream is gone: nothing can be answered any more. */
  closed = false;
  /** Picked endpoints, `ip:port`, joined by commas. */
  destination = '';
  /** Series of its labels; undefined until they are known. */
  series: RequestSeries | undefined;
  span: Span | undefined;
  readonly response: ResponseState;

  constructor(
    readonly id: string,
    readonly headers: Headers,
    /** `Clock.now()` at the arrival of the headers. */
    readonly receivedAt: number,
    responseHeaders: Headers,
  ) {
    this.response = new ResponseState(responseHeaders);
  }

  /** Lets go of the body and what was read from it. */
  dropBody(): void {
    this.rawBody = NO_BODY;
    this.body = NO_BODY;
    this.request?.dropPrompt();
  }
}
