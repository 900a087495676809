import { fillParameters, type JsonObject, pluginCatalog } from 'llm-d-epp-config';
import {
  Candidates,
  type Clock,
  type Endpoint,
  type EndpointMetadata,
  EndpointTable,
  type Headers,
  InferenceRequest,
  type Log,
  type ParsedBody,
  type Plugin,
  type PluginContext,
  type PluginFactory,
  type RouterSettings,
} from '../../src/plugin';
import { MetricsRegistry } from '../../src/telemetry/registry';

/** Clocks that stand still until a test moves them. */
export class FakeClock implements Clock {
  private elapsed = 0;

  /** 2026-01-01, so that ages of objects are plausible. */
  constructor(private readonly startWall = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.elapsed;
  }

  wallTime(): number {
    return this.startWall + this.elapsed;
  }

  /** Moves both clocks. */
  advance(milliseconds: number): void {
    this.elapsed += milliseconds;
  }
}

/** Uniform numbers in [0, 1) that are the same in every run. Source: the generator mulberry32. */
export function seededRandom(seed = 1): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One recorded line. */
export interface LogLine {
  readonly level: keyof Log;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Prints nothing and keeps what was logged. */
export class RecordingLog implements Log {
  readonly lines: LogLine[] = [];
  error = this.at('error');
  warn = this.at('warn');
  info = this.at('info');
  debug = this.at('debug');
  trace = this.at('trace');

  /** Messages of one level, in order. */
  messages(level: keyof Log): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  private at(level: keyof Log): (fields: object, message: string) => void {
    return (fields, message) => this.lines.push({ level, fields: { ...fields }, message });
  }
}

/** Headers in a map, names in lower case. */
export class TestHeaders implements Headers {
  private readonly values = new Map<string, string>();

  constructor(headers: Readonly<Record<string, string>> = {}) {
    for (const [name, value] of Object.entries(headers)) this.set(name, value);
  }

  get(name: string): string | undefined {
    return this.values.get(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.values.set(name.toLowerCase(), value);
  }

  delete(name: string): void {
    this.values.delete(name.toLowerCase());
  }

  names(): Iterable<string> {
    return this.values.keys();
  }
}

/** What a test says of a request; the rest is a short completion request. */
export interface RequestOptions extends Partial<Omit<ParsedBody, 'bytes'>> {
  /** @default 'request' */
  readonly id?: string;
  /** @default - none */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The JSON body.
   * @default - a prompt of one word
   */
  readonly body?: JsonObject;
  /**
   * `Clock.now()` at the arrival.
   * @default 0
   */
  readonly receivedAt?: number;
}

/** A request as a parser leaves it. */
export function request(options: RequestOptions = {}): InferenceRequest {
  const { id = 'request', headers, body = { model: 'model', prompt: 'hello' }, receivedAt = 0, ...parsed } = options;
  const complete: ParsedBody = {
    api: 'completions',
    bytes: Buffer.from(JSON.stringify(body)),
    payload: body,
    model: typeof body.model === 'string' ? body.model : '',
    stream: body.stream === true,
    cacheSalt: '',
    skipResponse: false,
    ...parsed,
  };
  return new InferenceRequest(id, new TestHeaders(headers), complete, receivedAt);
}

/** What a test replaces of the context. */
export interface ContextOptions {
  /** @default - a new table */
  readonly endpoints?: EndpointTable;
  /** @default - a new one at 0 */
  readonly clock?: FakeClock;
  /** @default - seeded with 1 */
  readonly random?: () => number;
  /** @default - none */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default - refresh every 50 ms, stale after 2 s */
  readonly settings?: Partial<RouterSettings>;
}

/** Everything a plugin is made from, all of it in the test's hands. */
export class TestContext {
  readonly endpoints: EndpointTable;
  readonly clock: FakeClock;
  readonly log = new RecordingLog();
  readonly metrics = new MetricsRegistry();
  readonly random: () => number;
  readonly env: Record<string, string | undefined>;
  readonly settings: RouterSettings;
  /** Plugins made so far, by name. */
  readonly plugins = new Map<string, Plugin>();

  constructor(options: ContextOptions = {}) {
    this.endpoints = options.endpoints ?? new EndpointTable();
    this.clock = options.clock ?? new FakeClock();
    this.random = options.random ?? seededRandom();
    this.env = { ...options.env };
    this.settings = {
      poolName: 'pool',
      poolNamespace: 'default',
      refreshMetricsIntervalMs: 50,
      metricsStalenessThresholdMs: 2000,
      ...options.settings,
    };
  }

  /** Makes a plugin with the defaults of its type filled in, as the router does, and keeps it under its name. */
  make<P extends Plugin = Plugin>(factory: PluginFactory, type: string, parameters: JsonObject = {}, name = type): P {
    const plugin = factory(this.contextOf(type, parameters, name));
    this.plugins.set(name, plugin);
    return plugin as P;
  }

  /** The context for one plugin. */
  contextOf(type: string, parameters: JsonObject = {}, name = type): PluginContext {
    const { endpoints, clock, random, log, metrics, env, settings } = this;
    const schema = pluginCatalog.get(type)?.parameters;
    return {
      name,
      type,
      parameters: schema === undefined ? parameters : fillParameters(schema, parameters),
      endpoints,
      clock,
      random,
      log,
      metrics,
      env,
      settings,
      plugin: (other) => {
        const found = this.plugins.get(other);
        if (found === undefined) throw new Error(`no plugin "${other}"`);
        return found;
      },
      plugins: () => this.plugins,
    };
  }

  /** Adds an endpoint `default/<name>` with an address of its own. */
  endpoint(name: string, metadata: Partial<Omit<EndpointMetadata, 'name'>> = {}): Endpoint {
    const { namespace = 'default', port = 8000 } = metadata;
    const number = this.endpoints.size + 1;
    const address = metadata.address ?? `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
    return this.endpoints.upsert({
      id: `${namespace}/${name}`,
      namespace,
      name,
      address,
      port,
      metricsHost: `${address}:${port}`,
      labels: {},
      rankIndex: 0,
      ...metadata,
    });
  }

  /** Adds `count` endpoints `pod-0`, `pod-1`, ... */
  pods(count: number, labels: (index: number) => Readonly<Record<string, string>> = () => ({})): Endpoint[] {
    return Array.from({ length: count }, (_, index) => this.endpoint(`pod-${index}`, { labels: labels(index) }));
  }

  /** Writes a column, made with `empty` when nobody has made it before. */
  set(column: string, endpoint: Endpoint, value: number, empty = 0): void {
    this.endpoints.column(column, empty).set(endpoint.slot, value);
  }

  /** A list of the given endpoints, or of all. */
  candidates(endpoints: readonly Endpoint[] = this.endpoints.all()): Candidates {
    return new Candidates().fill(endpoints);
  }

  /** Names of the endpoints in a list, in its order. */
  names(candidates: Candidates): string[] {
    return Array.from(candidates.slots.subarray(0, candidates.size), (slot) => this.endpoints.at(slot)?.metadata.name ?? `empty ${slot}`);
  }
}
