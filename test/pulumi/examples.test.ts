import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { importsOf } from '../support/architecture/imports';
import { ROOT } from '../support/architecture/sources';
import { answers, type ExampleRun, exampleRun, PULUMI_EXAMPLES, pulumiExampleNames, runExample } from '../support/pulumi-examples';
import type { Registration } from './support';

jest.setTimeout(60_000);

const names = pulumiExampleNames();
const read = (...path: string[]) => readFileSync(join(PULUMI_EXAMPLES, ...path), 'utf8');

type Manifest = Record<'dependencies' | 'devDependencies', Record<string, string>> & { private: boolean; main: string };
const manifestOf = (...path: string[]) => JSON.parse(read(...path, 'package.json')) as Manifest;

/** URNs that a resource waits for, also by way of others. */
function precedents(run: ExampleRun, one: Registration): ReadonlySet<string> {
  const byUrn = new Map(run.registrations.map((registration) => [registration.urn, registration]));
  const found = new Set<string>();
  const visit = (urns: readonly string[]) => {
    for (const urn of urns.filter((next) => !found.has(next))) {
      found.add(urn);
      visit(byUrn.get(urn)?.dependencies ?? []);
    }
  };
  visit(one.dependencies);
  return found;
}

const component = (one: Registration) => one.token.startsWith('cdk8s-llm-d:');
const ofKind = (run: ExampleRun, kind: string) => run.objects.filter(({ token }) => token.endsWith(`:${kind}`));

test('there is an example for each need that the table of the examples names', () => {
  const rows = [...readFileSync(join(ROOT, 'examples/README.md'), 'utf8').matchAll(/\(pulumi\/([\w-]+)\/README\.md\)/g)].map(
    ([, name]) => name,
  );
  expect(rows.sort()).toEqual(names);
});

