import { App } from 'cdk8s';
import { ServingChart } from 'cdk8s-llm-d';
import type { KubeObject } from '../conformance/manifests';
import type { Controllers } from './controllers';
import { describePulumi, PULUMI_PATH } from './describe-pulumi';
import { changes, operations, report, stored } from './expectations';
import { chartProps, type GatewayValues, gateway, NAMESPACE } from './program/gateway/serving';
import type { PulumiProject } from './pulumi-project';
import { RUN_MS, START_MS, STOP_MS, Stage } from './stage';

const ROUTE = 'deepseek/gateway/deepseek/Route';
const API_KEY = 'sk-not-for-the-state';
const OTHERS: KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'build', namespace: NAMESPACE } },
];

/** What the same constructs are as YAML, with the values filled in. */
function synthesized(values: GatewayValues): KubeObject[] {
  const chart = new ServingChart(new App(), 'deepseek', { ...chartProps, namespace: NAMESPACE });
  gateway(chart, values);
  return chart.toJson() as KubeObject[];
}

const objects = synthesized({ routerImage: 'registry.example.com/llm/llm-d-epp:any', apiKey: 'any' });

describePulumi('a model on several nodes behind a Gateway, deployed by a real Pulumi', () => {
  let stage: Stage;
  let controllers: Controllers;
  let project: PulumiProject;
  const live = (wanted: readonly KubeObject[]) => Promise.all(wanted.map((object) => stage.plane.client.get(object)));

  beforeAll(async () => {
    stage = await Stage.start(PULUMI_PATH);
    controllers = stage.control(NAMESPACE, objects);
    project = await stage.project('gateway');
    await project.setSecret('apiKey', API_KEY);
    await project.setSecret('kubeconfig', stage.kubeconfig);
  }, START_MS);

  afterAll(() => stage?.stop(), STOP_MS);

  test(
    'a preview shows every object, and as unknown what only the deployment knows',
    async () => {
      const run = await report('preview', project.preview());
      expect(operations(run.steps)).toEqual(['create']);
      const router = run.steps.find(({ inputs }) => inputs.kind === 'Deployment');
      expect(JSON.stringify(router?.inputs)).not.toContain('registry.example.com/llm/llm-d-epp');
      expect(run.text).not.toContain(API_KEY);
      expect(await live(objects)).toEqual(objects.map(() => undefined));
    },
    RUN_MS,
  );

  test(
    'a LeaderWorkerSet and a Gateway that never become ready fail the deployment by name',
    async () => {
      controllers.hold('LeaderWorkerSet');
      controllers.hold('Gateway');
      const run = await report('up without controllers', project.tryUp({ patience: '15s' }));
      expect(run.code).not.toBe(0);
      for (const name of ['deepseek/deepseek/Servers/Workload', 'deepseek/gateway/Gateway']) {
        const message = run.messages.find((one) => one.includes(`::${name}`));
        expect(message).toContain('timed out waiting for the condition');
      }
      expect(run.text).not.toContain(API_KEY);
    },
    RUN_MS,
  );

  test(
    'a Gateway that does not know pools fails the deployment at the route',
    async () => {
      controllers.release('LeaderWorkerSet');
      controllers.release('Gateway');
      controllers.knowPools(false);
      const run = await report('up without the inference extension', project.tryUp({ patience: '15s' }));
      expect(run.code).not.toBe(0);
      const errors = run.messages.filter((message) => message.includes('timed out waiting for the condition'));
      expect(errors).toEqual([expect.stringContaining(`::${ROUTE}`)]);
    },
    RUN_MS,
  );

  test(
    'the next up finishes what was begun',
    async () => {
      controllers.knowPools(true);
      const run = await report('up with controllers', project.up());
      expect(run.summary.replace).toBeUndefined();
      const [, build] = await live(OTHERS);
      const { uid } = (build?.metadata ?? {}) as { uid?: string };
      const wanted = synthesized({ routerImage: `registry.example.com/llm/llm-d-epp:${uid}`, apiKey: API_KEY });
      for (const [index, object] of (await live(wanted)).entries()) expect(object).toMatchObject(stored(wanted[index] as object));
      expect(await project.outputs()).toEqual({
        endpoint: 'http://gateway-istio.gateway.svc.cluster.local',
        image: `registry.example.com/llm/llm-d-epp:${uid}`,
      });
    },
    RUN_MS,
  );

  test(
    'up again changes nothing',
    async () => {
      const run = await report('up again', project.up());
      expect(operations(run.steps)).toEqual(['same']);
    },
    RUN_MS,
  );

  test(
    'what was said of a route before it was changed does not count',
    async () => {
      controllers.hold('HTTPRoute');
      const waiting = await report('up of a route that nobody sees', project.tryUp({ patience: '10s', limit: '5' }));
      expect(changes(waiting.steps)).toContainEqual([ROUTE, 'update', ['spec.rules[0].timeouts.request']]);
      expect(waiting.messages.join('\n')).toContain('timed out waiting for the condition');
      controllers.release('HTTPRoute');
      await report('up of a route', project.up());
    },
    RUN_MS,
  );

  test('the state has its secrets encrypted', async () => {
    const state = await project.state();
    expect(state).not.toContain(API_KEY);
    expect(state).not.toContain(Buffer.from(API_KEY).toString('base64'));
    expect(state).not.toContain(stage.plane.server.token);
    expect(state).toContain('registry.example.com/llm/llm-d-epp');
  }, 60_000);

  test(
    'refresh sees no drift',
    async () => {
      const run = await report('refresh', project.refresh());
      expect(Object.keys(run.summary)).toEqual(['same']);
      expect(run.text).not.toContain(API_KEY);
    },
    RUN_MS,
  );

  test(
    'an output without a value ends the deployment with its code and place',
    async () => {
      const run = await report('up without a tag', project.tryUp({ withoutTag: 'true' }));
      expect(run.code).not.toBe(0);
      expect(run.messages.join('\n')).toMatch(/LLMD905 .*deepseek\/gateway\/deepseek\/Router\/Deployment/);
    },
    RUN_MS,
  );

  test(
    'destroy leaves nothing',
    async () => {
      const run = await report('destroy', project.destroy());
      expect(operations(run.steps)).toEqual(['delete']);
      expect(await live([...objects, ...OTHERS])).toEqual([...objects, ...OTHERS].map(() => undefined));
    },
    RUN_MS,
  );
});
