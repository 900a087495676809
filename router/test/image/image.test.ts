import { chmodSync, copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { FakeVllm } from '../support/fake-vllm';
import { freePorts } from '../support/free-ports';
import { healthStatus } from '../support/router-process';
import { canBuild, ImageStore } from './buildah';
import { Container } from './container';
import { pick } from './pick';

const ROUTER = join(__dirname, '../..');
const BASE = 'localhost/node:test';
const IMAGE = 'docker.io/library/llm-d-epp:test';
const describeWithImage = canBuild() ? describe : describe.skip;

/** A scorer that likes one endpoint only. */
const FAVOURITE = `
import type { Candidates, Cycle, PluginContext, PluginFactory, Scorer } from 'llm-d-epp/plugin';

class Favourite implements Scorer {
  private readonly context: PluginContext;
  constructor(context: PluginContext) {
    this.context = context;
  }
  score(_cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    for (let i = 0; i < candidates.size; i++) {
      const endpoint = this.context.endpoints.at(candidates.slots[i] as number);
      scores[i] = endpoint?.metadata.name.includes('second') ? 1 : 0;
    }
  }
}

export const createPlugin: PluginFactory = (context) => new Favourite(context);
`;

const kubeconfig = (port: number): string =>
  JSON.stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token: 'secret' } }],
  });

