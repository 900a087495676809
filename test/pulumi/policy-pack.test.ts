import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceValidationArgs, ResourceValidationPolicy } from '@pulumi/policy';
import { hasDigest, isPinned, repositoryOf } from '../../examples/pulumi/policy/policy/images';
import { podsOf } from '../../examples/pulumi/policy/policy/pods';
import { policies } from '../../examples/pulumi/policy/policy/policies';
import { exampleRun, PULUMI_EXAMPLES, pulumiExampleNames } from '../support/pulumi-examples';

jest.setTimeout(60_000);

const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** What a policy says of a resource. */
function violations(name: string, type: string, props: object, config?: object): string[] {
  const policy = policies.find((one) => one.name === name) as ResourceValidationPolicy;
  const defaults = Object.fromEntries(Object.entries(policy.configSchema?.properties ?? {}).map(([key, schema]) => [key, schema.default]));
  const found: string[] = [];
  const args = { type, props, getConfig: () => ({ ...defaults, ...config }) } as unknown as ResourceValidationArgs;
  for (const validate of [policy.validateResource].flat()) {
    void validate?.(args, (message) => found.push(message));
  }
  return found;
}

interface Container {
  name?: string;
  image?: string;
  resources?: object;
  securityContext?: object;
}

const template = (container: Container, spec: object = {}, labels: object = {}) => ({
  metadata: { labels },
  spec: { ...spec, containers: [{ name: 'modelserver', image: 'vllm/vllm-openai:v0.23.0', ...container }] },
});
const DEPLOYMENT = 'kubernetes:apps/v1:Deployment';
const deployment = (container: Container, spec?: object, labels?: object) => ({ spec: { template: template(container, spec, labels) } });
const SERVER = { 'llm-d.ai/role': 'decode' };
const ROUTER = { 'llm-d-router-gateway': 'qwen3-epp' };

describe('images-pinned', () => {
  const says = (image?: string) => violations('images-pinned', DEPLOYMENT, deployment(image === undefined ? { image: '' } : { image }));

  test.each(['vllm/vllm-openai:v0.23.0', `vllm/vllm-openai@${DIGEST}`, `registry:5000/router:latest@${DIGEST}`])('takes %s', (image) => {
    expect(says(image)).toEqual([]);
  });

  test.each(['vllm/vllm-openai', 'vllm/vllm-openai:latest', 'registry:5000/router', 'ghcr.io/llm-d/router:main', ''])(
    'refuses %p',
    (image) => {
      expect(says(image)).toEqual([expect.stringMatching(/^container modelserver runs .+ tomorrow/)]);
    },
  );
});

describe('allowed-registries', () => {
  const says = (image: string, config?: object) => violations('allowed-registries', DEPLOYMENT, deployment({ image }), config);

  test('takes what is below one of them, by default those that the library uses', () => {
    expect(says('vllm/vllm-openai:v1')).toEqual([]);
    expect(says('docker.io/vllm/vllm-openai:v1')).toEqual([]);
    expect(says('registry.example.com/llm/llm-d-epp:v1', { registries: ['registry.example.com'] })).toEqual([]);
  });

  test('refuses all else, also what only begins alike', () => {
    expect(says('quay.io/nobody/vllm:v1')).toEqual([expect.stringContaining('quay.io/nobody/vllm is below none of docker.io/envoyproxy')]);
    expect(says('docker.io/vllm-evil/vllm:v1')).toHaveLength(1);
    expect(says('vllm/vllm-openai:v1', { registries: [] })).toHaveLength(1);
  });
});

describe('accelerator-limits', () => {
  const says = (container: Container, labels: object = SERVER) =>
    violations('accelerator-limits', DEPLOYMENT, deployment(container, {}, labels));

  test('takes a limit of a device, a claim, and every container that serves no model', () => {
    expect(says({ resources: { limits: { memory: '1Gi', 'nvidia.com/gpu': '1' } } })).toEqual([]);
    expect(says({ resources: { claims: [{ name: 'accelerators' }] } })).toEqual([]);
    expect(says({ name: 'routing-proxy' })).toEqual([]);
    expect(says({}, {})).toEqual([]);
  });

  test('refuses a model server with none', () => {
    expect(says({ resources: { limits: { memory: '1Gi', cpu: '4' } } })).toEqual([expect.stringContaining('no limit of an accelerator')]);
    expect(says({})).toHaveLength(1);
  });
});

