import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfigText } from '../../src/config/load-config';
import { Runtime } from '../../src/process/runtime';
import { FakeVllm } from '../support/fake-vllm';
import { addEndpoint, askRuntime, runtimeEnvironment, until } from '../support/runtime';

const folder = process.env.EPP_CONFIG_DIR ?? '';
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : [];
if (files.length === 0) console.warn('EPP_CONFIG_DIR names no folder of sample configurations: their start is not tested');

(files.length === 0 ? describe.skip : describe)('a sample configuration starts and picks an endpoint', () => {
  const servers: FakeVllm[] = [];
  beforeAll(async () => {
    for (let i = 0; i < 6; i++) servers.push(await new FakeVllm().start());
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  test.each(files)('%s', async (file) => {
    const { effective } = parseConfigText(readFileSync(join(folder, file), 'utf8'), file, { allowExperimental: true });
    const environment = runtimeEnvironment();
    servers.forEach(({ port }, i) => {
      addEndpoint(environment.endpoints, `pod-${i}`, port, { 'llm-d.ai/role': ['decode', 'prefill', 'encode'][i % 3] as string });
    });
    const runtime = await Runtime.start(effective, environment);
    try {
      await until(() => runtime.notReady() === undefined, `ready, but ${runtime.notReady()}`);
      const envoy = await askRuntime(runtime, 'the quick brown fox '.repeat(200));
      expect(envoy.answers[0]).toMatchObject({ kind: 'request_headers' });
      expect(servers.map(({ host }) => host)).toContain(envoy.destination?.split(',')[0]);
      expect(envoy.body('request_body')).toContain('the quick brown fox');
      envoy.close();
      expect(environment.log.messages('error')).toEqual([]);
    } finally {
      await runtime.stop();
    }
  });
});
