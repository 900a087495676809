import { setTimeout as sleep } from 'node:timers/promises';
import { App } from 'cdk8s';
import { ServingChart } from 'cdk8s-llm-d';
import type { KubeObject } from '../conformance/manifests';
import { type Controllers, GATEWAY_ADDRESS } from './controllers';
import { describePulumi, PULUMI_PATH } from './describe-pulumi';
import { changes, operations, report } from './expectations';
import { EAST, qwen, WEST } from './program/options/serving';
import type { PulumiProject } from './pulumi-project';
import { RUN_MS, START_MS, STOP_MS, Stage } from './stage';

const ROUTER = 'gateway/qwen3/Router/Deployment';
const IMAGE = 'spec.template.spec.containers[0].image';

/** What the same constructs are as YAML. */
function synthesized(namespace: string): KubeObject[] {
  const chart = new ServingChart(new App(), 'chart', { namespace });
  qwen(chart, 'v0.9.0');
  return chart.toJson() as KubeObject[];
}

const [eastern, western] = [synthesized(EAST), synthesized(WEST)];
const router = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'qwen3-epp', namespace: EAST } };
const gateway = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'gateway', namespace: WEST } };

interface Live {
  readonly metadata: { readonly uid: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } } };
  readonly status?: { readonly addresses?: readonly unknown[] };
}

describePulumi('one model in two places, with the options of a real Pulumi', () => {
  let stage: Stage;
  let west: Controllers;
  let project: PulumiProject;
  const live = async (object: KubeObject) => (await stage.plane.client.get(object)) as unknown as Live | undefined;
  const uids = () => Promise.all(eastern.map(async (object) => (await live(object))?.metadata.uid));
  const image = async () => (await live(router))?.spec.template.spec.containers[0]?.image;

  beforeAll(async () => {
    stage = await Stage.start(PULUMI_PATH);
    for (const namespace of [EAST, WEST]) await stage.plane.client.ensureNamespace(namespace);
    stage.control(EAST, eastern);
    west = stage.control(WEST, western);
    west.hold('Gateway');
    project = await stage.project('options');
  }, START_MS);

  afterAll(() => stage?.stop(), STOP_MS);

  test(
    'what another tool has made is taken over as it is, by a provider that may',
    async () => {
      for (const object of eastern) await stage.plane.client.apply(object);
      const before = await uids();
      await report('up over what exists', project.up({ routerVersion: 'v0.9.0', adopt: 'true' }));
      expect(await uids()).toEqual(before);
      expect(before).not.toContain(undefined);
      const run = await report('up without taking over', project.up({ adopt: 'false' }));
      expect(operations(run.steps)).toEqual(['same']);
    },
    RUN_MS,
  );

  test('transforms of a stack change its objects, and no others', async () => {
    const labels = async (objects: readonly KubeObject[]) => {
      const deployments = objects.filter(({ kind }) => kind === 'Deployment');
      return Promise.all(deployments.map(async (object) => (await live(object))?.metadata.labels?.team));
    };
    expect(await labels(eastern)).toEqual(['chat', 'chat']);
    expect(await labels(western)).toEqual([undefined, undefined]);
  });

  test('what depends on a stack depends on all of its objects', async () => {
    const state = JSON.parse(await project.state()) as { deployment: { resources: { urn: string; dependencies?: string[] }[] } };
    const { resources } = state.deployment;
    const children = resources.filter(({ urn }) => urn.includes('::east/')).map(({ urn }) => urn);
    expect(children).toHaveLength(eastern.length);
    expect(resources.find(({ urn }) => urn.endsWith('::last'))?.dependencies).toEqual(expect.arrayContaining(children));
    expect(resources.find(({ urn }) => urn.endsWith('::east'))?.dependencies).toEqual([expect.stringMatching(/::first$/)]);
  }, 60_000);

  test(
    'an endpoint that only the Gateway tells is there with it; unawaited, after the next refresh',
    async () => {
      const east = { 'east/gateway/qwen3': `http://${GATEWAY_ADDRESS.value}` };
      expect((await project.outputs()).endpoints).toEqual({ east, west: {} });
      west.release('Gateway');
      while ((await live(gateway))?.status?.addresses === undefined) await sleep(200);
      const run = await report('up with a refresh', project.up({}, ['--refresh']));
      expect(operations(run.steps)).toEqual(['refresh', 'same']);
      expect((await project.outputs()).endpoints).toEqual({ east, west: { 'west/gateway/qwen3': `http://${GATEWAY_ADDRESS.value}` } });
    },
    RUN_MS,
  );

  test(
    'a field that someone else has taken is a conflict, until the object says that it is ours',
    async () => {
      const containers = [{ name: 'epp', image: 'registry.example.com/epp:theirs' }];
      const theirs = { ...router, spec: { template: { spec: { containers } } } };
      const path = `/apis/apps/v1/namespaces/${EAST}/deployments/qwen3-epp?fieldManager=someone&force=true`;
      await stage.plane.client.request('PATCH', path, theirs, 'application/apply-patch+yaml');
      const refused = await report('up into a conflict', project.tryUp({ routerVersion: 'v0.9.1' }));
      expect(refused.code).not.toBe(0);
      expect(refused.messages.join('\n')).toMatch(/conflict with "someone".*\.image/);
      expect(await image()).toBe(containers[0]?.image);
      await report('up with force', project.up({ force: 'true' }));
      expect(await image()).toMatch(/:v0\.9\.1$/);
    },
    RUN_MS,
  );

  test(
    'a target below a construct leaves all else alone',
    async () => {
      const run = await report('up of a part', project.up({ routerVersion: 'v0.9.2' }, ['--target', '**::east/gateway/**']));
      expect(changes(run.steps)).toEqual([[`east/${ROUTER}`, 'update', [IMAGE]]]);
      const rest = await report('up of the rest', project.up());
      expect(changes(rest.steps)).toEqual([[`west/${ROUTER}`, 'update', [IMAGE]]]);
    },
    RUN_MS,
  );

  test(
    'destroy leaves nothing',
    async () => {
      await report('destroy', project.destroy());
      const left = await Promise.all([...eastern, ...western].map(live));
      expect(left.filter((object) => object !== undefined)).toEqual([]);
    },
    RUN_MS,
  );
});