describe.each(names)('%s', (name) => {
  let run: ExampleRun;
  beforeAll(async () => {
    run = await exampleRun(name);
  });

  test('registers objects once each, with the types of hand-written programs', () => {
    const registered = run.objects.map(({ token, name: path }) => `${token} ${path}`);
    expect(registered).toEqual([...new Set(registered)]);
    expect(registered.length).toBeGreaterThan(8);
    expect(run.objects.filter(({ token }) => !/^kubernetes:[a-z0-9.-]+\/v\w+:[A-Z]\w+$/.test(token))).toEqual([]);
  });

  test('registers the same resources in a preview, and in a second run', async () => {
    const urns = (one: ExampleRun) => one.registrations.map(({ urn }) => urn).sort();
    expect(urns(await runExample(name, { preview: true }))).toEqual(urns(run));
    expect(urns(await runExample(name))).toEqual(urns(run));
  });

  test('puts every object below a component and into the cluster of the program', () => {
    const components = run.registrations.filter(component).map(({ urn }) => urn);
    expect(components).not.toEqual([]);
    const strays = run.objects.filter(({ token, parent }) => !/:(Namespace|Secret)$/.test(token) && !components.includes(parent ?? ''));
    expect(strays.map(({ name: path }) => path)).toEqual([]);
    const [cluster, ...more] = run.registrations.filter(({ token }) => token === 'pulumi:providers:kubernetes');
    expect(more).toEqual([]);
    expect(run.objects.filter(({ provider }) => !provider.startsWith(`${cluster?.urn}::`)).map(({ name: path }) => path)).toEqual([]);
    expect(cluster?.inputs.enableConfigMapMutable).toBe('true');
  });

  test('makes pools and configuration before routers', () => {
    const routers = ofKind(run, 'Deployment').filter(({ inputs }) => JSON.stringify(inputs).includes('"llm-d-router-gateway"'));
    expect(routers).not.toEqual([]);
    for (const router of routers) {
      const kinds = new Set([...precedents(run, router)].map((urn) => urn.split('::')[2]?.split(':').at(-1)));
      expect([...kinds]).toEqual(expect.arrayContaining(['InferencePool', 'ConfigMap', 'RoleBinding', 'ServiceAccount']));
    }
  });

  test('keeps secrets secret, wherever they go', () => {
    const secret = new Set([...answers.projectOf(join(PULUMI_EXAMPLES, name)).secrets].map((key) => key.split(':')[1] as string));
    const values = [answers.PLATFORM.kubeconfig, ...[...secret].map((key) => answers.GIVEN[key])];
    const leaks = run.registrations.flatMap(({ name: path, inputs, secrets }) =>
      leaves(inputs)
        .filter(([, value]) => values.some((hidden) => typeof value === 'string' && hidden !== undefined && value.includes(hidden)))
        .filter(([place]) => !secrets.some((hidden) => place.startsWith(hidden)))
        .map(([place]) => `${path} ${place}`),
    );
    expect(leaks).toEqual([]);
    expect(run.registrations.find(({ token }) => token === 'pulumi:providers:kubernetes')?.secrets).toEqual(['kubeconfig']);
    expect(run.secretOutputs).toEqual([]);
  });

  test('exports what its README says, with nothing in the place of a value', () => {
    const rows = [...read(name, 'README.md').matchAll(/^\| `(\w+)` \| .+\|$/gm)].map(([, output]) => output);
    expect(Object.keys(run.exported).sort()).toEqual(rows.sort());
    expect(JSON.stringify(run.registrations) + JSON.stringify(run.exported)).not.toContain('llmdoutput');
    for (const url of [run.exported.endpoint ?? Object.values(run.exported.endpoints as object)].flat()) {
      expect(url).toMatch(/^https?:\/\/[a-z0-9.-]+(:\d+)?$/);
    }
  });

  test('is a project of its own: what it imports is what it declares', () => {
    const { dependencies, devDependencies, private: unpublished, main } = manifestOf(name);
    const wanted = importsOf('index.ts', read(name, 'index.ts'))
      .map(({ specifier }) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
      .filter((specifier) => !specifier.startsWith('node:') && !builtinModules.includes(specifier));
    expect(wanted.filter((specifier) => dependencies[specifier] === undefined)).toEqual([]);
    expect({ unpublished, main }).toEqual({ unpublished: true, main: 'index.ts' });
    expect(Object.keys(devDependencies).sort()).toEqual(['@types/node', 'typescript']);
    expect(existsSync(join(PULUMI_EXAMPLES, name, 'tsconfig.json'))).toBe(true);
  });

  test('reads every key of its configuration, and no other', () => {
    const declared = Object.keys(answers.projectOf(join(PULUMI_EXAMPLES, name)).config).map((key) => key.split(':')[1]);
    const asked = [...read(name, 'index.ts').matchAll(/config\.require\w*\('(\w+)'\)/g)].map(([, key]) => key);
    expect([...new Set(asked)].sort()).toEqual(declared.sort());
  });
});

// What components register is compared with their constructs in the tests of the components.
test.each(names.filter((name) => name !== 'components'))('%s registers all objects of the equivalent chart, and no other', async (name) => {
  const { wanted, objects, registrations } = await exampleRun(name);
  const [stack, ...more] = registrations.filter(component);
  expect(more).toEqual([]);
  const children = objects.filter(({ parent }) => parent === stack?.urn).map(({ token, name: path }) => `${token} ${path}`);
  expect(wanted.length).toBeGreaterThan(8);
  expect(children.sort()).toEqual(wanted.map(({ token, path }) => `${token} ${path}`).sort());
});

describe('versions', () => {
  const root = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest & { version: string };

  test.each([...names.map((name) => [name]), ['policy', 'policy']])('of %s %s are those that the tests run with', (...path) => {
    const { dependencies, devDependencies } = manifestOf(...path.filter((part) => part !== undefined));
    const here: Record<string, string> = { ...root.devDependencies, 'cdk8s-llm-d': root.version, 'llm-d-epp': root.version };
    for (const [wanted, range] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(`${wanted} ${range.replace('^', '')}`).toBe(`${wanted} ${here[wanted]}`);
    }
  });
});

describe('what is particular', () => {
  test('quickstart: every object waits for the Namespace that the program makes', async () => {
    const run = await exampleRun('quickstart');
    const [namespace] = ofKind(run, 'Namespace');
    const others = run.objects.filter((one) => one !== namespace);
    expect(others.filter((one) => !precedents(run, one).has(namespace?.urn ?? '')).map(({ name }) => name)).toEqual([]);
    expect(run.exported.endpoint).toBe('http://qwen3-epp.llm.svc.cluster.local');
    expect(run.exported.deployment).toBe(run.named('qwen/qwen3/Servers/Workload').urn);
  });

  test('prefill-decode and components: pods name the Secret by the name that Pulumi gave it', async () => {
    for (const name of ['prefill-decode', 'components']) {
      const run = await exampleRun(name);
      const [secret] = ofKind(run, 'Secret');
      expect(secret?.secrets).toEqual(['stringData']);
      const users = ofKind(run, 'Deployment').filter(({ inputs }) => JSON.stringify(inputs).includes('hf-token-1a2b3c4d'));
      expect(users.length).toBe(name === 'components' ? 1 : 2);
      expect(users.filter((user) => !precedents(run, user).has(secret?.urn ?? ''))).toEqual([]);
    }
  });

  test('wide-ep: LeaderWorkerSets are waited for, for more than the hour that they may take, and everything is protected', async () => {
    const run = await exampleRun('wide-ep');
    const groups = ofKind(run, 'LeaderWorkerSet');
    expect(groups).toHaveLength(2);
    for (const { inputs, customTimeouts } of groups) {
      expect(inputs).toMatchObject({ metadata: { annotations: { 'pulumi.com/waitFor': 'condition=Available' } } });
      expect(Number.parseInt(customTimeouts.create ?? '', 10)).toBeGreaterThan(3600);
    }
    expect(run.objects.filter((one) => !one.protect).map(({ name }) => name)).toEqual([]);
  });

  test('multi-model-gateway: the autoscaled model alone keeps its replicas, routes wait for the Gateway', async () => {
    const run = await exampleRun('multi-model-gateway');
    expect(run.objects.filter((one) => one.ignoreChanges.length > 0).map(({ name, ignoreChanges }) => [name, ignoreChanges])).toEqual([
      ['models/chat/Servers/Workload', ['spec.replicas']],
    ]);
    const [gateway] = ofKind(run, 'Gateway');
    const routes = ofKind(run, 'HTTPRoute');
    expect(routes).toHaveLength(3);
    expect(routes.filter((route) => !precedents(run, route).has(gateway?.urn ?? ''))).toEqual([]);
    expect(run.exported.endpoints).toEqual({
      chat: 'https://chat.example.com',
      code: 'https://code.example.com',
      small: 'https://small.example.com',
    });
  });

  test('eks-stack-reference: what the platform exports is in the objects', async () => {
    const run = await exampleRun('eks-stack-reference');
    expect(new Set(run.objects.map(({ inputs }) => (inputs.metadata as { namespace?: string }).namespace))).toEqual(
      new Set(['team-llama']),
    );
    const pods = JSON.stringify(ofKind(run, 'Deployment').map(({ inputs }) => inputs));
    expect(pods).toContain(`"image":"${answers.PLATFORM.imageRegistry}/llm-d-epp:`);
    expect(pods).toContain('"claimName":"models"');
    expect(run.exported.endpoint).toBe('http://llama-epp.team-llama.svc.cluster.local');
  });

  test('docker-build: the router is deployed by the digest of the image, which is built from the package of the router', async () => {
    const run = await exampleRun('docker-build');
    const image = run.named('router');
    const { location } = image.inputs.context as { location: string };
    expect(existsSync(join(location, 'Dockerfile'))).toBe(true);
    expect(image.inputs).toMatchObject({ push: true, buildOnPreview: false, platforms: ['linux/amd64', 'linux/arm64'] });
    expect(image.inputs.tags).toEqual([expect.stringMatching(/^registry\.example\.com\/llm\/llm-d-epp:\d+\.\d+\.\d+-[0-9a-f]{12}$/)]);
    const router = ofKind(run, 'Deployment').find((one) => precedents(run, one).has(image.urn));
    expect(JSON.stringify(router?.inputs)).toContain(`"image":"${(image.inputs.tags as string[])[0]}@${answers.DIGEST}"`);
    expect(image.secrets).toEqual(['registries[0].password']);
  });
});

/** Places and values of all that is in a value. */
function leaves(value: unknown, at = ''): [string, unknown][] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => leaves(item, `${at}[${index}]`));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => leaves(item, at === '' ? key : `${at}.${key}`));
  }
  return [[at, value]];
}
