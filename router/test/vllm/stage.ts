import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvoyProcess } from '../envoy/envoy-process';
import { freePorts } from '../support/free-ports';
import { RouterProcess } from '../support/router-process';
import { CacheModel, type Holdings } from './cache-model';
import { TcpRelay } from './tcp-relay';
import { BLOCK_SIZE, MODEL, VllmServer } from './vllm-server';

/** Calls until the result is as wished; the last result, also when it never was. */
export async function eventually<T>(get: () => T | Promise<T>, good: (value: T) => boolean, timeoutMs = 10_000): Promise<T> {
  for (const end = Date.now() + timeoutMs; ; await sleep(50)) {
    const value = await get();
    if (good(value) || Date.now() > end) return value;
  }
}

/** An OpenAI answer, as far as the tests look at it. */
export interface Completion {
  readonly status: number;
  readonly body: {
    readonly usage: {
      readonly prompt_tokens: number;
      readonly completion_tokens: number;
      readonly prompt_tokens_details: { readonly cached_tokens: number };
    };
  };
}

/** Posts JSON over a connection of its own: vLLM closes idle ones after five seconds. */
export function post(url: string, path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Completion> {
  const text = JSON.stringify(body);
  const all = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers };
  return new Promise((resolve, reject) => {
    const call = request(`${url}${path}`, { method: 'POST', agent: false, headers: all }, (response) => {
      const chunks: string[] = [];
      response.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = chunks.join('');
        const isJson = response.headers['content-type']?.startsWith('application/json') === true;
        resolve({ status: response.statusCode, body: isJson && answer !== '' ? JSON.parse(answer) : undefined } as Completion);
      });
    });
    call.on('error', reject);
    call.end(text);
  });
}

/** How a router chose a server. */
export interface Choice {
  readonly picked: string;
  /** Share of the prompt's blocks that the router believed to be in the cache of the server, by server. */
  readonly shares: ReadonlyMap<string, number>;
}

interface Decision {
  readonly profiles: readonly {
    readonly endpoints: readonly { readonly endpoint: string; readonly picked: boolean; readonly scores: Record<string, number> }[];
  }[];
}

/** What differs between the routers of the tests. */
export interface RouterOptions {
  /** Server that tokenises. */
  readonly tokenizer: VllmServer;
  readonly blockSize: number;
  /** Whether lost messages are asked for again. */
  readonly replay: boolean;
}

/** A compiled router with an Envoy before it. */
export class RoutedFront {
  private router!: RouterProcess;
  private envoy!: EnvoyProcess;
  private asked = 0;
  private ports!: { metrics: number; admin: number; envoy: number };

  constructor(
    private readonly stage: Stage,
    readonly options: RouterOptions,
  ) {}

  async start(): Promise<void> {
    const [grpc, health, metrics, admin, envoy, envoyAdmin] = (await freePorts(6)) as [number, number, number, number, number, number];
    this.ports = { metrics, admin, envoy };
    const folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-vllm-'));
    this.stage.folders.push(folder);
    writeFileSync(join(folder, 'endpoints.yaml'), JSON.stringify({ endpoints: this.stage.endpoints() }));
    writeFileSync(join(folder, 'config.yaml'), JSON.stringify(this.config(folder)));
    this.router = await RouterProcess.behindEnvoy(join(folder, 'config.yaml'), { grpc, health, metrics, admin }, 2);
    const options = { listenPort: envoy, adminPort: envoyAdmin, eppPort: grpc, failOpen: false, fallbackPort: grpc };
    this.envoy = await EnvoyProcess.start(this.stage.envoy, options);
  }

