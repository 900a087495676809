import { Candidates } from '../plugin/candidates';
import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import { type Endpoint, hostPort } from '../plugin/endpoint';
import type { EndpointTable } from '../plugin/endpoint-table';
import { type DropReason, type ErrorCode, InferenceError } from '../plugin/errors';
import type { Parser } from '../plugin/plugins';
import { InferenceRequest, type ParsedBody, type SchedulingResult } from '../plugin/request';
import { spliceModel } from '../request/splice-model';
import type { Durations, RequestMetrics } from '../telemetry/request-metrics';
import type { AdmissionControl } from './admission';
import { addressOf, locate, type SubsetOptions } from './candidate-location';
import { hasCachedPrefix, wantsCachedPrefix } from './conditional-decode';
import type { Exchange, Scheduling } from './exchange';
import { controlHeaders, firstOf } from './header-names';
import { ParserRegistry, trimmedPath } from './parser-registry';
import type { Named, Pipeline } from './pipeline';
import type { Pool } from './pool';
import { PreRequestRun } from './pre-request';
import { runProducers, type TimedProducer } from './run-producers';
import { Screening } from './screening';

/** What a director is made from. */
export interface DirectorOptions {
  readonly pipeline: Pipeline;
  readonly pool: Pool;
  readonly endpoints: EndpointTable;
  readonly scheduler: Scheduling;
  readonly admission: AdmissionControl;
  readonly metrics: RequestMetrics;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly subset: SubsetOptions;
  /** Whether a denial of an admitter keeps its kind (429); else, as in upstream, every denial is 500. */
  readonly typedDenials: boolean;
}

type Timed<P> = Named<P> & { readonly spent: Durations };

/** Takes a request from its body to its destination: parsing, model, admission, candidates, data, scheduling. */
export class Director {
  readonly parsers: ParserRegistry;
  private readonly parsing: ReadonlyMap<Parser, Durations>;
  private readonly headerProcessors;
  private readonly screening: Screening;
  private readonly producers: readonly TimedProducer[];
  private readonly admitters;
  private readonly preRequest: PreRequestRun;
  /** Lists that no request uses at the moment. */
  private readonly spare: Candidates[] = [];

  constructor(private readonly options: DirectorOptions) {
    const { pipeline, metrics, clock, endpoints, log } = options;
    const timed = <P>(point: string, list: readonly Named<P>[]): Timed<P>[] =>
      list.map((entry) => ({ ...entry, spent: metrics.plugin(point, entry.type, entry.name) }));
    this.parsers = new ParserRegistry(pipeline.parsers, log);
    this.parsing = metrics.parsers('RequestParsing', pipeline.parsers);
    this.headerProcessors = timed('RequestHeader', pipeline.headerProcessors);
    this.screening = new Screening(timed('Screener', pipeline.screeners), endpoints, clock);
    this.producers = timed('DataProducer', pipeline.producers);
    this.admitters = timed('Admission', pipeline.admitters);
    this.preRequest = new PreRequestRun(timed('PreRequest', pipeline.preRequest), clock);
  }

  /** Any endpoint, all equally likely; for requests without a body. */
  randomEndpoint(): Endpoint | undefined {
    const all = this.options.endpoints.all();
    return all[Math.floor(this.options.random() * all.length)];
  }

  /**
   * Decides where a request goes. Returns undefined when the decision stands, or a promise of it when something has to be waited for.
   * @throws InferenceError, also by the promise, when the request is refused
   */
  decide(exchange: Exchange): void | Promise<void> {
    const request = this.assemble(exchange);
    const admission = this.options.admission.admit(request, this.allowedAddresses(exchange));
    exchange.admission = admission;
    const { wait } = admission;
    if (wait === undefined) return this.afterAdmission(exchange, request);
    return wait.then(() => this.afterAdmission(exchange, request));
  }

  private assemble(exchange: Exchange): InferenceRequest {
    const { pool, metrics, clock } = this.options;
    const { headers, path } = exchange;
    exchange.rewriteHeader = firstOf(headers, controlHeaders.modelRewrite) ?? '';
    const parser = this.parsers.resolve(path);
    exchange.parser = parser;
    const before = clock.now();
    const body = parse(parser, path, exchange.rawBody, () => this.parsing.get(parser)?.(clock.now() - before));
    const request = new InferenceRequest(exchange.id, headers, body, exchange.receivedAt);
    exchange.request = request;
    request.targetModel = exchange.rewriteHeader;
    this.resolveModel(exchange, request, parser);
    request.objective = firstOf(headers, controlHeaders.objective) ?? '';
    request.priority = pool.priorityOf(request.objective) ?? 0;
    exchange.span?.set('target_model', request.targetModel);
    exchange.span?.set('request_prio', request.priority);
    for (const { plugin, spent } of this.headerProcessors) {
      const before = clock.now();
      plugin.requestHeader(request);
      spent(clock.now() - before);
    }
    request.fairnessId = fairnessId(exchange, request);
    exchange.series = metrics.of({
      model: request.incomingModel,
      target: request.targetModel,
      fairnessId: request.fairnessId,
      priority: request.priority,
    });
    return request;
  }

  private resolveModel(exchange: Exchange, request: InferenceRequest, parser: Parser): void {
    exchange.body = exchange.rawBody;
    if (!parser.rewritesModel || request.body.payload === undefined) return;
    const { incomingModel } = request;
    if (request.targetModel === '') request.targetModel = incomingModel;
    const rewrite = this.options.pool.rewrite(incomingModel, this.options.random);
    if (rewrite !== undefined) {
      request.targetModel = rewrite.target;
      this.options.metrics.rewritten(rewrite.name, incomingModel, rewrite.target);
    }
    if (request.targetModel === '') throw new InferenceError('BadRequest', 'model not found in request body');
    if (request.targetModel === incomingModel) return;
    const spliced = spliceModel(exchange.rawBody, request.targetModel);
    if (spliced === undefined) throw new InferenceError('Internal', 'Error marshalling request body');
    exchange.body = spliced;
  }

