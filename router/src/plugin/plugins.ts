import type { Candidates } from './candidates';
import type { Endpoint } from './endpoint';
import type { InferenceRequest, InferenceResponse, ParsedBody, ProfileResult, SchedulingResult, Usage } from './request';

interface Lifecycle {
  /** Called once, after all plugins are made and before the first request. The router is not ready before it resolves. */
  start?(): void | Promise<void>;
  /** Why the plugin can not serve yet; undefined when it can. */
  notReady?(): string | undefined;
  /** What the plugin holds, as plain JSON for debugging. Cheap, whatever it holds: it runs between requests. */
  state?(): unknown;
  /** Releases sockets, timers and threads. */
  stop?(): void | Promise<void>;
}

/** What every plugin may have. A plugin implements one or more of the interfaces below and is used wherever the config names it. */
// With `object`, because TypeScript refuses to take a class that has none of an interface's properties for one where all are optional.
export type Plugin = object & Lifecycle;

/** What a scheduling cycle tells filters, scorers and pickers besides the candidates. */
export interface Cycle {
  readonly request: InferenceRequest;
  /** Profile that runs. */
  readonly profile: string;
  /**
   * The endpoint that another profile of this request has picked (disaggregation).
   * @default - none yet
   */
  readonly peer?: Endpoint;
}

/** Takes endpoints out of question. */
export interface Filter extends Plugin {
  filter(cycle: Cycle, candidates: Candidates): void;
}

/** Rates endpoints. */
export interface Scorer extends Plugin {
  /**
   * Writes a score of 0 to 1 for each candidate: `scores[i]` belongs to `candidates.slots[i]`. `scores` is all 0 at the start, may be
   * longer than the list, and is reused; values outside 0 to 1 are clamped, NaN counts as 0.
   */
  score(cycle: Cycle, candidates: Candidates, scores: Float64Array): void;
}

/** Chooses among rated endpoints. */
export interface Picker extends Plugin {
  /** Returns positions in `candidates`, best first, at least one when there are candidates. `scores` are the weighted sums. */
  pick(cycle: Cycle, candidates: Candidates, scores: Float64Array): readonly number[];
}

/** Runs profiles on behalf of a handler: undefined when the filters left nothing or the profile failed. */
export type RunProfile = (profile: string, peer?: Endpoint) => ProfileResult | undefined;

/** Decides which profiles run and what their results mean. */
export interface ProfileHandler extends Plugin {
  /**
   * Runs profiles and returns the result.
   * @throws InferenceError when the request can not be served
   */
  schedule(request: InferenceRequest, profiles: readonly string[], run: RunProfile): SchedulingResult;
}

/** Decides whether a stage of disaggregation pays for a request. */
export interface Decider extends Plugin {
  /** `endpoint` is the decode pick (decode-first), or undefined (prefill-first). */
  decide(request: InferenceRequest, endpoint: Endpoint | undefined): boolean;
}

/** Looks at the request before admission. @throws InferenceError to refuse it */
export interface RequestHeaderProcessor extends Plugin {
  requestHeader(request: InferenceRequest): void;
}

/** Takes endpoints out of question for all profiles; each screener gets all candidates, what all keep stays. */
export interface Screener extends Plugin {
  screen(request: InferenceRequest, candidates: Candidates): void;
}

/** Computes data for a request. A failure stops the producers after it and never fails the request. */
export interface DataProducer extends Plugin {
  /**
   * Milliseconds that `produce` may take.
   * @default 400
   */
  readonly timeoutMs?: number;
  produce(request: InferenceRequest, candidates: Candidates): void | Promise<void>;
}

/** Lets a request in or not. */
export interface Admitter extends Plugin {
  /** Reason of a denial; undefined admits. */
  admit(request: InferenceRequest, candidates: Candidates): string | undefined;
}

/** Hears of the decision before it goes out; may set headers. @throws InferenceError to refuse the request */
export interface PreRequest extends Plugin {
  preRequest(request: InferenceRequest, result: SchedulingResult): void | Promise<void>;
}

/** Sees the head of the answer; may set headers. */
export interface ResponseHeaderProcessor extends Plugin {
  responseHeader(request: InferenceRequest, response: InferenceResponse, target: Endpoint | undefined): void;
}

/** Sees the answer's body go by. */
export interface ResponseBodyProcessor extends Plugin {
  /** First non-empty chunk of the body. */
  responseStart?(request: InferenceRequest, response: InferenceResponse): void;
  /** Each chunk with data, the first included. Implement it only if each chunk matters: it is on the hot path. */
  responseChunk?(request: InferenceRequest, response: InferenceResponse): void;
  /** The end, exactly once for each scheduled request, however its stream ended (`response.cause`). */
  responseEnd?(request: InferenceRequest, response: InferenceResponse): void;
}

/** How full the pool is. */
export interface SaturationDetector extends Plugin {
  /** 0 is idle, 1 and more is saturated. No candidates: 1. */
  saturation(candidates: Candidates): number;
}

/** A request as it came. */
export interface RawRequest {
  /** Path without query and trailing slash. */
  readonly path: string;
  readonly body: Buffer;
}

/** Reads an answer as it goes by, to count tokens. */
export interface ResponseReader {
  push(chunk: Buffer): void;
  /** Counts so far; undefined when none were reported. */
  readonly usage: Usage | undefined;
  /** Streamed events so far (`data:` lines other than `[DONE]`). */
  readonly events: number;
}

/** Understands an API. */
export interface Parser extends Plugin {
  /** Path suffixes it claims; none makes it the fallback. */
  readonly claims: readonly string[];
  /**
   * Protocols of the model server it can speak (`http`, `kubernetes.io/h2c`).
   * @default - any
   */
  readonly protocols?: readonly string[];
  /** Whether the model's name in the body can be replaced. */
  readonly rewritesModel: boolean;
  /** @throws InferenceError BadRequest */
  parse(raw: RawRequest): ParsedBody;
  /** Undefined when the answer is not looked into. */
  readResponse(body: ParsedBody, streaming: boolean): ResponseReader | undefined;
}