  async stop(): Promise<void> {
    await this.envoy?.stop();
    await this.router?.stop();
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.envoy}`;
  }

  get log(): string {
    return this.router.log;
  }

  /** Sends a request through Envoy, and tells how the router chose. */
  async ask(path: string, body: object): Promise<Completion & Choice> {
    const id = `request-${this.asked++}`;
    const answer = await post(this.url, path, { model: MODEL, ...body }, { 'x-request-id': id });
    return { ...answer, ...(await this.choice(id)) };
  }

  /** How a request was decided. */
  async choice(id: string): Promise<Choice> {
    const response = await fetch(`http://127.0.0.1:${this.ports.admin}/decisions/${id}`);
    const { profiles } = (await response.json()) as Decision;
    const endpoints = profiles[0]?.endpoints ?? [];
    return {
      picked: endpoints.find(({ picked }) => picked)?.endpoint ?? '',
      shares: new Map(endpoints.map(({ endpoint, scores }) => [endpoint, scores['prefix-cache-scorer'] ?? Number.NaN])),
    };
  }

  /** What the router knows of the caches, by server. */
  async holdings(): Promise<Record<string, Holdings>> {
    const response = await fetch(`http://127.0.0.1:${this.ports.metrics}/debug/plugins/state`);
    const plugins = (await response.json()) as { type: string; state?: { pods: ({ pod: string } & Holdings)[] } }[];
    const { state } = plugins.find(({ type }) => type === 'precise-prefix-cache-producer') ?? {};
    return Object.fromEntries((state?.pods ?? []).map(({ pod, blocks, digest }) => [pod, { blocks, digest }]));
  }

  /** Columns of an endpoint, by server. */
  async values(): Promise<Record<string, Record<string, number>>> {
    const response = await fetch(`http://127.0.0.1:${this.ports.admin}/endpoints`);
    const { endpoints } = (await response.json()) as { endpoints: { endpoint: string; values: Record<string, number> }[] };
    return Object.fromEntries(endpoints.map(({ endpoint, values }) => [endpoint, values]));
  }

  /** Sum of the series of a metric whose labels hold a text. */
  async metric(name: string, label = ''): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.ports.metrics}/metrics`)).text();
    const rows = text.split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line) && line.includes(label));
    return rows.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  private config(folder: string): object {
    const { tokenizer, blockSize, replay } = this.options;
    const { events, replay: replayPort } = this.stage.podPorts;
    const plugins = [
      { type: 'file-discovery', parameters: { path: join(folder, 'endpoints.yaml') } },
      { type: 'token-producer', parameters: { modelName: MODEL, vllm: { url: tokenizer.url } } },
      {
        type: 'precise-prefix-cache-producer',
        parameters: {
          tokenProcessorConfig: { blockSizeTokens: blockSize },
          kvEventsConfig: { podDiscoveryConfig: { socketPort: events, ...(replay ? { replaySocketPort: replayPort } : {}) } },
        },
      },
      { type: 'prefix-cache-scorer', parameters: { prefixMatchInfoProducerName: 'precise-prefix-cache-producer' } },
      { type: 'queue-scorer' },
      { type: 'max-score-picker' },
    ];
    const scheduled = [{ pluginRef: 'prefix-cache-scorer', weight: 3 }, { pluginRef: 'queue-scorer' }, { pluginRef: 'max-score-picker' }];
    return {
      apiVersion: 'llm-d.ai/v1alpha1',
      kind: 'EndpointPickerConfig',
      plugins,
      schedulingProfiles: [{ name: 'default', plugins: scheduled }],
      dataLayer: { discovery: { pluginRef: 'file-discovery' } },
    };
  }
}

/**
 * Two real servers, as pods would be: each on an address of its own, all on the same ports. vLLM publishes on all addresses of a machine,
 * so a relay for each address stands where the pods' event sockets would.
 */
export class Stage {
  readonly folders: string[] = [];
  podPorts!: { http: number; events: number; replay: number };
  servers!: readonly [VllmServer, VllmServer];
  models!: readonly [CacheModel, CacheModel];
  /** Of the first server: events, replay; then of the second. */
  relays!: readonly TcpRelay[];
  /** With replay, render endpoints and the blocks of the servers. */
  exact!: RoutedFront;
  /** Without replay, with `/tokenize` and half blocks. */
  plain!: RoutedFront;

  constructor(
    private readonly root: string,
    readonly envoy: string,
  ) {}

  async start(): Promise<void> {
    const [http, events, replay, ...own] = (await freePorts(7)) as [number, number, number, ...number[]];
    this.podPorts = { http, events, replay };
    const server = (address: string, at: number): VllmServer =>
      new VllmServer({
        root: this.root,
        address,
        port: http,
        eventsPort: own[at] as number,
        replayPort: own[at + 1] as number,
        render: at === 0,
      });
    this.servers = [server('127.0.0.2', 0), server('127.0.0.3', 2)];
    const [first, second] = this.servers;
    this.models = [new CacheModel(first.options.eventsPort), new CacheModel(second.options.eventsPort)];
    this.relays = await Promise.all(
      this.servers.flatMap(({ options: { address, eventsPort, replayPort } }) => [
        new TcpRelay(address, events, eventsPort).listen(),
        new TcpRelay(address, replay, replayPort).listen(),
      ]),
    );
    this.exact = new RoutedFront(this, { tokenizer: first, blockSize: BLOCK_SIZE, replay: true });
    this.plain = new RoutedFront(this, { tokenizer: second, blockSize: BLOCK_SIZE / 2, replay: false });
    await Promise.all(this.servers.map((one) => one.start()));
    await Promise.all([this.exact.start(), this.plain.start()]);
    await Promise.all(this.servers.map((one, i) => this.heard(one, i)));
    await this.emptyCaches();
  }

  async stop(): Promise<void> {
    await this.plain?.stop();
    await this.exact?.stop();
    await Promise.all((this.relays ?? []).map((relay) => relay.cut()));
    await Promise.all((this.servers ?? []).map((one) => one.kill()));
    for (const model of this.models ?? []) model.close();
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }

  /** Entries of an endpoints file. */
  endpoints(): object[] {
    return this.servers.map(({ options: { address, port } }, i) => ({ name: `server-${i}`, address, port }));
  }

  /** What the events say that a router must know. */
  expected({ options: { blockSize } }: RoutedFront): Record<string, Holdings> {
    return Object.fromEntries(this.servers.map(({ host }, i) => [host, (this.models[i] as CacheModel).holdings(MODEL, blockSize)]));
  }

  /** What a router knows of the caches, and what it should know; equal unless it stays wrong for ten seconds. */
  compare(front: RoutedFront): Promise<{ known: Record<string, Holdings>; expected: Record<string, Holdings> }> {
    const get = async () => ({ known: await front.holdings(), expected: this.expected(front) });
    return eventually(get, ({ known, expected }) =>
      Object.entries(expected).every(([host, { blocks, digest }]) => known[host]?.blocks === blocks && known[host]?.digest === digest),
    );
  }

  /** Empties both caches, which all listeners hear of: an engine publishes when it next has a request to schedule. */
  async emptyCaches(): Promise<void> {
    for (const { url } of this.servers) {
      await post(url, '/reset_prefix_cache', {});
      await post(url, '/v1/completions', { model: MODEL, prompt: 'hello', max_tokens: 1 });
    }
    await eventually(
      () => this.models.map(({ size }) => size),
      (sizes) => sizes.every((size) => size === 0),
    );
  }

  /** Server that holds most of a prompt, and how many blocks. */
  holder(tokens: readonly number[]): { readonly host: string; readonly blocks: number } {
    const held = this.models.map((model, i) => ({ host: (this.servers[i] as VllmServer).host, blocks: model.heldOf(tokens, BLOCK_SIZE) }));
    return held.reduce((best, one) => (one.blocks > best.blocks ? one : best));
  }

  /** Token ids of a text. */
  async tokens(prompt: string): Promise<readonly number[]> {
    const { body } = await post(this.servers[1].url, '/tokenize', { model: MODEL, prompt });
    return (body as unknown as { tokens: number[] }).tokens;
  }

  /** Sends a server prompts until both routers have heard of one: a subscription takes a moment, and the first request some seconds. */
  private async heard({ url }: VllmServer, index: number): Promise<void> {
    for (let i = 0; i < 100; i++) {
      await post(url, '/v1/completions', { model: MODEL, prompt: `${i} `.repeat(100), max_tokens: 1 });
      const counts = await Promise.all(
        [this.exact, this.plain].map((front) => front.metric('llm_d_epp_kv_cache_events_messages_received_total', `/server-${index}"`)),
      );
      if (counts.every((count) => count > 0)) return;
      await sleep(100);
    }
    throw new Error(`the routers hear nothing of ${url}:\n${this.exact.log}`);
  }
}
