import { writeFileSync } from 'node:fs';
import { ProcessStage, runToEnd } from '../support/process-stage';

/** As on a machine that has never seen a cluster. */
const NO_CLUSTER = { KUBECONFIG: '', KUBERNETES_SERVICE_HOST: '', KUBERNETES_SERVICE_PORT: '', HOME: '/does/not/exist' };

let stage: ProcessStage;

beforeAll(async () => {
  stage = await ProcessStage.create(0);
  writeFileSync(stage.file('bad.yaml'), 'plugins:\n- type: queue-scorrer');
});

afterAll(async () => {
  await stage.stop();
});

const all = (...more: string[]): string[] => stage.flags(`--grpc-health-port=${stage.ports.health}`, ...more);
const withConfig = (name: string): string[] => all(`--config-file=${stage.file(name)}`);

const cases: readonly (readonly [name: string, args: () => string[], env: Record<string, string>, message: string])[] = [
  ['an unknown flag', () => all('--grpc-prot=1'), {}, 'unknown flag "grpc-prot", did you mean "grpc-port"?'],
  ['an unknown plugin', () => withConfig('bad.yaml'), {}, 'did you mean "queue-scorer"?'],
  ['a setting that is no number', () => all(), { LLM_D_EPP_ADMIN_PORT: 'x' }, 'LLM_D_EPP_ADMIN_PORT is "x", write a whole number'],
  ['certificates that are not there', () => all('--secure-serving=true', '--cert-path=/none'), {}, 'cert-path /none: tls.crt and tls.key'],
  [
    'no cluster',
    () => ['--pool-name=pool', '--config-text='],
    NO_CLUSTER,
    'no cluster: KUBECONFIG is not set, there is no service account',
  ],
];

// One at a time: the ports are the same for all.
test.each(cases)('%s ends the process with a sentence', async (_, args, env, message) => {
  const { code, stderr } = await runToEnd(args(), { LLM_D_EPP_ADMIN_PORT: '0', ...env });
  expect(stderr).toContain(message);
  expect(stderr).toContain('llm-d-epp can not start: ');
  // No stack: the mistake is the user's.
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(code).toBe(1);
});

test('--help prints every flag and starts nothing', async () => {
  const { code, stdout, stderr } = await runToEnd(['--help']);
  expect(stdout).toMatch(/^Usage: llm-d-epp \[flags\]/m);
  expect(stdout).toContain('--drain-timeout duration');
  expect([code, stderr]).toEqual([0, '']);
});
