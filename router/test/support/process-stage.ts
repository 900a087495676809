import { spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { PROCESS } from '../../src/ext-proc/ext-proc';
import { type Answer, decodeAnswer, encodeRequest } from './ext-proc-oracle';
import { FakeVllm } from './fake-vllm';
import { freePorts } from './free-ports';
import { RouterProcess, routerEntry } from './router-process';
import { until } from './runtime';

/** Ports of a router under test. */
export interface StagePorts {
  readonly grpc: number;
  readonly health: number;
  readonly metrics: number;
  readonly admin: number;
}

/** Runs the compiled router to its end. */
export async function runToEnd(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [routerEntry(), ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

/** Model servers, a folder with the router's files, and a router in a process of its own. */
export class ProcessStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-process-'));
  readonly servers: FakeVllm[] = [];
  readonly clients: ExtProcClient[] = [];
  ports!: StagePorts;
  router!: RouterProcess;

  /** Starts model servers and writes the files; the router is started by `start`. */
  static async create(servers = 2, fields: Readonly<Record<string, unknown>> = {}): Promise<ProcessStage> {
    const stage = new ProcessStage();
    for (let i = 0; i < servers; i++) stage.servers.push(await new FakeVllm().start());
    const [grpcPort, health, metrics, admin] = (await freePorts(4)) as [number, number, number, number];
    stage.ports = { grpc: grpcPort, health, metrics, admin };
    const endpoints = stage.servers.map(({ port }, i) => ({ name: `server-${i}`, address: '127.0.0.1', port: String(port) }));
    writeFileSync(stage.file('endpoints.yaml'), JSON.stringify({ endpoints }));
    stage.writeConfig(fields);
    return stage;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Text of a configuration with file discovery; `plugins` are added to those of the discovery. */
  configText({ plugins = [{ type: 'queue-scorer' }], ...fields }: Readonly<Record<string, unknown>> = {}): string {
    const discovery = { type: 'file-discovery', parameters: { path: this.file('endpoints.yaml') } };
    return JSON.stringify({
      apiVersion: 'llm-d.ai/v1alpha1',
      kind: 'EndpointPickerConfig',
      plugins: [discovery, ...(plugins as object[])],
      dataLayer: { discovery: { pluginRef: 'file-discovery' } },
      ...fields,
    });
  }

  /** Replaces the configuration file by a rename. */
  writeConfig(fields: Readonly<Record<string, unknown>> = {}): void {
    writeFileSync(this.file('config.draft'), this.configText(fields));
    renameSync(this.file('config.draft'), this.file('config.yaml'));
  }

  flags(...more: string[]): string[] {
    const { grpc: port, metrics } = this.ports;
    return [
      ...(more.some((flag) => flag.startsWith('--config-file=')) ? [] : [`--config-file=${this.file('config.yaml')}`]),
      '--pool-name=pool',
      `--grpc-port=${port}`,
      `--metrics-port=${metrics}`,
      ...(more.some((flag) => flag.startsWith('--secure-serving')) ? [] : ['--secure-serving=false']),
      ...more,
    ];
  }

  /** Starts the router without waiting for it. */
  start(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): RouterProcess {
    const { health, admin } = this.ports;
    this.router = RouterProcess.start(this.flags(...flags), health, { LLM_D_EPP_ADMIN_PORT: String(admin), ...env });
    return this.router;
  }

  /** A connection of its own to ext-proc. */
  client(credentials = grpc.credentials.createInsecure()): ExtProcClient {
    const client = new ExtProcClient(this.ports.grpc, credentials);
    this.clients.push(client);
    return client;
  }

  /** A resource of the admin port. */
  async admin<T>(path: string): Promise<T> {
    return (await (await fetch(`http://127.0.0.1:${this.ports.admin}${path}`)).json()) as T;
  }

  /** Value of a series of `/metrics` by its line up to the space; undefined when it is not there. */
  async metric(series: string): Promise<number | undefined> {
    const text = await (await fetch(`http://127.0.0.1:${this.ports.metrics}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  /** Waits for a line of the log. */
  logs(text: string): Promise<void> {
    return until(() => this.router.log.includes(text), `"${text}" in the log:\n${this.router.log}`);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.router?.stop();
    await Promise.all(this.servers.map((server) => server.stop()));
    rmSync(this.folder, { recursive: true });
  }
}

/** A connection of a proxy. */
export class ExtProcClient {
  private readonly client: grpc.Client;

  constructor(port: number, credentials: grpc.ChannelCredentials) {
    // A pool of its own makes it a connection of its own.
    this.client = new grpc.Client(`127.0.0.1:${port}`, credentials, { 'grpc.use_local_subchannel_pool': 1 });
  }

  /** Opens a stream and sends the head of a completion and its body, if there is one. */
  request(body?: string | Buffer, headers: Readonly<Record<string, string>> = {}): ExtProcStream {
    const stream = new ExtProcStream(this.client);
    stream.head({ ':path': '/v1/completions', ':method': 'POST', 'content-type': 'application/json', ...headers });
    if (body !== undefined) stream.body(body);
    return stream;
  }

  close(): void {
    this.client.close();
  }
}

/** One request of a proxy. */
export class ExtProcStream {
  readonly answers: Answer[] = [];
  ended = false;
  private readonly call: grpc.ClientDuplexStream<object, Answer>;

  constructor(client: grpc.Client) {
    this.call = client.makeBidiStreamRequest(PROCESS, encodeRequest, decodeAnswer, new grpc.Metadata());
    this.call.on('data', (answer: Answer) => this.answers.push(answer));
    this.call.on('error', () => {
      this.ended = true;
    });
    this.call.on('end', () => {
      this.ended = true;
    });
  }

  head(headers: Readonly<Record<string, string>>): void {
    const list = Object.entries(headers).map(([key, value]) => ({ key, raw_value: Buffer.from(value) }));
    this.call.write({ request_headers: { headers: { headers: list } } });
  }

  body(body: string | Buffer, endOfStream = true): void {
    this.call.write({ request_body: { body: Buffer.from(body), end_of_stream: endOfStream } });
  }

  /** Resolves with the first answer. */
  async answer(): Promise<Answer> {
    await until(() => this.answers.length > 0 || this.ended, 'an answer');
    const [first] = this.answers;
    if (first === undefined) throw new Error('the stream ended without an answer');
    return first;
  }

  /** Where the request goes. */
  async destination(): Promise<string | undefined> {
    const { mutation } = await this.answer();
    return mutation?.set.find(([name]) => name === 'x-gateway-destination-endpoint')?.[1];
  }

  /** Ends as Envoy does. */
  cancel(): void {
    this.call.cancel();
  }
}

/** A completion as the body of a request. */
export const completion = (prompt: string): string => JSON.stringify({ model: 'model', prompt });
