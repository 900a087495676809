import { createServer } from 'node:net';
import { Flags } from '../../src/config/flags';
import { Router } from '../../src/process/router';
import { RecordingLog } from '../support/context';
import { ProcessStage } from '../support/process-stage';

let stage: ProcessStage;
beforeAll(async () => {
  stage = await ProcessStage.create(0);
});
afterAll(() => stage.stop());

function router(flags: string[], env: Readonly<Record<string, string>> = {}): { router: Router; log: RecordingLog } {
  const log = new RecordingLog();
  const all = stage.flags(`--grpc-health-port=${stage.ports.health}`, ...flags);
  return { router: new Router(Flags.parse(all), { LLM_D_EPP_ADMIN_PORT: String(stage.ports.admin), ...env }, log), log };
}

/** Takes a port; rejects when it is open already. */
function take(port: number): Promise<{ close(): Promise<void> }> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve({ close: () => new Promise((closed) => server.close(() => closed())) }));
  });
}

async function expectAllPortsFree(): Promise<void> {
  for (const port of Object.values(stage.ports)) await (await take(port)).close();
}

test.each([
  ['grpc', '--grpc-port'],
  ['health', '--grpc-health-port'],
  ['metrics', '--metrics-port'],
  ['admin', 'LLM_D_EPP_ADMIN_PORT'],
] as const)('a port of %s that is taken ends the start with its setting, and the other ports are closed again', async (name, setting) => {
  const other = await take(stage.ports[name]);
  await expect(router([]).router.start()).rejects.toThrow(`the port of ${setting} can not be opened: listen EADDRINUSE`);
  await other.close();
  await expectAllPortsFree();
});

test('a configuration that can not run leaves no port open', async () => {
  const text = stage.configText({ plugins: [{ type: 'k8s-notification-source', parameters: { version: 'v1', kind: 'Pod' } }] });
  const config = JSON.parse(text) as { dataLayer: object };
  const wrong = JSON.stringify({ ...config, dataLayer: { ...config.dataLayer, sources: [{ pluginRef: 'k8s-notification-source' }] } });
  const flags = Flags.parse([
    '--pool-name=pool',
    `--config-text=${wrong}`,
    '--secure-serving=false',
    `--grpc-port=${stage.ports.grpc}`,
    `--grpc-health-port=${stage.ports.health}`,
    `--metrics-port=${stage.ports.metrics}`,
  ]);
  const one = new Router(flags, { LLM_D_EPP_ADMIN_PORT: String(stage.ports.admin) }, new RecordingLog());
  await expect(one.start()).rejects.toThrow('needs a Kubernetes cluster');
  await expectAllPortsFree();
});

test('metrics certificates that are not there are an error that names the flag', async () => {
  await expect(router(['--metrics-cert-dir=/none']).router.start()).rejects.toThrow('--metrics-cert-dir and --metrics-client-ca-file');
});

test('it stops once, however often it is asked, and closes everything', async () => {
  const { router: one, log } = router([]);
  await one.start();
  await expect(take(stage.ports.grpc)).rejects.toThrow('EADDRINUSE');
  await Promise.all([one.stop(), one.stop()]);
  await one.stop();
  await expectAllPortsFree();
  expect(log.messages('error')).toEqual([]);
});

test('a stop before the start is none', async () => {
  await router([]).router.stop();
  await expectAllPortsFree();
});

test('without an admin port nobody listens there', async () => {
  const { router: one } = router([], { LLM_D_EPP_ADMIN_PORT: '0' });
  await one.start();
  await (await take(stage.ports.admin)).close();
  await one.stop();
});

test('the default admin port may be taken: nobody asked for it', async () => {
  const other = await take(9091).catch(() => undefined);
  const { router: one, log } = router([], { LLM_D_EPP_ADMIN_PORT: '' });
  await one.start();
  expect(log.messages('warn')).toContainEqual(expect.stringContaining('there is no explain page'));
  await one.stop();
  await other?.close();
});