  private allowedAddresses({ subset }: Exchange): readonly string[] | undefined {
    return subset === undefined || this.options.subset.ignored ? undefined : subset.map(addressOf);
  }

  private afterAdmission(exchange: Exchange, request: InferenceRequest): void | Promise<void> {
    exchange.admitted = true;
    refuseIfGone(exchange);
    const { endpoints, clock, subset, log } = this.options;
    const candidates = this.spare.pop() ?? new Candidates();
    locate(candidates, endpoints, exchange.subset, subset);
    if (candidates.size === 0) throw noCandidates('failed to find endpoint candidates for serving the request');
    this.screening.screen(request, candidates);
    if (candidates.size === 0) throw noCandidates('screeners eliminated all endpoint candidates');
    const pending = runProducers(this.producers, request, candidates, clock, (producer, error) =>
      log.info({ requestId: request.id, producer, err: error }, 'a data producer failed, the decision is made without its data'),
    );
    if (pending === undefined) {
      const done = this.schedule(exchange, request, candidates);
      this.spare.push(candidates);
      return done;
    }
    const located = Array.from(candidates.slots.subarray(0, candidates.size), (slot) => endpoints.at(slot));
    return pending.then(() => {
      refuseIfGone(exchange);
      // A list of its own: a producer that took too long may still read the other one.
      const left = located.filter((endpoint): endpoint is Endpoint => endpoint?.removed === false);
      if (left.length === 0) throw noCandidates('failed to find endpoint candidates for serving the request');
      return this.schedule(exchange, request, new Candidates().fill(left));
    });
  }

  private schedule(exchange: Exchange, request: InferenceRequest, candidates: Candidates): void | Promise<void> {
    this.askAdmitters(request, candidates);
    const result = this.pick(request, candidates);
    request.result = result;
    if (wantsCachedPrefix(request.headers.get('prefer')) && !hasCachedPrefix(request, this.options.pipeline.producers)) {
      throw new InferenceError('PreconditionFailed', 'no decode worker has the requested KV cache');
    }
    exchange.destination = destinationOf(result);
    exchange.scheduled = true;
    return this.preRequest.run(request, result);
  }

  private pick(request: InferenceRequest, candidates: Candidates): SchedulingResult {
    try {
      return this.options.scheduler.schedule(request, candidates);
    } catch (error) {
      if (error instanceof InferenceError) throw error;
      throw new InferenceError('ResourceExhausted', `failed to find target endpoint: ${messageOf(error)}`);
    }
  }

  private askAdmitters(request: InferenceRequest, candidates: Candidates): void {
    const { clock, typedDenials } = this.options;
    for (const { plugin, spent } of this.admitters) {
      const before = clock.now();
      const denial = denialOf(() => plugin.admit(request, candidates));
      spent(clock.now() - before);
      if (denial === undefined) continue;
      const prefix = 'request cannot be admitted: ';
      if (typedDenials) throw new InferenceError(denial.code, `${prefix}${denial.reason}`, denial.dropReason);
      throw new InferenceError('Internal', `${prefix}${denial.text}`);
    }
  }
}

/** Text of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function parse(parser: Parser, path: string, body: Buffer, parsed: () => void): ParsedBody {
  try {
    return parser.parse({ path: trimmedPath(path), body });
  } catch (error) {
    if (error instanceof InferenceError && error.code === 'BadRequest') throw error;
    throw new InferenceError('BadRequest', messageOf(error));
  } finally {
    parsed();
  }
}

function fairnessId({ headers }: Exchange, request: InferenceRequest): string {
  return firstOf(headers, controlHeaders.fairnessId) || request.attributes.get('agent-identity') || 'default-flow';
}

function refuseIfGone({ closed }: Exchange): void {
  if (closed) throw new InferenceError('ServiceUnavailable', 'client disconnected', 'rejected-context-cancelled');
}

const noCandidates = (message: string) => new InferenceError('ServiceUnavailable', message, 'rejected-no-endpoints');

function destinationOf(result: SchedulingResult): string {
  const targets = result.profiles.get(result.primary)?.targets;
  if (targets === undefined || targets.length === 0) throw new InferenceError('Internal', 'results must be greater than zero');
  const { port } = result;
  if (port === undefined && targets.length === 1) return (targets[0] as Endpoint).host;
  return targets.map((target) => (port === undefined ? target.host : hostPort(target.metadata.address, port))).join(',');
}

interface Denial {
  readonly code: ErrorCode;
  readonly reason: string;
  /** The reason as it reads when its kind is lost. */
  readonly text: string;
  readonly dropReason: DropReason | undefined;
}

/** An admitter denies with a reason, which means that too much is asked of the pool, or with an error of its own kind. */
function denialOf(admit: () => string | undefined): Denial | undefined {
  try {
    const reason = admit();
    return reason === undefined ? undefined : { code: 'ResourceExhausted', reason, text: reason, dropReason: undefined };
  } catch (error) {
    const reason = messageOf(error);
    if (!(error instanceof InferenceError)) return { code: 'Internal', reason, text: reason, dropReason: undefined };
    return { code: error.code, reason, text: `inference error: ${error.code} - ${reason}`, dropReason: error.dropReason };
  }
}
