import { createExtProc } from '../../src/ext-proc/ext-proc';
import type {
  Candidates,
  InferenceRequest,
  ParsedBody,
  Parser,
  RawRequest,
  ResponseReader,
  SchedulingResult,
  Usage,
} from '../../src/plugin';
import { InferenceError } from '../../src/plugin';
import type { Admission, AdmissionControl, Evict } from '../../src/request-control/admission';
import type { Named, Pipeline } from '../../src/request-control/pipeline';
import type { ModelRewrite, Pool } from '../../src/request-control/pool';
import { LabelLimits } from '../../src/telemetry/bounded-label';
import type { Tracing } from '../../src/telemetry/tracing';
import type { GrpcMethods } from '../../src/transport/types';
import { type ContextOptions, TestContext } from './context';
import { FakeEnvoy } from './fake-envoy';

/** Counts `usage` of JSON and of the last SSE line that has one. */
class TestReader implements ResponseReader {
  events = 0;
  private text = '';

  push(chunk: Buffer): void {
    this.text += chunk.toString('latin1');
  }

  get usage(): Usage | undefined {
    const match = /"usage":\{"prompt_tokens":(\d+),"completion_tokens":(\d+)(?:,"cached":(\d+))?\}/.exec(this.text);
    if (match === null) return undefined;
    const [prompt, completion] = [Number(match[1]), Number(match[2])];
    const cached = match[3] === undefined ? undefined : Number(match[3]);
    return { promptTokens: prompt, completionTokens: completion, totalTokens: prompt + completion, cachedTokens: cached };
  }
}

/** Reads JSON bodies that have a prompt, as openai-parser does. */
export const jsonParser: Parser = {
  claims: ['completions', '/v1/skip/'],
  rewritesModel: true,
  parse({ body, path }: RawRequest): ParsedBody {
    let payload: Record<string, unknown>;
    try {
      payload = JSON.parse(body.toString('utf8'));
    } catch (error) {
      throw new InferenceError('BadRequest', `error unmarshaling request bodyMap: ${(error as Error).message}`);
    }
    if (payload.prompt === undefined) throw new InferenceError('BadRequest', 'invalid completions request: must have prompt field');
    const model = typeof payload.model === 'string' ? payload.model : '';
    const skipResponse = path.endsWith('skip');
    return {
      api: 'completions',
      bytes: body,
      payload: payload as never,
      model,
      stream: payload.stream === true,
      cacheSalt: '',
      skipResponse,
    };
  },
  readResponse: () => new TestReader(),
};

/** Takes any body as it is. */
export const rawParser: Parser = {
  claims: [],
  rewritesModel: false,
  parse: ({ body }) => ({ api: 'raw', bytes: body, model: '', stream: false, cacheSalt: '', skipResponse: false }),
  readResponse: () => undefined,
};

/** Lets everything in at once, unless told otherwise, and notes what it is told. */
export class TestAdmission implements AdmissionControl {
  admitted = 0;
  finished = 0;
  cancelled = 0;
  subsets: (readonly string[] | undefined)[] = [];
  evict: Evict | undefined;
  /** Refuses the next request at once. */
  refusal: InferenceError | undefined;
  /** Makes requests wait. */
  hold = false;
  readonly waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  admit(_request: InferenceRequest, subset: readonly string[] | undefined): Admission {
    this.subsets.push(subset);
    if (this.refusal !== undefined) throw this.refusal;
    let entry: { resolve: () => void; reject: (error: Error) => void } | undefined;
    const wait = this.hold
      ? new Promise<void>((resolve, reject) => {
          entry = { resolve, reject };
          this.waiting.push(entry);
        })
      : undefined;
    this.admitted++;
    return {
      wait,
      cancel: () => {
        this.cancelled++;
        entry?.reject(new InferenceError('ServiceUnavailable', 'client disconnected: ', 'rejected-context-cancelled'));
      },
      dispatched: (evict) => {
        this.evict = evict;
      },
      finished: () => {
        this.finished++;
      },
    };
  }
}

/** Picks the first candidate, unless told otherwise. */
export const firstCandidate =
  (context: TestContext) =>
  (_request: InferenceRequest, candidates: Candidates): SchedulingResult => {
    const endpoint = context.endpoints.at(candidates.slots[0] as number);
    if (endpoint === undefined) throw new Error('nothing to pick');
    return { profiles: new Map([['default', { targets: [endpoint] }]]), primary: 'default' };
  };

/** What a test replaces. */
export interface HarnessOptions extends ContextOptions {
  /** @default - none but the parsers */
  readonly pipeline?: Partial<Pipeline>;
  /** @default - priorities by objective: none */
  readonly priorities?: Readonly<Record<string, number>>;
  /** @default - no rules */
  readonly rewrite?: (model: string) => ModelRewrite | undefined;
  /** @default - the first candidate */
  readonly schedule?: (context: TestContext) => (request: InferenceRequest, candidates: Candidates) => SchedulingResult;
  /** @default 3 */
  readonly pods?: number;
  /** @default false */
  readonly emitEndpointScores?: boolean;
  /** @default false */
  readonly disableEndpointSubsetFilter?: boolean;
  /** @default - none */
  readonly tracing?: Tracing;
}

/** A plugin with a name, which is its type too. */
export const named = <P>(name: string, plugin: P): Named<P> => ({ name, type: name, plugin });

/** Ext-proc with stubs around it. Pods are 10.0.0.1:8000 and so on. */
export class ExtProcHarness {
  readonly context: TestContext;
  readonly admission = new TestAdmission();
  readonly methods: GrpcMethods;

  constructor(options: HarnessOptions = {}) {
    this.context = new TestContext(options);
    this.context.pods(options.pods ?? 3);
    const { endpoints, clock, log, metrics, random, env } = this.context;
    const pool: Pool = {
      name: 'pool',
      namespace: 'default',
      notSynced: () => undefined,
      priorityOf: (objective) => options.priorities?.[objective],
      priorities: () => Object.values(options.priorities ?? {}),
      rewrite: (model) => options.rewrite?.(model),
    };
    this.methods = createExtProc({
      pipeline: {
        parsers: [named('json', jsonParser), named('raw', rawParser)],
        headerProcessors: [],
        screeners: [],
        producers: [],
        admitters: [],
        preRequest: [],
        responseHeader: [],
        responseBody: [],
        ...options.pipeline,
      },
      scheduler: { schedule: (options.schedule ?? firstCandidate)(this.context) },
      admission: this.admission,
      pool,
      endpoints,
      metrics,
      limits: new LabelLimits(),
      clock,
      random,
      log,
      env,
      emitEndpointScores: options.emitEndpointScores ?? false,
      disableEndpointSubsetFilter: options.disableEndpointSubsetFilter ?? false,
      tracing: options.tracing,
    });
  }

  /** A new stream. */
  open(): FakeEnvoy {
    return new FakeEnvoy(this.methods);
  }

  /** A stream whose request has been answered: a completion request for `model`. */
  sent(body: object = { model: 'model', prompt: 'hi' }, headers: Readonly<Record<string, string>> = {}): FakeEnvoy {
    return this.open()
      .requestHeaders({ ':path': '/v1/completions', 'x-request-id': 'id', ...headers })
      .requestBody(JSON.stringify(body));
  }

  /** Value of one line of the metrics page; undefined when it is not there. */
  metric(line: string): number | undefined {
    const found = this.context.metrics
      .text()
      .split('\n')
      .find((text) => text.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length + 1));
  }
}

/** Lets promises that are settled run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
