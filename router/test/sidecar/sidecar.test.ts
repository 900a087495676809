import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvoyProcess, envoyBinary } from '../envoy/envoy-process';
import { type Answer, ask, closeClient } from '../envoy/http-client';
import { FakeVllm } from '../support/fake-vllm';
import { freePorts } from '../support/free-ports';
import { RouterProcess } from '../support/router-process';
import { SidecarProcess, sidecarBinary } from './sidecar-process';

const sidecarPath = sidecarBinary();
const envoyPath = sidecarPath === undefined ? undefined : envoyBinary();
const describeWithSidecar = envoyPath === undefined ? describe.skip : describe;

interface Address {
  readonly port: number;
  readonly role?: string;
}

const refs = (...names: string[]): object[] => names.map((pluginRef) => ({ pluginRef }));
const types = (...names: string[]): object[] => names.map((type) => ({ type }));

/** Envoy and the router with file discovery; who stands behind is each test's own. */
class Front {
  private readonly folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-sidecar-test-'));
  private readonly endpoints = join(this.folder, 'endpoints.yaml');
  private router!: RouterProcess;
  private envoy!: EnvoyProcess;
  private port = 0;
  private admin = 0;

  async start(plugins: readonly object[], schedulingProfiles: readonly object[], addresses: readonly Address[]): Promise<void> {
    const [grpc, health, metrics, admin, port, envoyAdmin] = (await freePorts(6)) as [number, number, number, number, number, number];
    [this.port, this.admin] = [port, admin];
    this.writeEndpoints(addresses);
    const discovery = { type: 'file-discovery', parameters: { path: this.endpoints, watchFile: true } };
    const config = {
      apiVersion: 'llm-d.ai/v1alpha1',
      kind: 'EndpointPickerConfig',
      plugins: [discovery, ...plugins],
      schedulingProfiles,
      dataLayer: { discovery: { pluginRef: 'file-discovery' } },
    };
    const file = join(this.folder, 'config.yaml');
    writeFileSync(file, JSON.stringify(config));
    this.router = await RouterProcess.behindEnvoy(file, { grpc, health, metrics, admin });
    const options = { eppPort: grpc, listenPort: port, adminPort: envoyAdmin, failOpen: false, fallbackPort: port };
    this.envoy = await EnvoyProcess.start(envoyPath as string, options);
  }

  async stop(): Promise<void> {
    closeClient();
    await this.envoy?.stop();
    await this.router?.stop();
  }

  ask(body: object, headers: Readonly<Record<string, string>> = {}, path = '/v1/completions'): Promise<Answer> {
    return ask({ port: this.port, path, headers, body: JSON.stringify(body) });
  }

  /** Replaces the endpoints and waits until the router has read them. */
  async replaceEndpoints(addresses: readonly Address[]): Promise<void> {
    this.writeEndpoints(addresses);
    await this.until((endpoints) => endpoints.length === addresses.length);
  }

  /** Waits until what the router knows of the endpoints is as wanted. */
  async until(wanted: (endpoints: readonly Record<string, unknown>[]) => boolean): Promise<void> {
    for (let i = 0; i < 100; i++) {
      const page = (await (await fetch(`http://127.0.0.1:${this.admin}/endpoints`)).json()) as { endpoints: Record<string, unknown>[] };
      if (wanted(page.endpoints)) return;
      await sleep(50);
    }
    throw new Error('the router does not know the endpoints as wanted');
  }

  private writeEndpoints(addresses: readonly Address[]): void {
    const endpoints = addresses.map(({ port, role }, i) => ({
      name: `server-${i}`,
      address: '127.0.0.1',
      port: String(port),
      ...(role !== undefined && { labels: { 'llm-d.ai/role': role } }),
    }));
    writeFileSync(`${this.endpoints}.draft`, JSON.stringify({ endpoints }));
    renameSync(`${this.endpoints}.draft`, this.endpoints);
  }
}

const bodyOf = (server: FakeVllm): Record<string, unknown> => {
  expect(server.served).toHaveLength(1);
  return JSON.parse(server.served[0]?.body ?? '') as Record<string, unknown>;
};

