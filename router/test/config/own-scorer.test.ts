import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { parse } from 'yaml';
import { pick } from '../image/pick';
import { FakeVllm } from '../support/fake-vllm';
import { freePorts } from '../support/free-ports';
import { RouterProcess } from '../support/router-process';

const EXAMPLE = join(__dirname, '../../../examples/own-scorer');

interface ExampleConfig {
  readonly plugins: readonly object[];
}

describe('examples/own-scorer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-own-scorer-'));
  const servers = [new FakeVllm(), new FakeVllm()];
  let router: RouterProcess | undefined;
  let ports: number[];

  beforeAll(async () => {
    for (const server of servers) await server.start();
    const source = readFileSync(join(EXAMPLE, 'night-shift.ts'), 'utf8');
    const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
    writeFileSync(join(folder, 'night-shift.js'), transpileModule(source, { compilerOptions: options }).outputText);
    writeConfig();
    ports = await freePorts(4);
    const [grpc, health, metrics, admin] = ports as [number, number, number, number];
    const flags = [`--config-file=${join(folder, 'config.yaml')}`, '--pool-name=pool', `--grpc-port=${grpc}`, `--metrics-port=${metrics}`];
    flags.push('--secure-serving=false', '--metrics-endpoint-auth=false', '--tracing=false');
    router = await RouterProcess.start(flags, health, { LLM_D_EPP_ADMIN_PORT: String(admin) }).ready();
  }, 30_000);
  afterAll(async () => {
    await router?.stop();
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  /** The example's own configuration, over two servers of which the second one is always cheap. */
  function writeConfig(): void {
    const labels = ['24-24', '0-24'].map((hours) => ({ 'example.com/cheap-hours': hours }));
    const endpoints = servers.map(({ port }, i) => ({ name: `server-${i}`, address: '127.0.0.1', port: String(port), labels: labels[i] }));
    writeFileSync(join(folder, 'endpoints.yaml'), JSON.stringify({ endpoints }));
    const config = parse(readFileSync(join(EXAMPLE, 'config.yaml'), 'utf8')) as ExampleConfig;
    const discovery = { type: 'file-discovery', parameters: { path: join(folder, 'endpoints.yaml') } };
    const dataLayer = { discovery: { pluginRef: 'file-discovery' } };
    writeFileSync(join(folder, 'config.yaml'), JSON.stringify({ ...config, plugins: [discovery, ...config.plugins], dataLayer }));
  }

  test('its score counts', async () => {
    for (let i = 0; i < 10; i++) expect(await pick(ports[0] as number, `hello ${i}`)).toBe(servers[1]?.host);
    const answer = await fetch(`http://127.0.0.1:${ports[3]}/decisions`);
    const { decisions } = (await answer.json()) as { decisions: { profiles: { weights: object; endpoints: object[] }[] }[] };
    const profile = decisions[0]?.profiles[0];
    expect(profile?.weights).toEqual({ 'queue-scorer': 2, 'night-shift': 1 });
    expect(profile?.endpoints).toEqual([
      expect.objectContaining({ endpoint: servers[0]?.host, total: 2, scores: { 'queue-scorer': 1, 'night-shift': 0 } }),
      expect.objectContaining({ endpoint: servers[1]?.host, total: 3, scores: { 'queue-scorer': 1, 'night-shift': 1 } }),
    ]);
  });
});