describe('nothing-privileged', () => {
  const says = (container: Container, spec?: object) => violations('nothing-privileged', DEPLOYMENT, deployment(container, spec));

  test('takes what asks for nothing', () => {
    expect(says({ securityContext: { privileged: false, capabilities: { add: ['IPC_LOCK'] } } }, { hostNetwork: false })).toEqual([]);
  });

  test('refuses a privileged container and a pod in the namespaces of its node', () => {
    expect(says({ securityContext: { privileged: true } })).toEqual(['container modelserver is privileged']);
    for (const namespace of ['hostNetwork', 'hostPID', 'hostIPC']) {
      expect(says({}, { [namespace]: true })).toEqual([expect.stringContaining('of its node')]);
    }
  });

  test('sees init containers, both templates of a LeaderWorkerSet, bare pods and cron jobs', () => {
    const bad = { securityContext: { privileged: true } };
    const says = (type: string, props: object) => violations('nothing-privileged', type, props).length;
    expect(says(DEPLOYMENT, { spec: { template: { spec: { initContainers: [{ name: 'sidecar', ...bad }], containers: [] } } } })).toBe(1);
    const group = { spec: { leaderWorkerTemplate: { leaderTemplate: template(bad), workerTemplate: template(bad) } } };
    expect(says('kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet', group)).toBe(2);
    expect(says('kubernetes:core/v1:Pod', template(bad))).toBe(1);
    expect(says('kubernetes:batch/v1:CronJob', { spec: { jobTemplate: { spec: { template: template(bad) } } } })).toBe(1);
    expect(says('kubernetes:core/v1:Service', template(bad))).toBe(0);
    expect(says(DEPLOYMENT, {})).toBe(0);
  });
});

describe('router-by-digest', () => {
  const says = (container: Container, labels: object = ROUTER) =>
    violations('router-by-digest', DEPLOYMENT, deployment(container, {}, labels));

  test('takes a router by digest, and every other container', () => {
    expect(says({ name: 'epp', image: `registry.example.com/llm-d-epp:v1@${DIGEST}` })).toEqual([]);
    expect(says({ name: 'envoy-proxy', image: 'docker.io/envoyproxy/envoy:v1' })).toEqual([]);
    expect(says({ name: 'epp', image: 'somebody/epp:v1' }, {})).toEqual([]);
  });

  test('refuses a router by tag', () => {
    expect(says({ name: 'epp', image: 'registry.example.com/llm-d-epp:v1' })).toEqual([expect.stringContaining('name it by digest')]);
  });
});

test('references are read as a container runtime reads them', () => {
  const read = (image: string) => [repositoryOf(image), isPinned(image), hasDigest(image)];
  expect(read('busybox')).toEqual(['docker.io/library/busybox', false, false]);
  expect(read('localhost/a/b:1')).toEqual(['localhost/a/b', true, false]);
  expect(read(`registry:5000/a:1@${DIGEST}`)).toEqual(['registry:5000/a', true, true]);
  expect(hasDigest('a@sha256:abc')).toBe(false);
});

describe('the examples', () => {
  const objectsOf = async (name: string) => (await exampleRun(name)).objects.map(({ token, inputs }) => ({ token, inputs }));
  const reported = async (name: string, policy: string, config?: object) =>
    (await objectsOf(name)).flatMap(({ token, inputs }) => violations(policy, token, inputs, config));

  test.each(pulumiExampleNames())('%s has pods, and passes the policies that need no set-up', async (name) => {
    expect((await objectsOf(name)).flatMap(({ token, inputs }) => podsOf(token, inputs)).length).toBeGreaterThan(1);
    expect(await reported(name, 'images-pinned')).toEqual([]);
    expect(await reported(name, 'accelerator-limits')).toEqual([]);
    // RDMA devices of GKE are given to privileged containers only.
    expect(await reported(name, 'nothing-privileged')).toHaveLength(name === 'wide-ep' ? 2 : 0);
  });

  test('policy passes all of them, with the configuration beside it', async () => {
    const config = JSON.parse(readFileSync(join(PULUMI_EXAMPLES, 'policy/policy-config.json'), 'utf8')) as Record<string, object>;
    expect(Object.keys(config).filter((name) => !policies.some((policy) => policy.name === name))).toEqual([]);
    for (const { name } of policies) {
      expect(await reported('policy', name, config[name])).toEqual([]);
    }
    expect(await reported('policy', 'allowed-registries')).not.toEqual([]);
  });

  test('quickstart, whose router is named by its version, does not pass router-by-digest', async () => {
    expect(await reported('quickstart', 'router-by-digest')).toHaveLength(1);
  });
});
