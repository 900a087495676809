import { App } from 'cdk8s';
import { ServingChart } from 'cdk8s-llm-d';
import type { KubeObject } from '../conformance/manifests';
import { describePulumi, PULUMI_PATH } from './describe-pulumi';
import { changes, operations, report, stored, urnOf } from './expectations';
import { chartProps, type QuickstartSettings, quickstart } from './program/quickstart/serving';
import type { PulumiProject } from './pulumi-project';
import { RUN_MS, START_MS, STOP_MS, Stage } from './stage';

const NAMESPACE = 'quickstart';
const DECODE = 'qwen/qwen3/Servers/Workload';
const ROUTER = 'qwen/gateway/qwen3/Router/Deployment';

/** What the same constructs are as YAML. */
function synthesized(settings: QuickstartSettings): KubeObject[] {
  const chart = new ServingChart(new App(), 'qwen', chartProps);
  quickstart(chart, settings);
  return chart.toJson() as KubeObject[];
}

const first: QuickstartSettings = { replicas: 4, routerVersion: 'v0.9.0', autoscaled: false };
const objects = synthesized(first);
const autoscaled = synthesized({ ...first, autoscaled: true });
const decode = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata?.name === 'qwen3-decode') as KubeObject;

describePulumi('the quickstart, deployed by a real Pulumi', () => {
  let stage: Stage;
  let project: PulumiProject;
  const client = () => stage.plane.client;
  const live = (wanted: readonly KubeObject[]) => Promise.all(wanted.map((object) => client().get(object)));
  const replicas = async () => ((await client().get(decode))?.spec as { replicas: number } | undefined)?.replicas;

  beforeAll(async () => {
    stage = await Stage.start(PULUMI_PATH);
    await client().ensureNamespace(NAMESPACE);
    stage.control(NAMESPACE, autoscaled);
    project = await stage.project('quickstart');
  }, START_MS);

  afterAll(() => stage?.stop(), STOP_MS);

  test(
    'what the library refuses fails with its code, and nothing is created',
    async () => {
      const run = await report('refused up', project.tryUp({ replicas: '-1' }));
      expect(run.code).not.toBe(0);
      expect(run.messages.join('\n')).toMatch(/LLMD\d{3}/);
      expect(run.messages.join('\n')).toContain('qwen/qwen3');
      expect(run.steps.filter(({ type }) => type.startsWith('kubernetes:'))).toEqual([]);
      expect(await live(objects)).toEqual(objects.map(() => undefined));
    },
    RUN_MS,
  );

  test(
    'up creates every object as it is synthesized',
    async () => {
      const run = await report('first up', project.up({ replicas: '4' }));
      const created = run.steps.filter(({ type }) => type.startsWith('kubernetes:'));
      expect(created).toHaveLength(objects.length);
      expect(operations(created)).toEqual(['create']);
      for (const [index, object] of (await live(objects)).entries()) expect(object).toMatchObject(stored(objects[index] as object));
    },
    RUN_MS,
  );

  test('outputs are those of the constructs', async () => {
    const outputs = await project.outputs();
    expect(outputs.endpoint).toBe('http://qwen3-epp.quickstart.svc.cluster.local');
    expect(outputs.deployment).toBe(urnOf('quickstart', 'kubernetes:apps/v1:Deployment', DECODE));
  }, 60_000);

  test(
    'up again changes nothing',
    async () => {
      const run = await report('second up', project.up());
      expect(operations(run.steps)).toEqual(['same']);
      expect(run.steps).toHaveLength(objects.length + 1);
    },
    RUN_MS,
  );

  test(
    'other replicas and another image change those fields and no other',
    async () => {
      const wanted = [
        [ROUTER, 'update', ['spec.template.spec.containers[0].image']],
        [DECODE, 'update', ['spec.replicas']],
      ];
      const settings = { replicas: '2', routerVersion: 'v0.9.1' };
      expect(changes((await report('preview of a change', project.preview(settings))).steps)).toEqual(wanted);
      expect(await replicas()).toBe(4);
      expect(changes((await report('up of a change', project.up(settings))).steps)).toEqual(wanted);
      expect(await replicas()).toBe(2);
    },
    RUN_MS,
  );

  test(
    'refresh sees no drift',
    async () => {
      const run = await report('refresh', project.refresh());
      expect(run.summary).toEqual({ same: objects.length + 2 });
    },
    RUN_MS,
  );

  test(
    'a stack with another name and an alias is the same stack',
    async () => {
      const run = await report('up of a renamed stack', project.up({ stackName: 'renamed' }));
      expect(operations(run.steps)).toEqual(['same']);
      expect(run.steps.map(({ name }) => name)).toContain(DECODE.replace('qwen', 'renamed'));
    },
    RUN_MS,
  );

  test(
    'an autoscaler takes over the replicas as they are',
    async () => {
      await report('up with an autoscaler', project.up({ autoscaled: 'true' }));
      expect(await replicas()).toBe(2);
    },
    RUN_MS,
  );

  test(
    'replicas that somebody else has set stay, whatever else changes',
    async () => {
      await client().scale(decode, 7);
      const run = await report('up after a scaling', project.up({ routerVersion: 'v0.9.0' }));
      expect(changes(run.steps)).toEqual([[ROUTER.replace('qwen', 'renamed'), 'update', ['spec.template.spec.containers[0].image']]]);
      expect(await replicas()).toBe(7);
    },
    RUN_MS,
  );

  test(
    'destroy leaves nothing',
    async () => {
      const run = await report('destroy', project.destroy());
      expect(operations(run.steps)).toEqual(['delete']);
      expect(await live(autoscaled)).toEqual(autoscaled.map(() => undefined));
    },
    RUN_MS,
  );
});
