import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
const CONTEXT = join(ROUTER, 'image');
const BASE = 'localhost/node:test';
const IMAGE = 'localhost/llm-d-epp:test';
const describeWithImage = canBuild() ? describe : describe.skip;

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();

function digest(folder: string): string {
  const hash = createHash('sha256');
  for (const name of files(folder)) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

/** Packages that the lock file knows for development only, with their versions. */
function developmentPackages(): Set<string> {
  const { packages } = JSON.parse(readFileSync(join(ROUTER, '../package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; version?: string }>;
  };
  const entries = Object.entries(packages).map(([path, { dev, version }]) => ({
    id: `${path.replace(/^.*node_modules\//, '')}@${version}`,
    dev: dev === true,
  }));
  const used = new Set(entries.filter(({ dev }) => !dev).map(({ id }) => id));
  return new Set(entries.filter(({ id, dev }) => dev && !used.has(id)).map(({ id }) => id));
}

const kubeconfig = (port: number): string =>
  JSON.stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token: 'secret' } }],
  });

describe('the context of the image', () => {
  test('two builds give the same bytes', () => {
    const build = (cwd: string): string => {
      execFileSync(process.execPath, [join(ROUTER, 'scripts/image-context.mjs')], { cwd });
      return digest(CONTEXT);
    };
    expect(build(ROUTER)).toBe(build('/'));
  }, 60_000);

  test('holds the program, what the licences ask for, and zeromq for both platforms', () => {
    const outside = files(CONTEXT).filter((name) => !name.startsWith('node_modules/'));
    expect(outside).toEqual([
      'LICENSE',
      'THIRD-PARTY.txt',
      'main.js',
      expect.stringMatching(/^native\/amd64\/build\/linux\/x64\/.*\.node$/),
      expect.stringMatching(/^native\/arm64\/build\/linux\/arm64\/.*\.node$/),
      'package.json',
    ]);
    // What the loader looks for is what the platforms get.
    const manifest = JSON.parse(readFileSync(join(CONTEXT, 'node_modules/zeromq/build/manifest.json'), 'utf8')) as Record<string, string>;
    const native = outside.filter((name) => name.endsWith('.node')).map((name) => name.replace(/^native\/[^/]+\/build\//, ''));
    expect(Object.values(manifest)).toEqual(native);
    // The machine of an ELF file: 62 is x86-64, 183 is AArch64.
    const machines = outside.filter((name) => name.endsWith('.node')).map((name) => readFileSync(join(CONTEXT, name)).readUInt16LE(18));
    expect(machines).toEqual([62, 183]);
  });

  test('holds no package that is for development only', () => {
    const folders = readdirSync(join(CONTEXT, 'node_modules'));
    expect(folders.sort()).toEqual(['cmake-ts', 'zeromq']);
    const notices = readFileSync(join(CONTEXT, 'THIRD-PARTY.txt'), 'utf8');
    const bundled = [...notices.matchAll(/^((?:@[^\s/]+\/)?[^\s/]+@\d\S*) \(.+\)$/gm)].map((match) => match[1] as string);
    expect(bundled).toEqual(expect.arrayContaining([expect.stringMatching(/^pino@/), expect.stringMatching(/^@kubernetes\/client-node@/)]));
    const development = developmentPackages();
    expect(development.size).toBeGreaterThan(100);
    expect(bundled.filter((name) => development.has(name))).toEqual([]);
    expect(files(CONTEXT).filter((name) => /\.(ts|map|mjs)$|node_modules\/zeromq\/src/.test(name))).toEqual([]);
  });
});

describeWithImage('the image', () => {
  const store = new ImageStore();
  const server = new FakeVllm();
  const running: Container[] = [];

  beforeAll(async () => {
    await server.start();
    store.base(BASE);
    store.build(ROUTER, IMAGE, { BASE });
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
  function configFolder(plugins: readonly object[], profile: readonly object[], others: readonly string[] = []): string {
    const folder = mkdtempSync(join(store.folder, 'config-'));
    chmodSync(folder, 0o755);
    const [address, port] = server.host.split(':');
    writeFileSync(join(folder, 'endpoints.yaml'), JSON.stringify({ endpoints: [{ name: 'server', address, port }] }));
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

  async function start(config: string, flags: readonly string[], env: readonly string[] = []) {
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
      root: store.mount(IMAGE),
      image: store.config(IMAGE),
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

  test('the other platform gets its own addon only', () => {
    const other = 'localhost/llm-d-epp:arm64';
    store.build(ROUTER, other, { BASE, TARGETARCH: 'arm64' });
    const addons = (image: string): string[] => files(join(store.mount(image), 'app')).filter((name) => name.endsWith('.node'));
    expect(addons(other)).toEqual([expect.stringMatching(/^node_modules\/zeromq\/build\/linux\/arm64\//)]);
    expect(addons(IMAGE)).toEqual([expect.stringMatching(/^node_modules\/zeromq\/build\/linux\/x64\//)]);
  }, 60_000);
});
