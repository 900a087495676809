import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import type { Parser, ResponseBodyProcessor, ResponseHeaderProcessor } from '../plugin/plugins';
import type { CompletionCause, InferenceRequest, ParsedBody, Usage } from '../plugin/request';
import type { Durations, RequestMetrics } from '../telemetry/request-metrics';
import type { RequestSeries } from '../telemetry/request-series';
import type { Exchange, ResponseState } from './exchange';
import type { Named, Pipeline } from './pipeline';

/** What a response director is made from. */
export interface ResponseDirectorOptions {
  readonly pipeline: Pipeline;
  readonly metrics: RequestMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** Stands for the request of an answer whose request never passed through the router. */
const NO_REQUEST: ParsedBody = { api: 'completions', bytes: Buffer.alloc(0), model: '', stream: false, cacheSalt: '', skipResponse: false };

type Hook = (request: InferenceRequest, response: ResponseState) => void;
interface Step {
  readonly plugin: string;
  readonly run: Hook;
  readonly spent: Durations;
}

/** Follows the answer of a model server: plugins, token counts, metrics, and the one end that every request has. */
export class ResponseDirector {
  private readonly head: readonly (Named<ResponseHeaderProcessor> & { readonly spent: Durations })[];
  private readonly reading: ReadonlyMap<Parser, Durations>;
  private readonly starts: readonly Step[];
  private readonly chunks: readonly Step[];
  private readonly ends: readonly Step[];

  constructor(private readonly options: ResponseDirectorOptions) {
    const { pipeline, metrics } = options;
    this.head = pipeline.responseHeader.map((entry) => ({ ...entry, spent: metrics.plugin('ResponseReceived', entry.type, entry.name) }));
    this.reading = metrics.parsers('ResponseParsing', pipeline.parsers);
    const hooks = (method: 'responseStart' | 'responseChunk' | 'responseEnd'): Step[] =>
      pipeline.responseBody.flatMap((entry: Named<ResponseBodyProcessor>) => {
        const { plugin } = entry;
        if (typeof plugin[method] !== 'function') return [];
        const run: Hook = (request, response) => plugin[method]?.(request, response);
        return [{ plugin: entry.name, run, spent: metrics.plugin('ResponseStreaming', entry.type, entry.name) }];
      });
    this.starts = hooks('responseStart');
    this.chunks = hooks('responseChunk');
    this.ends = hooks('responseEnd');
  }

  /** The head of the answer is there, `exchange.response` describes it. */
  headers(exchange: Exchange): void {
    const { request, response } = exchange;
    if (response.failed) this.series(exchange).failed('ModelServerError');
    const body = request?.body ?? NO_REQUEST;
    response.reader = this.guard('parser', () => exchange.parser?.readResponse(body, response.streaming));
    response.reading = exchange.parser === undefined ? undefined : this.reading.get(exchange.parser);
    if (request === undefined) return;
    for (const { name, plugin, spent } of this.head) {
      const before = this.options.clock.now();
      this.guard(name, () => plugin.responseHeader(request, response, exchange.scheduled ? request.target : undefined));
      spent(this.options.clock.now() - before);
    }
  }

  /** Body bytes of the answer have come: a chunk of a stream, or the whole of what is not streamed. */
  data(exchange: Exchange, chunk: Buffer, now: number): void {
    const { response, request } = exchange;
    response.size += chunk.length;
    if (response.streaming) {
      if (!Number.isNaN(response.lastChunkAt)) this.series(exchange).itl((now - response.lastChunkAt) / 1000);
      response.lastChunkAt = now;
    }
    if (response.reader !== undefined) this.read(response, chunk);
    if (Number.isNaN(response.firstByteAt)) {
      response.firstByteAt = now;
      if (request !== undefined) this.run(this.starts, request, response);
    }
    if (this.chunks.length > 0 && request !== undefined) this.run(this.chunks, request, response);
  }

  /** The request is over. Only the first call for an exchange counts. `answered` tells whether the whole answer went by. */
  complete(exchange: Exchange, cause: CompletionCause, answered: boolean): void {
    const { response, request, admission } = exchange;
    if (response.cause !== undefined) return;
    response.cause = cause;
    this.settle(response);
    if (response.usage !== undefined) countTokens(this.series(exchange), response.usage);
    if (answered) this.measure(exchange);
    if (exchange.scheduled && request !== undefined) this.run(this.ends, request, response);
    if (exchange.running) this.series(exchange).running(-1);
    exchange.running = false;
    if (admission !== undefined && exchange.admitted) this.guard('admission', () => admission.finished());
  }

  /** Series of an exchange, also of one that was refused before its labels were known. */
  series(exchange: Exchange): RequestSeries {
    const { request, rewriteHeader } = exchange;
    exchange.series ??= this.options.metrics.of({
      model: request?.incomingModel ?? '',
      target: request?.targetModel ?? rewriteHeader,
      fairnessId: request?.fairnessId ?? 'default-flow',
      priority: request?.priority ?? 0,
    });
    return exchange.series;
  }

  private measure(exchange: Exchange): void {
    const { response, receivedAt } = exchange;
    const series = this.series(exchange);
    const now = this.options.clock.now();
    const seconds = (now - receivedAt) / 1000;
    const output = response.usage?.completionTokens ?? 0;
    series.observe('responseSize', response.size);
    if (seconds > 0) {
      series.observe('duration', seconds);
      if (output > 0) series.observe('ntpot', seconds / output);
    }
    const first = response.firstByteAt;
    if (!(first > receivedAt)) return;
    series.ttft(response.streaming, (first - receivedAt) / 1000);
    if (response.streaming && output > 1 && now > first) series.tpot((now - first) / 1000 / (output - 1));
  }

  /** What is not streamed is read in one go when all of it is there. */
  private settle(response: ResponseState): void {
    const before = this.options.clock.now();
    const reads = response.reader !== undefined && !response.streaming;
    this.guard('parser', () => response.settleUsage());
    if (reads) response.reading?.(this.options.clock.now() - before);
  }

  private read(response: ResponseState, chunk: Buffer): void {
    const before = this.options.clock.now();
    try {
      response.reader?.push(chunk);
      if (response.streaming) response.reading?.(this.options.clock.now() - before);
    } catch (error) {
      response.reader = undefined;
      this.options.log.info({ err: error }, 'an answer can not be read, its tokens are not counted');
    }
  }

  private run(steps: readonly Step[], request: InferenceRequest, response: ResponseState): void {
    const { clock } = this.options;
    for (const { plugin, run, spent } of steps) {
      const before = clock.now();
      this.guard(plugin, () => run(request, response));
      spent(clock.now() - before);
    }
  }

  /** A plugin that fails on an answer must not take the answer with it. */
  private guard<T>(plugin: string, action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.options.log.error({ plugin, err: error }, 'a plugin failed on an answer');
      return undefined;
    }
  }
}

function countTokens(series: RequestSeries, usage: Usage): void {
  if (usage.promptTokens > 0) series.observe('inputTokens', usage.promptTokens);
  if (usage.completionTokens > 0) series.observe('outputTokens', usage.completionTokens);
  // None is a report as well: without it the mean would be that of the requests which hit the cache.
  if (usage.cachedTokens !== undefined) series.observe('cachedTokens', usage.cachedTokens);
}
