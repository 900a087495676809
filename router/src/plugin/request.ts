import type { JsonObject } from 'llm-d-epp-config';
import { dataName, type MediaFeature, type RequestData } from './data';
import type { Endpoint } from './endpoint';

/** Headers by lower-case name; the last of equal names counts. */
export interface Headers {
  get(name: string): string | undefined;
  /** Adds or replaces a header; the change reaches the model server (request) or the client (response). */
  set(name: string, value: string): void;
  /** Removes a header, so that the receiver does not see it. */
  delete(name: string): void;
  names(): Iterable<string>;
}

/** API that a request speaks. */
export type Api =
  | 'completions'
  | 'chat'
  | 'messages'
  | 'responses'
  | 'conversations'
  | 'embeddings'
  | 'generate'
  | 'images'
  | 'render'
  | 'raw';

/** What a parser reads from a body. */
export interface ParsedBody {
  readonly api: Api;
  /** Body as it came. */
  readonly bytes: Buffer;
  /**
   * The JSON object. With gRPC it is what the message wraps or means, not the body itself, which then stays as it came.
   * @default - the body is no JSON, or is not looked into
   */
  readonly payload?: JsonObject;
  /** `model` of the body; '' when absent. */
  readonly model: string;
  readonly stream: boolean;
  /**
   * The client's cap on output tokens.
   * @default - none
   */
  readonly maxOutputTokens?: number;
  /** `cache_salt`; '' when absent. */
  readonly cacheSalt: string;
  /**
   * Token ids that the body itself holds, a list a prompt.
   * @default - the body holds text
   */
  readonly tokenIds?: readonly Uint32Array[];
  /**
   * Media items within the first list of `tokenIds`, in prompt order.
   * @default - none
   */
  readonly media?: readonly MediaFeature[];
  /** Whether the router takes no part in the answer (A.9). */
  readonly skipResponse: boolean;
}

/** Token counts that the model server reports. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
  /**
   * Prompt tokens that came from the cache; 0 says that none did.
   * @default - not reported
   */
  cachedTokens?: number | undefined;
}

/** What ends a request. */
export type CompletionCause = 'complete' | 'client disconnect' | 'evicted' | 'error';

/** Outcome of a profile. */
export interface ProfileResult {
  /** Picked endpoints, best first; at least one. */
  readonly targets: readonly Endpoint[];
  /**
   * Weighted sums of all candidates that were left after the filters, by `Endpoint.host`.
   * @default - the scheduler keeps none
   */
  readonly scores?: ReadonlyMap<string, number>;
}

/** Outcome of a scheduling cycle. */
export interface SchedulingResult {
  /** Results by profile; a profile that failed has none. */
  readonly profiles: ReadonlyMap<string, ProfileResult | undefined>;
  /** Profile whose targets the request goes to. */
  readonly primary: string;
  /**
   * Port that replaces the own one of the primary profile's targets (data-parallel handlers).
   * @default - each target's own port
   */
  readonly port?: number;
}

const NO_BYTES = Buffer.alloc(0);

/** A request on its way through the router. */
export class InferenceRequest {
  /** Data that producers made, by `dataName`. */
  private readonly data = new Map<string, unknown>();
  /** Model after rewrites: what the model server is asked for. */
  targetModel: string;
  objective = '';
  priority = 0;
  fairnessId = 'default-flow';
  /** Attributes that request plugins found (`agent-identity`, ...). */
  readonly attributes = new Map<string, string>();
  /** Outcome of scheduling. */
  result: SchedulingResult | undefined;
  /** Size of the body in bytes. */
  readonly sizeBytes: number;

  constructor(
    readonly id: string,
    readonly headers: Headers,
    private parsed: ParsedBody,
    /** `Clock.now()` at the arrival of the headers. */
    readonly receivedAt: number,
  ) {
    this.targetModel = parsed.model;
    this.sizeBytes = parsed.bytes.length;
  }

  /** The body. From the response hooks on it is without what the prompt is made of: `bytes`, `payload`, `tokenIds` and `media`. */
  get body(): ParsedBody {
    return this.parsed;
  }

  /** Lets go of the prompt, once the request is on its way: an answer may take minutes. */
  dropPrompt(): void {
    const { api, model, stream, maxOutputTokens, cacheSalt, skipResponse } = this.parsed;
    const cap = maxOutputTokens === undefined ? undefined : { maxOutputTokens };
    this.parsed = { api, bytes: NO_BYTES, model, stream, ...cap, cacheSalt, skipResponse };
  }

  /** Model that the client asked for. */
  get incomingModel(): string {
    return this.body.model;
  }

  /** First target of the primary profile. */
  get target(): Endpoint | undefined {
    return this.result?.profiles.get(this.result.primary)?.targets[0];
  }

  /** Data of a built-in key by its producer. */
  get<K extends keyof RequestData>(key: K, producer: string): RequestData[K] | undefined {
    return this.data.get(dataName(key, producer)) as RequestData[K] | undefined;
  }

  /** Stores data of a built-in key. */
  put<K extends keyof RequestData>(key: K, producer: string, value: RequestData[K]): void {
    this.data.set(dataName(key, producer), value);
  }

  /** Data of any key, for plugins that exchange their own. */
  getAny(name: string): unknown {
    return this.data.get(name);
  }

  /** Stores data of any key. */
  putAny(name: string, value: unknown): void {
    this.data.set(name, value);
  }
}

/** The answer, as response plugins see it. */
export interface InferenceResponse {
  readonly headers: Headers;
  /** HTTP status, 0 when the headers named none. */
  readonly status: number;
  readonly streaming: boolean;
  /**
   * Endpoint that served the request, by the proxy's own word (`x-gateway-destination-endpoint-served`).
   * @default - the proxy does not say
   */
  readonly served?: string;
  /** `Clock.now()` of the first body bytes; NaN before them. */
  readonly firstByteAt: number;
  /** Counts seen so far. */
  readonly usage: Usage | undefined;
  /**
   * What ended the request.
   * @default - it has not ended
   */
  readonly cause?: CompletionCause;
  /** Goes out as dynamic metadata of the last body message: namespace, name, value. */
  readonly metadata: Map<string, Record<string, unknown>>;
}