describeWithImage('the image', () => {
  const store = new ImageStore();
  const server = new FakeVllm();
  const running: Container[] = [];

  beforeAll(async () => {
    await server.start();
    store.base(BASE);
    store.command(['build', '--load', '--builder', 'buildah', '--tag', 'test', '--build-arg', `BASE=${BASE}`]);
    process.stderr.write(`\nsize of the image: ${store.size(IMAGE)}, of that the base (Node and its libraries): ${store.size(BASE)}\n`);
  }, 180_000);
  afterEach(async () => {
    for (const container of running.splice(0)) await container.kill();
  });
  afterAll(async () => {
    await server.stop();
    store.remove();
  });

  /** Files for `/config`: a configuration with file discovery of the fake server, and what else is given. */
  function configFolder(
    plugins: readonly object[],
    profile: readonly object[],
    others: readonly string[] = [],
    more: Readonly<Record<string, string>> = {},
  ): string {
    const folder = mkdtempSync(join(store.folder, 'config-'));
    chmodSync(folder, 0o755);
    const endpoints = Object.entries({ server: server.host, ...more }).map(([name, host]) => {
      const [address, port] = host.split(':');
      return { name, address, port };
    });
    writeFileSync(join(folder, 'endpoints.yaml'), JSON.stringify({ endpoints }));
    const discovery = { type: 'file-discovery', parameters: { path: '/config/endpoints.yaml' } };
    const config = {
      apiVersion: 'llm-d.ai/v1alpha1',
      kind: 'EndpointPickerConfig',
      plugins: [discovery, ...plugins],
      schedulingProfiles: [{ name: 'default', plugins: profile }],
      dataLayer: { discovery: { pluginRef: 'file-discovery' } },
    };
    writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
    for (const file of others) copyFileSync(file, join(folder, file.split('/').at(-1) as string));
    return folder;
  }

  async function start(config: string, flags: readonly string[], env: readonly string[] = [], name = IMAGE) {
    const [grpc, health, metrics, admin] = (await freePorts(4)) as [number, number, number, number];
    const args = [
      `--grpc-port=${grpc}`,
      `--grpc-health-port=${health}`,
      `--metrics-port=${metrics}`,
      '--pool-name=pool',
      '--tracing=false',
    ];
    const container = Container.start({
      folder: store.folder,
      root: store.mount(name),
      image: store.config(name),
      config,
      args: [...args, '--secure-serving=false', '--metrics-endpoint-auth=false', '--drain-timeout=1s', ...flags],
      env: [`LLM_D_EPP_ADMIN_PORT=${admin}`, ...env],
    });
    running.push(container);
    return { container, grpc, health, admin, serving: () => container.until('SERVING', async () => (await healthStatus(health)) === 1) };
  }

  test('says how it starts', () => {
    expect(store.config(IMAGE)).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['node', '/app/main.js'],
      Env: expect.arrayContaining(['NODE_ENV=production']),
      ExposedPorts: { '9002/tcp': {}, '9003/tcp': {}, '9090/tcp': {} },
    });
  });

  test('serves as an ordinary user that can write nothing, and drains before it ends', async () => {
    const config = configFolder([{ type: 'queue-scorer' }], [{ pluginRef: 'queue-scorer' }]);
    const { container, grpc, health, serving } = await start(config, ['--config-file=/config/config.yaml']);
    await serving();
    expect(await pick(grpc, 'hello')).toBe(server.host);
    const status = container.proc('status');
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^Gid:\t65532\t65532\t65532\t65532$/m);
    for (const kind of ['CapPrm', 'CapEff', 'CapBnd']) expect(status).toMatch(new RegExp(`^${kind}:\t0+$`, 'm'));
    for (const folder of ['/app', '/tmp', '/config']) {
      expect(container.exec('/bin/sh', '-c', `: > ${folder}/file`)).toContain('Read-only file system');
    }
    expect(container.exec('/bin/sh', '-c', ':')).toBe('');
    const asked = Date.now();
    container.signal('SIGTERM');
    await container.until('NOT_SERVING', async () => (await healthStatus(health)) === 2);
    // Draining: the requests that are still sent here are decided.
    expect(await pick(grpc, 'hello')).toBe(server.host);
    expect(await container.ended()).toBe(0);
    expect(Date.now() - asked).toBeGreaterThanOrEqual(1000);
  }, 60_000);

  test('loads zeromq where KV events are followed', async () => {
    const producer = 'precise-prefix-cache-producer';
    const plugins = [{ type: producer }, { type: 'prefix-cache-scorer', parameters: { prefixMatchInfoProducerName: producer } }];
    const config = configFolder(plugins, [{ pluginRef: 'prefix-cache-scorer' }]);
    const { container, grpc, serving } = await start(config, ['--config-file=/config/config.yaml']);
    await serving();
    expect(await pick(grpc, 'hello')).toBe(server.host);
    await container.until('the addon', () => container.proc('maps').includes('/zeromq/build/linux/'));
    expect(container.output).not.toContain('cmake-ts');
  }, 60_000);

  test('runs a scorer in TypeScript as it is', async () => {
    const example = join(ROUTER, '../examples/own-scorer/night-shift.ts');
    const plugins = [{ type: 'module', name: 'night-shift', path: './night-shift.ts' }];
    const config = configFolder(plugins, [{ pluginRef: 'night-shift', weight: 1 }], [example]);
    const { grpc, admin, serving } = await start(config, ['--config-file=/config/config.yaml']);
    await serving();
    expect(await pick(grpc, 'hello')).toBe(server.host);
    expect(await (await fetch(`http://127.0.0.1:${admin}/decisions`)).text()).toContain('"night-shift"');
  }, 60_000);

  test.each([
    ['as it is', 'favourite.ts', '', '/app/plugins/favourite.ts'],
    ['bundled with a file that it imports', 'bundled.ts', "import './lib.ts';\n", '/app/plugins/bundled.js'],
  ])(
    'a scorer in TypeScript that is built into it decides, %s',
    async (_, file, imports, path) => {
      const second = new FakeVllm();
      await second.start();
      try {
        const folder = mkdtempSync(join(store.folder, 'scorers-'));
        writeFileSync(join(folder, 'lib.ts'), 'export enum Level { Best = 1 }\n');
        writeFileSync(join(folder, file), imports + FAVOURITE);
        const name = `plugin-${file.replace('.ts', '')}`;
        const options = ['--tag', name, '--plugin', join(folder, file), '--build-arg', `BASE=${BASE}`];
        store.command(['build', '--load', '--builder', 'buildah', ...options]);
        const plugins = [{ type: 'module', name: 'favourite', path }, { type: 'max-score-picker' }];
        const profile = [{ pluginRef: 'favourite', weight: 1 }, { pluginRef: 'max-score-picker' }];
        const config = configFolder(plugins, profile, [], { second: second.host });
        const { grpc, serving } = await start(config, ['--config-file=/config/config.yaml'], [], `docker.io/library/llm-d-epp:${name}`);
        await serving();
        const picks = [];
        for (let i = 0; i < 10; i++) picks.push(await pick(grpc, `hello ${i}`));
        expect(picks).toEqual(picks.map(() => second.host));
      } finally {
        await second.stop();
      }
    },
    120_000,
  );

  test('without discovery it asks the API server of its kubeconfig', async () => {
    const asked: string[] = [];
    const apiServer = createServer((request, response) => {
      asked.push(`${request.headers.authorization} ${request.url?.replace(/\?.*/, '')}`);
      response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ kind: 'Status', message: 'not for you' }));
    });
    await new Promise<void>((resolve) => apiServer.listen(0, '127.0.0.1', resolve));
    try {
      const folder = configFolder([], []);
      writeFileSync(join(folder, 'kubeconfig'), kubeconfig((apiServer.address() as AddressInfo).port));
      const config = { apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig', plugins: [{ type: 'queue-scorer' }] };
      const { container } = await start(folder, [`--config-text=${JSON.stringify(config)}`], ['KUBECONFIG=/config/kubeconfig']);
      const wanted = 'Bearer secret /apis/inference.networking.k8s.io/v1/namespaces/default/inferencepools';
      await container.until('the question for the pool', () => asked.some((line) => line.startsWith(wanted)));
    } finally {
      apiServer.close();
    }
  }, 60_000);
});
