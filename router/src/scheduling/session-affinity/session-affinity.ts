import { dataKeys, type JsonObject } from 'llm-d-epp-config';
import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import { dataName } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { Cycle, Filter, PreRequest, ResponseHeaderProcessor, Scorer } from '../../plugin/plugins';
import type { InferenceRequest, InferenceResponse, SchedulingResult } from '../../plugin/request';
import { EncodedEndpointStrategy } from './encoded-endpoint-strategy';
import { type ReadSessionId, SessionIdStrategy } from './session-id-strategy';
import type { SessionStrategy } from './strategy';

/** Source: llm-d-router v0.10.0, `scheduling/util/sessionaffinity`. */
const defaults = { tokenHeader: 'x-session-token', idHeader: 'x-session-id', ttlSeconds: 300, sweepSeconds: 10 };
/** Name by which configurations of upstream call the data of session-id-producer. */
const SESSION_ID_ATTRIBUTE = 'SessionIDDataKey';

/** What the filter and the scorer have in common: the strategy and its life. */
abstract class SessionAffinity implements PreRequest, ResponseHeaderProcessor {
  protected readonly strategy: SessionStrategy;

  constructor(context: PluginContext) {
    this.strategy = strategyOf(context);
  }

  start(): void {
    if (this.strategy instanceof SessionIdStrategy) this.strategy.start();
  }

  stop(): void {
    if (this.strategy instanceof SessionIdStrategy) this.strategy.stop();
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    this.strategy.decided(request, result);
  }

  responseHeader(request: InferenceRequest, response: InferenceResponse, target: Endpoint | undefined): void {
    this.strategy.answer(request, response, target);
  }
}

/** Keeps only the endpoint that a session is pinned to; all, where there is none or it is no candidate. */
export class SessionAffinityFilter extends SessionAffinity implements Filter {
  filter({ request }: Cycle, candidates: Candidates): void {
    const slot = this.strategy.choose(request, candidates);
    if (slot >= 0) candidates.only(slot);
  }
}

/** Gives 1 to the endpoint that a session is pinned to. */
export class SessionAffinityScorer extends SessionAffinity implements Scorer {
  score({ request }: Cycle, candidates: Candidates, scores: Float64Array): void {
    const slot = this.strategy.choose(request, candidates);
    if (slot < 0) return;
    for (let i = 0; i < candidates.size; i++) if (candidates.slots[i] === slot) scores[i] = 1;
  }
}

function strategyOf({ parameters, endpoints, clock }: PluginContext): SessionStrategy {
  const profile = String(parameters.profileName ?? '');
  if (parameters.strategy !== 'session_id') {
    const { header } = (parameters.encodedEndpointHeaderConfig ?? {}) as { header?: string };
    return new EncodedEndpointStrategy(endpoints, headerName(header, defaults.tokenHeader), profile);
  }
  const config = (parameters.sessionIdConfig ?? {}) as JsonObject;
  const seconds = (name: string, fallback: number): number => 1000 * (Number(config[name] ?? 0) || fallback);
  return new SessionIdStrategy({
    endpoints,
    clock,
    profile,
    readId: sessionIdReader((config.sources ?? []) as readonly SessionIdSource[]),
    ttlMs: seconds('evictionTtlSeconds', defaults.ttlSeconds),
    sweepMs: seconds('evictionSweepSeconds', defaults.sweepSeconds),
  });
}

interface SessionIdSource {
  readonly header?: string;
  readonly attribute?: string;
  readonly producer?: string;
}

/** The first source that yields a text counts. */
function sessionIdReader(sources: readonly SessionIdSource[]): ReadSessionId {
  const readers = (sources.length === 0 ? [{ header: defaults.idHeader }] : sources).map(sourceReader);
  return (request) => {
    for (const read of readers) {
      const id = read(request);
      if (typeof id === 'string' && id.trim() !== '') return id.trim();
    }
    return '';
  };
}

function sourceReader({ header, attribute = '', producer = '' }: SessionIdSource): (request: InferenceRequest) => unknown {
  if (header) {
    const name = headerName(header, defaults.tokenHeader);
    return (request) => request.headers.get(name);
  }
  if (attribute === SESSION_ID_ATTRIBUTE) return (request) => request.get('SessionID', producer || dataKeys.SessionID.defaultProducer);
  const name = dataName(attribute, producer);
  return (request) => request.getAny(name) ?? request.attributes.get(attribute);
}

/** Header names as the router holds them. */
function headerName(given: string | undefined, fallback: string): string {
  return given?.trim().toLowerCase() || fallback;
}