describeWithSidecar('prefill and decode through the pd-sidecar', () => {
  const transfer = {
    do_remote_prefill: true,
    do_remote_decode: false,
    remote_block_ids: [7, 8],
    remote_host: 'prefill',
    remote_port: 5600,
  };
  const front = new Front();
  const decode = new FakeVllm();
  const prefill = new FakeVllm();
  const stranger = new FakeVllm();
  let sidecar: SidecarProcess;
  let addresses: Address[];

  beforeAll(async () => {
    await Promise.all([decode, prefill, stranger].map((server) => server.start()));
    prefill.extra = { kv_transfer_params: transfer };
    const [port] = (await freePorts(1)) as [number];
    sidecar = await SidecarProcess.start(sidecarPath as string, port, decode.port);
    addresses = [
      { port, role: 'decode' },
      { port: prefill.port, role: 'prefill' },
    ];
    const plugins = [
      ...types('always-disagg-pd-decider', 'prefill-filter', 'decode-filter', 'queue-scorer', 'prefix-cache-scorer'),
      { type: 'disagg-profile-handler', parameters: { deciders: { prefill: 'always-disagg-pd-decider' } } },
    ];
    const profiles = [
      { name: 'prefill', plugins: refs('prefill-filter', 'queue-scorer', 'prefix-cache-scorer') },
      { name: 'decode', plugins: refs('decode-filter', 'queue-scorer', 'prefix-cache-scorer') },
    ];
    await front.start(plugins, profiles, addresses);
  }, 60_000);

  afterAll(async () => {
    await front.stop();
    await sidecar?.stop();
    await Promise.all([decode, prefill, stranger].map((server) => server.stop()));
  }, 30_000);

  beforeEach(() => {
    for (const server of [decode, prefill, stranger]) server.requests.length = 0;
  });

  test('the prefill server gets one token to make, the decode server the way to the cache', async () => {
    const answer = await front.ask({ model: 'model', prompt: 'hello', max_tokens: 50, seed: 1 });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-served-by']).toBe(decode.host);
    expect(bodyOf(prefill)).toMatchObject({
      model: 'model',
      prompt: 'hello',
      seed: 1,
      max_tokens: 1,
      stream: false,
      kv_transfer_params: { do_remote_decode: true, do_remote_prefill: false },
    });
    expect(bodyOf(decode)).toEqual({ model: 'model', prompt: 'hello', max_tokens: 50, seed: 1, kv_transfer_params: transfer });
    const [first, second] = [prefill.served[0]?.headers['x-request-id'], decode.served[0]?.headers['x-request-id']];
    expect(first).toBe(second);
    expect(decode.served[0]?.headers).not.toHaveProperty('x-prefiller-host-port');
  });

  test('chat that streams takes both phases too', async () => {
    const chat = { model: 'model', messages: [{ role: 'user', content: 'hello' }], stream: true, max_completion_tokens: 9 };
    const answer = await front.ask(chat, {}, '/v1/chat/completions');
    expect(answer.headers['content-type']).toContain('text/event-stream');
    expect(answer.body.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(bodyOf(prefill)).toMatchObject({ stream: false, max_completion_tokens: 1, kv_transfer_params: { do_remote_decode: true } });
    expect(bodyOf(decode)).toEqual({ ...chat, kv_transfer_params: transfer });
  });

  test('a client can not name the prefill server', async () => {
    const answer = await front.ask({ model: 'model', prompt: 'hello' }, { 'x-prefiller-host-port': stranger.host });
    expect(answer.status).toBe(200);
    expect(stranger.served).toHaveLength(0);
    expect(prefill.served).toHaveLength(1);
    expect(decode.served).toHaveLength(1);
  });

  test('without a prefill server the decode server does all, whatever the client names', async () => {
    await front.replaceEndpoints(addresses.slice(0, 1));
    try {
      const answer = await front.ask({ model: 'model', prompt: 'hello' }, { 'x-prefiller-host-port': stranger.host });
      expect(answer.status).toBe(200);
      expect(bodyOf(decode)).toEqual({ model: 'model', prompt: 'hello' });
      expect(stranger.served).toHaveLength(0);
      expect(prefill.served).toHaveLength(0);
    } finally {
      await front.replaceEndpoints(addresses);
    }
  });
});

/** The first of two ports of loopback that follow each other and were free a moment ago. */
async function freePair(): Promise<number> {
  for (const port of await freePorts(50)) {
    const next = await new FakeVllm().start(port + 1).catch(() => undefined);
    if (next === undefined) continue;
    await next.stop();
    return port;
  }
  throw new Error('no two ports that follow each other are free');
}

describeWithSidecar('ranks of data parallelism behind the pd-sidecar', () => {
  const front = new Front();
  const ranks = [new FakeVllm(), new FakeVllm()] as const;
  let sidecar: SidecarProcess;

  beforeAll(async () => {
    const decoder = await freePair();
    await ranks[0].start(decoder);
    await ranks[1].start(decoder + 1);
    const port = await freePair();
    sidecar = await SidecarProcess.start(sidecarPath as string, port, decoder, ['--data-parallel-size=2']);
    const plugins = [...types('queue-scorer'), { type: 'data-parallel-profile-handler', parameters: { primaryPort: port } }];
    await front.start(plugins, [{ name: 'default', plugins: refs('queue-scorer') }], [{ port }, { port: port + 1 }]);
  }, 60_000);

  afterAll(async () => {
    await front.stop();
    await sidecar?.stop();
    await Promise.all(ranks.map((server) => server.stop()));
  }, 30_000);

  test.each([0, 1] as const)('a request goes to rank %s when it waits least', async (rank) => {
    ranks[rank].waiting = 0;
    ranks[(1 - rank) as 0 | 1].waiting = 5;
    // Metrics are read every 50 ms.
    await sleep(100);
    for (const server of ranks) server.requests.length = 0;
    for (let i = 0; i < 40 && ranks[rank].served.length === 0; i++) {
      const answer = await front.ask({ model: 'model', prompt: 'hello' }, { 'x-data-parallel-host-port': '127.0.0.1:1' });
      expect(answer.status).toBe(200);
    }
    for (const server of ranks) server.requests.length = 0;
    const answers = await Promise.all([1, 2, 3].map((n) => front.ask({ model: 'model', prompt: `hello ${n}` })));
    expect(answers.map(({ headers }) => headers['x-served-by'])).toEqual([1, 2, 3].map(() => ranks[rank].host));
  });
});
